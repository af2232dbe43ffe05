internal import EventModel

/// What a request must obey whatever the log holds.
enum RequestRules {
  /// The most events of one request, and the most bytes of one record and of one request.
  static let eventLimit = 65_536
  static let recordByteLimit = 1 << 26
  static let requestByteLimit = 1 << 28

  static func check(_ request: AppendRequest) throws(AppendError) {
    guard !request.events.isEmpty else { throw .overLimit("a request has at least one event") }
    guard request.events.count <= eventLimit else {
      throw .overLimit("a request has \(eventLimit) events at the most; split it")
    }
    guard !request.command.isZero else { throw .malformed("a request has a command id") }
    var byteCount = 0
    for event in request.events {
      try check(event)
      byteCount += event.byteEstimate
    }
    guard byteCount <= requestByteLimit else {
      throw .overLimit("a request has \(requestByteLimit >> 20) MiB at the most; split it")
    }
  }

  private static func check(_ event: NewEvent) throws(AppendError) {
    guard (1...Leaf.sectionLimit).contains(event.sections.count) else {
      throw .overLimit(
        "the event \(event.eventID) has \(event.sections.count) sections; 1 to 16 are allowed")
    }
    guard event.byteEstimate <= recordByteLimit else {
      throw .overLimit("the event \(event.eventID) has more than \(recordByteLimit >> 20) MiB")
    }
    guard !event.eventID.isZero else { throw .malformed("an event has an id") }
    for (index, section) in event.sections.enumerated() {
      try check(section, index, of: event)
    }
  }

  /// No event id stands twice in the request.
  static func checkEventIDs(of request: AppendRequest) throws(AppendError) {
    let events = request.events
    // Ids of version 7 mostly ascend, and then there is nothing to remember.
    guard zip(events, events.dropFirst()).contains(where: { $0.eventID >= $1.eventID }) else {
      return
    }
    var seen: Set<EventID> = []
    for event in events where !seen.insert(event.eventID).inserted {
      throw .malformed("the event id \(event.eventID) stands twice in the request")
    }
  }

  private static func check(
    _ section: NewSection, _ index: Int, of event: NewEvent
  ) throws(AppendError) {
    let header = section.header
    guard header.kind.isSealed != header.keyID.isZero else {
      throw .malformed("section \(index) of \(event.eventID): its key does not fit its kind")
    }
    if header.kind.isSealed {
      guard section.blob.first == 2, section.blob.count >= 17,
        KeyID(section.blob.span, at: 1) == header.keyID
      else { throw .malformed("section \(index) of \(event.eventID) is no sealed section") }
      return
    }
    guard let parts = PlainSection.parse(section.blob.span) else {
      throw .malformed("section \(index) of \(event.eventID) is no plain section")
    }
    if PersonalMessage.isNamed(by: section.blob.span, parts.contentType) {
      let type = section.blob.span.text(parts.contentType)
      throw .personalInPlainSection(message: ContentType.messageName(type) ?? type)
    }
  }

  /// The metadata of `event`, which must say the same digest and count as the request; `nil` when
  /// section 0 is another message.
  ///
  /// Offsets are those of section 0's blob.
  static func metadata(
    of event: NewEvent, in request: AppendRequest
  ) throws(AppendError) -> MetadataFields? {
    guard let fields = try event.metadata() else { return nil }
    let blob = event.sections[0].blob
    let digest = fields.commandDigest
    let isSame =
      digest.isEmpty
      ? request.bodyDigest.isZero
      : digest.count == Digest.byteCount
        && Digest(blob.span, at: digest.lowerBound) == request.bodyDigest
    guard isSame else {
      throw .malformed("the metadata of \(event.eventID) has another command digest")
    }
    let count = fields.commandEventCount
    guard count == 0 || Int(count) == request.events.count else {
      throw .malformed(
        "the metadata of \(event.eventID) says \(count) events; the command has "
          + "\(request.events.count)")
    }
    for tag in fields.tags where !Tag.isValid(blob.span.extracting(tag)) {
      throw .malformed("a tag of \(event.eventID) has spaces, or not 1 to 200 ASCII characters")
    }
    return fields
  }
}

extension NewEvent {
  /// Section 0 as metadata; `nil` when it is another message.
  fileprivate func metadata() throws(AppendError) -> MetadataFields? {
    guard let section = sections.first, section.header.kind == .plain else { return nil }
    let blob = section.blob.span
    guard let parts = PlainSection.parse(blob),
      blob.holds(MetadataFields.contentType, at: parts.contentType)
    else { return nil }
    guard let fields = MetadataFields(parsing: blob, parts.content) else {
      throw .malformed("the metadata of \(eventID) is no Protocol Buffers message")
    }
    return fields
  }
}

/// The messages that hold personal data, known by name: `…Personal`, `ReasonText`, `ClientData`.
enum PersonalMessage {
  private static let suffixes = ["Personal", ".ReasonText", ".ClientData"].map { Array($0.utf8) }

  /// Whether the content type in `range` of `blob` names such a message.
  static func isNamed(by blob: Span<UInt8>, _ range: Range<Int>) -> Bool {
    suffixes.contains { suffix in
      suffix.count <= range.count
        && blob.holds(suffix, at: range.upperBound - suffix.count..<range.upperBound)
    }
  }
}

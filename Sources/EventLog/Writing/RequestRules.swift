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
      try check(event, of: request)
      byteCount += event.byteEstimate
    }
    guard byteCount <= requestByteLimit else {
      throw .overLimit("a request has \(requestByteLimit >> 20) MiB at the most; split it")
    }
  }

  private static func check(_ event: NewEvent, of request: AppendRequest) throws(AppendError) {
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
    try checkMetadata(of: event, in: request)
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

  /// The metadata, where section 0 is one, says the same digest and count as the request.
  private static func checkMetadata(
    of event: NewEvent, in request: AppendRequest
  ) throws(AppendError) {
    guard let metadata = try event.metadata() else { return }
    let digest = metadata.fields.commandDigest
    let isSame =
      digest.isEmpty
      ? request.bodyDigest.isZero
      : digest.count == Digest.byteCount
        && Digest(metadata.blob.span, at: digest.lowerBound) == request.bodyDigest
    guard isSame else {
      throw .malformed("the metadata of \(event.eventID) has another command digest")
    }
    let count = metadata.fields.commandEventCount
    guard count == 0 || Int(count) == request.events.count else {
      throw .malformed(
        "the metadata of \(event.eventID) says \(count) events; the command has "
          + "\(request.events.count)")
    }
    for tag in metadata.fields.tags {
      guard Tag(metadata.blob.span.text(tag)) != nil else {
        throw .malformed("a tag of \(event.eventID) has spaces, or not 1 to 200 ASCII characters")
      }
    }
  }
}

extension NewEvent {
  /// Section 0 as metadata; `nil` when it is another message.
  fileprivate func metadata() throws(AppendError) -> (fields: MetadataFields, blob: [UInt8])? {
    guard let section = sections.first, section.header.kind == .plain,
      let parts = PlainSection.parse(section.blob.span),
      section.blob.span.holds(MetadataFields.contentType, at: parts.contentType)
    else { return nil }
    let content = section.blob.span.copy(parts.content)
    guard let fields = MetadataFields(parsing: content.span) else {
      throw .malformed("the metadata of \(eventID) is no Protocol Buffers message")
    }
    return (fields, content)
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

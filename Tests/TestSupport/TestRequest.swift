package import EventLog
package import EventModel

/// Events for tests of the log: everything in them follows from numbers.
package struct TestEvent: Hashable, Sendable {
  package var stream: String
  package var type: String
  package var actor: String
  package var tags: [String]
  package var data: [UInt8]
  /// Sealed sections, by the keys they are sealed under; their content is no ciphertext.
  package var subjects: [KeyID]
  package var onBehalfOf: String?

  package init(
    _ stream: String = "account-a", type: String = "AccountCreated", actor: String = "usr_1",
    tags: [String] = [], data: [UInt8] = [1, 2, 3], subjects: [KeyID] = [],
    onBehalfOf: String? = nil
  ) {
    self.stream = stream
    self.type = type
    self.actor = actor
    self.tags = tags
    self.data = data
    self.subjects = subjects
    self.onBehalfOf = onBehalfOf
  }
}

extension AppendRequest {
  /// The request of the command `number` with `events`; event ids follow from the number, or
  /// from `idNumber` where another one is wanted.
  package static func test(
    _ number: UInt64, _ events: [TestEvent], body: [UInt8] = [1], idNumber: UInt64? = nil,
    conditions: [AppendCondition] = [], guards: [GuardChange] = []
  ) -> AppendRequest {
    let digest = Digest.sha256(body)
    return AppendRequest(
      command: CommandID(high: 0xc0, low: number), bodyDigest: digest,
      events: events.enumerated().map { index, event in
        event.newEvent(
          id: .test(idNumber ?? number, index), bodyDigest: digest, count: events.count)
      }, conditions: conditions, guards: guards)
  }

  /// One event of the log's own kind, with a JSON section and no metadata.
  package static func json(
    _ number: UInt64, stream: String, type: String, _ json: String, salt: UInt64 = 7
  ) -> AppendRequest {
    AppendRequest(
      command: CommandID(high: 0xc0, low: number),
      events: [
        NewEvent(
          eventID: .test(number, 0), stream: .known(stream), type: .known(type),
          actor: .known("system:test"),
          sections: [
            NewSection(
              kind: .plain,
              blob: PlainSection.encode(
                salt: (salt, salt), contentType: ContentType.json, content: Array(json.utf8)))
          ])
      ])
  }
}

extension EventID {
  /// The id of event `index` of the command `number`.
  package static func test(_ number: UInt64, _ index: Int) -> EventID {
    EventID(high: 0xe0 << 56 | number, low: UInt64(index) + 1)
  }
}

extension TestEvent {
  package func newEvent(id: EventID, bodyDigest: Digest, count: Int) -> NewEvent {
    var sections = [
      NewSection(
        kind: .plain,
        blob: PlainSection.encode(
          salt: (id.high, id.low),
          contentType: ContentType.protobuf("deed.envelope.v1.Metadata"),
          content: metadata(bodyDigest: bodyDigest, count: count))),
      NewSection(
        kind: .plain,
        blob: PlainSection.encode(
          salt: (id.low, id.high), contentType: ContentType.json, content: data)),
    ]
    for key in subjects {
      sections.append(
        NewSection(
          kind: .sealed, keyID: key,
          blob: [2] + key.bytes + [UInt8](repeating: UInt8(truncatingIfNeeded: id.low), count: 80)))
    }
    return NewEvent(
      eventID: id, stream: .known(stream), type: .known(type), actor: .known(actor),
      onBehalfOf: onBehalfOf.map { .known($0) }, sections: sections)
  }

  /// `deed.envelope.v1.Metadata` with the fields the log reads.
  private func metadata(bodyDigest: Digest, count: Int) -> [UInt8] {
    var bytes: [UInt8] = [4 << 3 | 2, 32]
    bytes.append(contentsOf: bodyDigest.bytes)
    bytes.append(5 << 3)
    var rest = UInt32(count)
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    for tag in tags {
      precondition(tag.utf8.count < 0x80, "a test's tag is short")
      bytes.append(contentsOf: [11 << 3 | 2, UInt8(tag.utf8.count)])
      bytes.append(contentsOf: tag.utf8)
    }
    return bytes
  }
}

extension Name {
  /// A name that the test knows to be one.
  package static func known(_ text: String) -> Self {
    guard let name = Self(text) else { preconditionFailure("“\(text)” is no name of its kind") }
    return name
  }
}

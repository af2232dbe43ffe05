import EventLog
import EventModel
import LMDB
import TestSupport
import Testing

@Suite struct AppendTests {
  @Test func `a new log has its creation and its schema`() throws {
    try LogHarness.run { log, _ throws in
      let events = try log.events(EventSelection())
      #expect(log.size == 2)
      #expect(events.map(\.type) == ["LogCreated", "SchemaRegistered"])
      #expect(events.map(\.stream) == ["system-log", "system-schema"])
      let (contentType, content) = try #require(events[0].plain(0))
      #expect(contentType == "application/json")
      #expect(
        String(decoding: content, as: UTF8.self)
          == #"{"leaf":"CEL1","origin":"deed.test/log","simulated":false}"#)
      #expect(events[1].plain(0)?.content == [10, 0])
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `the log is the list of what was appended, in any grouping`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path)
      var model: [(stream: String, revision: UInt64, data: [UInt8])] = []
      var revisions: [String: UInt64] = [:]
      var number: UInt64 = 0
      for _ in 0..<5 {
        try harness.open { log throws in
          for _ in 0..<60 {
            number += 1
            let events = (0..<Int.random(in: 1...9, using: &random)).map { _ in
              TestEvent(
                "account-\(Int.random(in: 0...12, using: &random))",
                data: (0..<Int.random(in: 0...40, using: &random)).map { _ in
                  UInt8.random(in: 0...255, using: &random)
                })
            }
            let result = try log.appendAndWait(.test(number, events))
            #expect(result.first.rawValue == UInt64(model.count + 2), "seed \(seed)")
            for event in events {
              let revision = revisions[event.stream].map { $0 + 1 } ?? 0
              revisions[event.stream] = revision
              model.append((event.stream, revision, event.data))
            }
          }
        }
      }
      try harness.open { log throws in
        let found = try log.events(EventSelection(from: Position(2)))
        #expect(found.map(\.stream) == model.map(\.stream), "seed \(seed)")
        #expect(found.map(\.revision.rawValue) == model.map(\.revision), "seed \(seed)")
        #expect(found.map { $0.plain(1)?.content } == model.map(\.data), "seed \(seed)")
      }
      try harness.verify()
    }
  }

  /// The writer makes records in two steps and in one buffer; the plain way is a leaf's own
  /// encoding, and the blobs behind it.
  @Test(arguments: [4, 5] as [UInt64])
  func `a record is its leaf's encoding and its blobs, to the byte`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try LogHarness.run { log, harness throws in
      var heads: [String: (revision: UInt64, hash: Digest)] = [:]
      for number in 1...40 as ClosedRange<UInt64> {
        let events = (0..<Int.random(in: 1...8, using: &random)).map { _ in
          TestEvent.random(&random)
        }
        let request = AppendRequest.test(number, events)
        let result = try log.appendAndWait(request)
        let stored = try log.events(
          EventSelection(from: result.first, through: result.last))
        for (index, event) in request.events.enumerated() {
          let head = heads[event.stream.text]
          let leaf = Leaf(
            position: Position(result.first.rawValue + UInt64(index)),
            recordedAt: result.recordedAt, eventID: event.eventID,
            revision: Revision(head.map { $0.revision + 1 } ?? 0),
            previous: head?.hash ?? .zero, stream: event.stream.text, type: event.type.text,
            tenant: "", actor: event.actor.text, onBehalfOf: event.onBehalfOf?.text ?? "",
            correlation: request.command, causation: event.causation,
            sections: event.sections.map(\.header))
          let bytes = leaf.encoded()
          heads[event.stream.text] = (leaf.revision.rawValue, .leafHash(bytes.span))
          let size = [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
          #expect(
            stored[index].record == size + bytes + event.sections.flatMap(\.blob), "seed \(seed)")
        }
        if number == 20 { harness.clock.advance(byMicroseconds: 77) }
      }
    }
  }

  @Test func `events of many callers stand densely, each caller's in its order`() async throws {
    try await LogHarness.run { log, _ async throws in
      let callers = 64
      let each = 20
      let results = try await withThrowingTaskGroup(of: [AppendResult].self) { group in
        for caller in 0..<callers {
          group.addTask {
            var results: [AppendResult] = []
            for index in 0..<each {
              results.append(
                try await log.append(
                  .test(
                    UInt64(caller * each + index + 1),
                    [TestEvent("caller-\(caller)", data: [UInt8(index)])])))
            }
            return results
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      let positions = results.flatMap { $0.map(\.first.rawValue) }
      #expect(positions.sorted() == (2..<UInt64(2 + callers * each)).map { $0 })
      for own in results { #expect(own.map(\.first) == own.map(\.first).sorted()) }
      var position: UInt64 = 0
      try log.scan(EventSelection()) { layout, record throws(ScanFailure) in
        let leaf = record.extracting(layout.leafRange)
        if layout.leaf.position(in: leaf).rawValue != position { throw .hole(at: position) }
        position += 1
        return .proceed
      }
      #expect(position == log.size)
    }
  }

  @Test func `a refused request harms no other in its group`() async throws {
    try await LogHarness.run { log, _ async throws in
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for number in 1...60 as ClosedRange<UInt64> {
          group.addTask {
            let request = AppendRequest.test(
              number, [TestEvent("account-\(number)")],
              conditions: number % 3 == 0 ? [.stream(.known("account-none"), .exists)] : [])
            do throws(AppendError) {
              _ = try await log.append(request)
              return true
            } catch {
              return false
            }
          }
        }
        return await group.reduce(into: [Bool: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(outcomes == [true: 40, false: 20])
      #expect(log.size == 42)
    }
  }

  @Test func `each event names the leaf hash of the one before in its stream`() throws {
    try LogHarness.run { log, _ throws in
      for number in 1...6 as ClosedRange<UInt64> {
        _ = try log.appendAndWait(.test(number, [TestEvent(), TestEvent("account-b")]))
      }
      let events = try log.events(EventSelection(.stream(.known("account-b"))))
      #expect(events.map(\.revision.rawValue) == [0, 1, 2, 3, 4, 5])
      #expect(
        events.map(\.leaf.previous) == [.zero] + events.dropLast().map(\.leafHash))
    }
  }

  @Test func `time never goes backwards, whatever the clock does`() throws {
    try LogHarness.run { log, harness throws in
      let start = harness.clock.now
      for (number, step) in [3, -9_000_000, 1, 20_000_000, -1].enumerated() {
        harness.clock.advance(byMicroseconds: Int64(step))
        _ = try log.appendAndWait(.test(UInt64(number + 1), [TestEvent()]))
      }
      let times = try log.events(EventSelection(from: Position(2))).map(\.recordedAt)
      #expect(times == times.sorted())
      #expect(times.first == start.advanced(byMicroseconds: 3))
      #expect(times[1] == times[0])
    }
  }

  @Test func `a request beyond the limits is refused with its reason`() throws {
    try LogHarness.run { log, _ throws in
      let over = [
        AppendRequest.test(1, []),
        .test(2, Array(repeating: TestEvent(), count: 65_537)),
        .test(3, [TestEvent(data: [UInt8](repeating: 0, count: 1 << 26))]),
      ]
      for request in over {
        #expect(throws: AppendError.self) { try log.appendAndWait(request) }
      }
      #expect(log.size == 2)
    }
  }

  @Test func `a personal message in a plain section is refused`() throws {
    try LogHarness.run { log, _ throws in
      for name in ["deed.crm.v1.ContactPersonal", "deed.envelope.v1.ReasonText", "x.ClientData"] {
        let event = NewEvent(
          eventID: .test(1, 0), stream: .known("contact-a"), type: .known("ContactCreated"),
          actor: .known("usr_1"),
          sections: [
            NewSection(
              kind: .plain,
              blob: PlainSection.encode(
                salt: (1, 2), contentType: ContentType.protobuf(name), content: []))
          ])
        #expect(throws: AppendError.personalInPlainSection(message: name)) {
          try log.appendAndWait(
            AppendRequest(command: CommandID(high: 0, low: 1), events: [event]))
        }
      }
    }
  }

  @Test func `nothing is sealed under a destroyed key, in its own request or later`() throws {
    try LogHarness.run { log, _ throws in
      let key = KeyID(high: 0xab, low: 0xcd)
      let other = KeyID(high: 0xab, low: 0xce)
      _ = try log.appendAndWait(.test(1, [TestEvent("contact-a", subjects: [key, other])]))
      let destroyed = try log.appendAndWait(
        .json(
          2, stream: "subject-\(key.hex)", type: "SubjectKeyDestroyed",
          #"{"kid":"\#(key.hex)"}"#))
      #expect(throws: AppendError.subjectDestroyed(key)) {
        try log.appendAndWait(.test(3, [TestEvent("contact-b", subjects: [other, key])]))
      }
      _ = try log.appendAndWait(.test(4, [TestEvent("contact-b", subjects: [other])]))
      #expect(try log.destruction(of: key) == destroyed.first)
      #expect(try log.destruction(of: other) == nil)
    }
  }
}

enum ScanFailure: Error, LMDBFailure {
  case hole(at: UInt64)
  case store(LMDBError)
  init(_ error: LMDBError) { self = .store(error) }
}

extension TestEvent {
  fileprivate static func random(_ random: inout SeededGenerator) -> TestEvent {
    let bytes = (0..<Int.random(in: 0...90, using: &random)).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    let tags = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      "account:acc_\(Int.random(in: 0...9, using: &random))"
    }
    return TestEvent(
      "account-\(Int.random(in: 0...5, using: &random))",
      type: Bool.random(using: &random) ? "AccountCreated" : "AccountRenamed", tags: tags,
      data: bytes,
      subjects: Bool.random(using: &random) ? [KeyID(high: 7, low: UInt64(bytes.count))] : [],
      onBehalfOf: Bool.random(using: &random) ? "usr_2" : nil)
  }
}

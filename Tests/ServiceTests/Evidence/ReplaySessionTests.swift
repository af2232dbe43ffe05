import Foundation
import Service
import TestSupport
import Testing

/// Stepping through history, and asking why.
@Suite struct ReplaySessionTests {
  @Test func `it steps, filters, jumps, and shows what each event changed`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try await place.workspace.done(
        "ChangeAccountDetails", #"{"accountId":"\#(place.account)","name":"Quill SE"}"#)
      var session = try ReplaySession(place.workspace, filter: EventFilter())
      #expect(try session.handle("")?.number("position") == 0)
      #expect(try session.handle("n")?.number("position") == 1)
      #expect(try session.handle("next 3")?.number("position") == 4)
      #expect(try session.handle("back")?.number("position") == 3)
      let first = try #require(try session.handle("back 4"))
      #expect(first.number("position") == 0)
      #expect(first.notes == ["Only 3 events were left: this is the first."])
      #expect(try session.handle("back")?.title == "The beginning of the selected events")
      _ = try session.handle("filter type=AccountDetailsChanged")
      let changed = try #require(try session.handle("jump 0"))
      #expect("\(changed.tables)".contains("Quill SE"))
      let position = try #require(changed.number("position"))
      #expect(try session.handle("n")?.title == "The end of the selected events")
      #expect("\(try session.handle("state")?.facts ?? [])".contains("Quill SE"))
      let difference = try #require(try session.handle("diff \(position - 1) \(position)"))
      #expect("\(difference.tables)".contains("Quill GmbH"))
      #expect("\(try session.handle("blame name")?.tables ?? [])".contains("Quill SE"))
      let why = try #require(try session.handle("why name"))
      #expect(why.text("human") == place.administrators[0])
      #expect(why.number("humanAt") == position)
      #expect(try session.handle("quit") == nil)
      try place.workspace.close()
    }
  }

  @Test(arguments: [
    "nonsense", "next 0", "next x", "jump", "jump yesterday", "filter colour=red", "filter type",
    "diff 1", "blame", "why", "state", "why name",
  ])
  func `what can't be done is refused, and the session goes on`(line: String) async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      var session = try ReplaySession(place.workspace, filter: EventFilter())
      #expect(throws: ServiceError.self) { try session.handle(line) }
      #expect(try session.handle("n")?.number("position") == 0)
      try place.workspace.close()
    }
  }

  @Test func `why is asked as of a moment, and of fields that are there`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let made = try place.workspace.why(place.account, field: "name", from: .now)
      #expect("\(made.tables)".contains("AccountCreated"))
      #expect(throws: ServiceError.self) {
        try place.workspace.why(place.account, field: "colour", from: .now)
      }
      #expect(throws: ServiceError.self) {
        try place.workspace.why(place.account, field: "name", from: .recorded(.position(1)))
      }
      try place.workspace.close()
    }
  }
}

import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// A person's words, looked for in every file there is: everything that handles them is used first.
@Suite struct TraceTests {
  private static let words =
    EvidenceWorkplace.personal + ["15799001122", "whispered-by-the-ficus", "because-of-the-gout"]

  /// Uses whatever keeps something: models, matching, timers, groups with what they parked, the access
  /// log, refused commands, a backup, tiles, evidence.
  private func use(_ place: EvidenceWorkplace) async throws {
    let workspace = place.workspace
    _ = try await workspace.createConsumer(
      NewConsumer(
        name: "mirror", filter: StreamFilter(types: ["ContactCreated", "ActivityLogged"]),
        start: .beginning, rules: ConsumerSettings()))
    var note = CommandRequest(
      name: "LogActivity",
      body: """
        {"kind":"note","subjectRefs":[{"objectType":"contact","id":"\(place.contact)"}],\
        "summary":"\(Self.words[4])"}
        """)
    note.reasonCode = "call-back"
    note.reasonText = Self.words[5]
    _ = try await workspace.execute(note)
    _ = try? await workspace.done(
      "ChangeContactDetails",
      #"{"contactId":"con_01KJP0YEG82SQS3GP8FEAGXEM3","name":{"full":"\#(Self.words[0])"}}"#)
    var question = CustomerQuestion()
    question.phone = Self.words[1]
    question.email = Self.words[2]
    _ = try workspace.match(question)
    _ = try await workspace.findDuplicates("contact")
    _ = try await workspace.runTimers()
    _ = try workspace.query("SELECT * FROM account", limit: 10)
    _ = try workspace.show("contact", id: place.contact, from: .now)
    _ = try workspace.history(of: place.contact, field: nil, period: Period())
    _ = try workspace.replay(EventFilter(), limit: 1000)
    let consumer = try await workspace.consume("mirror", as: "ann", credit: 10)
    let got = try #require(try await consumer.next())
    #expect(!got.isEmpty)
    _ = try await workspace.settle(
      "mirror", consumer: consumer.number, got.map { ($0.event.position, .park(reason: "broken")) })
    try workspace.flushAccessLog()
  }

  private func found(_ place: EvidenceWorkplace, _ more: [String] = []) throws -> [String] {
    let roots = [place.folder.path, place.folder.keysPath] + more
    return try Self.words.flatMap { word in
      try place.files(holding: word, in: roots).map { "“\(word)” in \($0)" }
    }
  }

  @Test func `no file ever holds a person's words in clear, and none opens after erasure`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      try await use(place)
      let copies = ["\(path)/backup", "\(path)/tiles", "\(path)/case"]
      _ = try place.workspace.backUp(to: copies[0])
      _ = try place.workspace.exportTiles(to: copies[1])
      var question = EvidenceQuestion()
      question.records = [place.contact, place.account]
      _ = try place.workspace.exportEvidence(question, toFolder: copies[2])
      // While it lives nothing is in clear either: so no page has to be wiped later.
      #expect(try found(place, copies) == [])
      try place.erase()
      _ = try place.workspace.finishErasures()
      _ = try place.workspace.rebuild(ModelRebuild()) { _ in }
      #expect(try found(place, copies) == [])
      for text in [
        "\(try place.workspace.show("contact", id: place.contact, from: .now))",
        "\(try place.workspace.replay(EventFilter(), limit: 1000))",
        "\(try place.workspace.history(of: place.contact, field: nil, period: Period()))",
      ] {
        for word in Self.words { #expect(!text.contains(word), "\(word)") }
      }
      await place.workspace.closeConsumers()
      try place.workspace.close()
      #expect(try found(place, copies) == [])
      // What the search is worth: what is no person's stands in the log.
      #expect(try !place.files(holding: "Quill GmbH").isEmpty)
    }
  }

  /// In JSON, in tables and in code an erased field is of a kind of its own: never empty, never null.
  @Test func `an erased field is told from an empty and from a hidden one, wherever it is shown`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let position = try place.erase()
      let shown = try place.workspace.show("contact", id: place.contact, from: .now)
      let erased = shown.facts.filter { $0.value == .erased(position: position) }
      #expect(!erased.isEmpty)
      #expect(shown.facts.allSatisfy { $0.value != .hidden })
      let out = "\(path)/all.jsonl"
      _ = try await place.workspace.export(
        ExportRequest(EventFilter(), to: out, purpose: "test"))
      let lines = try String(contentsOfFile: out, encoding: .utf8)
      #expect(lines.contains(#"{"erased":\#(position)}"#))
      let csv = "\(path)/all.csv"
      _ = try await place.workspace.export(
        ExportRequest(EventFilter(), to: csv, as: .csv, purpose: "test"))
      #expect(
        try String(contentsOfFile: csv, encoding: .utf8)
          .contains(#"{""erased"":\#(position)}"#))
      try place.workspace.close()
    }
  }

  @Test func `what a spreadsheet would calculate is text in an export`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      var teams: [String] = []
      for name in ["=1+1", "+1", "-1", "@SUM(A1)", "\u{FF1D}1", "=\u{301}cmd"] {
        teams.append(
          try await place.workspace.done("CreateTeam", #"{"name":"\#(name)"}"#))
      }
      let csv = "\(path)/all.csv"
      _ = try await place.workspace.export(
        ExportRequest(EventFilter(), to: csv, as: .csv, purpose: "test"))
      let text = try String(contentsOfFile: csv, encoding: .utf8)
      let cells = text.utf8.split(separator: 0x0a).dropFirst().flatMap { row in
        row.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      }
      #expect(!cells.isEmpty)
      #expect(teams.count == 6)
      for cell in cells {
        let first = cell.drop { $0 == UInt8(ascii: "\"") }.first
        #expect(![UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"), 0xef].contains(first))
      }
      try place.workspace.close()
    }
  }
}

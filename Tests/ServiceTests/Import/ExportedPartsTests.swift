import CRM
import Commands
import EventLog
import EventModel
import Foundation
import Schema
import Service
import TestSupport
import Testing

/// What an export lists as sealed goes back in as what it was, under whom it was sealed.
@Suite struct ExportedPartsTests {
  private static let personal =
    #"{"message":"deed.crm.v1.LeadPersonal","subject":"lead-led_1","data":{"note":"n"}}"#
  private static let words =
    #"{"message":"deed.envelope.v1.ReasonText","subject":"lead-led_1","data":{"text":"why"}}"#
  private static let client =
    #"{"message":"deed.envelope.v1.ClientData","subject":"staff:usr_1:2024-01","data":{"ip":"::1"}}"#

  private static func line(
    _ parts: [String], type: String = "LeadDisqualified", stream: String = "lead-led_1",
    data: String = #"{"reasonCode":"spam"}"#
  ) -> String {
    #"{"type":"\#(type)","stream":"\#(stream)","actor":"usr_1","occurredAt":"2024-01-01T00:00:00Z","#
      + #""data":\#(data),"reasonCode":"spam","personal":[\#(parts.joined(separator: ","))]}"#
  }

  private static func refusal(_ line: String) async throws -> String? {
    let trial = try await ImportTrial.events(Array(line.utf8))
    #expect(trial.events.isEmpty)
    return trial.report.refused.first?.sentence
  }

  @Test func `each part is told by its message, in any order`() async throws {
    let parts = [Self.personal, Self.words, Self.client]
    for parts in [parts, parts.reversed()] {
      let trial = try await ImportTrial.events(Array(Self.line(parts).utf8))
      let event = try #require(trial.events.first, "\(trial.report.refused)")
      #expect(try event.personal?.json() == #"{"note":"n"}"#)
      #expect(event.reason?.code == "spam" && event.reason?.text == "why")
      #expect(event.subject == StreamName("lead-led_1") && event.isSubjectFinal)
    }
    let reason = try await ImportTrial.events(Array(Self.line([Self.words]).utf8))
    #expect(reason.events.first?.reason?.text == "why")
    #expect(reason.events.first.map { $0.personal == nil } == true)
    let client = try await ImportTrial.events(Array(Self.line([Self.client]).utf8))
    #expect(client.events.first?.hasSealedParts == false)
  }

  @Test func `the words of a reason are never a record's text`() async throws {
    // Fields of the activity's message have the name of the reason's.
    let line = Self.line(
      [Self.words], type: "ActivityLogged", stream: "activity-act_1",
      data: #"{"activityId":"act_1","kind":"call"}"#)
    let trial = try await ImportTrial.events(Array(line.utf8))
    let event = try #require(trial.events.first, "\(trial.report.refused)")
    #expect(event.personal == nil && event.reason?.text == "why")
  }

  @Test(arguments: [
    (#"{"message":"deed.crm.v1.AccountPersonal","subject":"lead-led_1","data":{}}"#, "has no"),
    (#"{"message":"text/plain","subject":"lead-led_1","data":null}"#, "a list of parts"),
    (#"{"subject":"lead-led_1","data":{"note":"n"}}"#, "a list of parts"),
    (#"{"message":"deed.crm.v1.LeadPersonal","data":{"note":"n"}}"#, "whose it is"),
    (#"{"message":"deed.envelope.v1.ReasonText","data":{"text":"why"}}"#, "whose it is"),
    (
      #"{"message":"deed.crm.v1.LeadPersonal","subject":"staff:usr_1","data":{"note":"n"}}"#,
      "record's stream"
    ),
    (
      #"{"message":"deed.envelope.v1.ReasonText","subject":"lead-led_1","data":{"text":7}}"#,
      "is a text"
    ),
  ])
  func `what can't be told, or whose it is, is refused`(part: String, words: String) async throws {
    let sentence = try #require(try await Self.refusal(Self.line([part])))
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func `parts of two subjects are refused`() async throws {
    let other = Self.words.replacing("lead-led_1", with: "contact-con_1")
    let sentence = try await Self.refusal(Self.line([Self.personal, other]))
    #expect(sentence?.contains("one subject") == true)
  }

  /// The sealed parts of each exported event but for what clients said, by the event's type.
  private func exported(_ workspace: Workspace, _ file: String) async throws -> [String: [String]] {
    _ = try await workspace.export(
      ExportRequest(
        EventFilter(types: [
          "AccountCreated", "ContactCreated", "ContactDetailsChanged", "HandoverStarted",
          "HandoverItemPlanned",
        ]), to: file, purpose: "test"))
    var parts: [String: [String]] = [:]
    for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
      let object = try JSONParser.value(of: String(line))
      guard case .array(let listed)? = object["personal"] else { continue }
      parts[object["type"]?.text ?? "", default: []] += listed.map(\.compact)
        .filter { !$0.contains("ClientData") }
    }
    return parts
  }

  @Test func `what goes into another workspace is sealed under whom it was sealed`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace("\(path)/from")
      var change = CommandRequest(
        name: "ChangeContactDetails",
        body: #"{"contactId":"\#(place.contact)","name":{"full":"Zoë Renamed"}}"#)
      (change.reasonCode, change.reasonText) = ("typingError", "she married in May")
      _ = try await place.workspace.execute(change)
      // What is written about a customer in a handover's stream is the customer's.
      let head = #""stream":"handover-hov_1","actor":"usr_1","occurredAt":"#
      let handover = [
        #"{"type":"HandoverStarted",\#(head)"2026-01-01T03:04:05Z","#
          + #""data":{"handoverId":"hov_1","fromUserId":"usr_1"}}"#,
        #"{"type":"HandoverItemPlanned",\#(head)"2026-01-02T03:04:05Z","data":{},"#
          + #""personal":{"subject":"contact-\#(place.contact)","data":{"note":"calls at six"}}}"#,
      ]
      let file = "\(path)/handover.jsonl"
      try handover.map { $0 + "\n" }.joined().write(
        toFile: file, atomically: true, encoding: .utf8)
      let first = try await place.workspace.importEvents(
        file, dryRun: false, skipBadRows: false, progress: { _ in })
      try #require(!first.isRefused, "\(first.answer)")
      let lines = "\(path)/all.jsonl"
      let before = try await exported(place.workspace, lines)
      #expect(before["ContactDetailsChanged"]?.count == 2)
      #expect(before["HandoverItemPlanned"]?.count == 1)
      try place.workspace.close()

      let other = try await EvidenceWorkplace("\(path)/to")
      let second = try await other.workspace.importEvents(
        lines, dryRun: false, skipBadRows: false, progress: { _ in })
      try #require(!second.isRefused, "\(second.answer)")
      let after = try await exported(other.workspace, "\(path)/again.jsonl")
      for (type, parts) in before {
        #expect(parts.allSatisfy { after[type]?.contains($0) == true })
      }
      for type in ["ContactCreated", "ContactDetailsChanged", "HandoverItemPlanned"] {
        let types = [EventType.known(type)]
        let event = try #require(
          try other.workspace.log.events(
            EventSelection(.types(types), direction: .backwards, limit: 1)
          ).first)
        let subjects = try event.metadata()?.sealed.map(\.subject) ?? []
        #expect(Set(subjects) == ["contact:\(place.contact)"], "\(type): \(subjects)")
      }
      try other.workspace.close()
    }
  }
}

import CRM
import Commands
import EventModel
import Schema
import Service
import TestSupport
import Testing

@Suite struct ImportEventsTests {
  private static func line(
    type: String = "TagApplied", stream: String = "lead-led_1", data: String = #"{"tagId":"vip"}"#,
    extra: String = ""
  ) -> String {
    #"{"type":"\#(type)","stream":"\#(stream)","actor":"usr_1","occurredAt":"2024-01-01T00:00:00Z","data":\#(data)\#(extra)}"#
  }

  private static func refusals(_ lines: [String]) async throws -> [String] {
    let trial = try await ImportTrial.events(Array(lines.joined(separator: "\n").utf8))
    #expect(trial.events.isEmpty)
    return trial.report.refused.map(\.sentence)
  }

  @Test func `lines become events`() async throws {
    let lines = [
      Self.line(), "",
      Self.line(
        type: "LeadDisqualified", data: #"{"reasonCode":"spam"}"#,
        extra:
          #","personal":{"data":{"note":"秘密"}},"reason":"spam","onBehalfOf":"usr_2","position":7"#),
    ]
    let trial = try await ImportTrial.events(Array(lines.joined(separator: "\n").utf8))
    #expect(trial.types == ["TagApplied", "LeadDisqualified"])
    #expect(try trial.events[1].personal?.json() == #"{"note":"秘密"}"#)
    #expect(trial.events[1].onBehalfOf == ActorID("usr_2"))
    #expect(trial.events[1].reason?.code == "spam")
  }

  @Test func `what an export writes is read back`() async throws {
    let id = "0190a8c1-7f00-7000-8000-000000000001"
    let exported =
      #","position":7,"recordedAt":"2024-01-02T00:00:00Z","eventId":"\#(id)","revision":2,"#
      + #""onBehalfOf":null,"channel":"cli","commandName":"DisqualifyLead","correlationId":"\#(id)","#
      + #""causationId":null,"transactionId":null,"reasonCode":"spam","tags":["lead:led_1"]"#
    func line(_ personal: String) -> String {
      Self.line(
        type: "LeadDisqualified", data: #"{"reasonCode":"spam"}"#,
        extra: exported + #","personal":[\#(personal)]"#)
    }
    let shown = try await ImportTrial.events(
      Array(
        line(
          #"{"message":"deed.crm.v1.LeadPersonal","subject":"lead-led_1","data":{"note":"秘密"}}"#
        ).utf8))
    let event = try #require(shown.events.first)
    #expect(try event.personal?.json() == #"{"note":"秘密"}"#)
    #expect(event.reason?.code == "spam")
    #expect(event.onBehalfOf == nil)
    #expect(event.exportedID == EventID(uuidText: id))
    let erased = try await ImportTrial.events(Array(line(#"{"erased":9}"#).utf8))
    #expect(erased.events.first?.personal == nil)
    #expect(
      try await Self.refusals([line(#"{"hidden":true}"#)]).first?
        .contains("export with the right to see it") == true)
  }

  @Test func `a refused line leaves its key to the mended one`() async throws {
    let lines = [
      Self.line(data: #"{"tagID":"vip"}"#, extra: #","key":"k""#),
      Self.line(extra: #","key":"k""#),
    ]
    let trial = try await ImportTrial.events(Array(lines.joined(separator: "\n").utf8))
    #expect(trial.report.refused.map(\.line) == [1])
  }

  @Test func `what no log takes is found before anything is appended`() async throws {
    let lines = [
      Self.line(),
      Self.line(type: "LeadCaptured", data: #"{"leadId":"led_2"}"#),
      Self.line().replacing("2024-01-01", with: "2024-01-03"),
    ]
    var options = ImportOptions()
    options.now = Timestamp("2024-01-02T00:00:00Z")
    for isDryRun in [true, false] {
      options.isDryRun = isDryRun
      let trial = try await ImportTrial.events(
        Array(lines.joined(separator: "\n").utf8), options: options)
      #expect(trial.events.isEmpty)
      #expect(trial.report.refused.map(\.line) == [2, 3])
      let sentences = trial.report.refused.map(\.sentence)
      #expect(sentences.first?.contains("the same identifier") == true, "\(sentences)")
      #expect(sentences.last?.contains("in the future") == true, "\(sentences)")
    }
    options.isDryRun = false
    options.skipsBadRows = true
    let good = try await ImportTrial.events(
      Array(lines.joined(separator: "\n").utf8), options: options)
    #expect(good.types == ["TagApplied"])
  }

  @Test func `equal lines are events of their own, and keep their keys`() async throws {
    let bytes = Array((Self.line() + "\n" + Self.line()).utf8)
    let first = try await ImportTrial.events(bytes)
    #expect(Set(first.events.map(\.key)).count == 2)
    let second = try await ImportTrial.events(bytes)
    #expect(second.events.map(\.key) == first.events.map(\.key))
  }

  @Test func `a line that is no event is named, and nothing is appended`() async throws {
    let refusals = try await Self.refusals([
      Self.line(), Self.line(type: "NoSuchEvent"), Self.line(data: #"{"tagID":"vip"}"#),
      Self.line(data: #"{"tagId":7}"#), Self.line(stream: "user-usr_1"), Self.line(stream: "lead"),
      Self.line(extra: #","colour":1"#), Self.line(extra: #","type":"X""#), "[1]", "{\"a\":",
      Self.line(data: "[]"), Self.line(extra: #","personal":{"data":{"text":"x"}}"#),
      Self.line(extra: #","key":"k""#), Self.line(extra: #","key":"k""#),
      Self.line(data: #"{"origin":"nobody","tagId":"vip"}"#),
    ])
    let starts = [
      "line 2: the catalogue has no event “NoSuchEvent”", "line 3: its data is no TagApplied",
      "line 4: its data is no TagApplied",
      "line 5: its data is no TagApplied: it does not belong in a stream of “user”",
      "line 6: “lead” is no stream", "line 7: it has the unknown member “colour”",
      "line 8: it has the member “type” twice", "line 9: it is an array where an object is needed",
      "line 10: it ends in the middle of a value", "line 11: its member “data” should be an object",
      "line 12: its data is no TagApplied: it has nothing personal",
      "line 14: its key stood in line 13 before", "line 15: its data is no TagApplied",
    ]
    #expect(refusals.count == starts.count)
    for (refusal, start) in zip(refusals, starts) {
      #expect(refusal.hasPrefix(start), "\(refusal)")
    }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func `files of the JSON test suite are refused by line and nothing is appended`() async throws {
    for name in SharedData.files(in: "json-torture/test_parsing") {
      let bytes = SharedData.bytes("json-torture/test_parsing/\(name)")
      do {
        let trial = try await ImportTrial.events(Array((Self.line() + "\n").utf8) + bytes)
        let isEmpty = bytes.allSatisfy { [0x20, 0x09, 0x0a, 0x0d].contains($0) }
        #expect(trial.events.isEmpty != isEmpty, "\(name)")
        #expect((trial.report.refused.first?.line ?? 0) == (isEmpty ? 0 : 2), "\(name)")
      } catch ImportFailure<ImportTrial.Refusal>.source(let fault) {
        Issue.record("\(name): \(fault)")
      }
    }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func `naughty strings arrive byte for byte, as JSON and as CSV`() async throws {
    guard
      case .array(let items) = try JSONParser.value(
        of: SharedData.bytes("naughty-strings/blns.json"))
    else { throw Unexpected.shape }
    let strings = items.compactMap(\.text).filter { !$0.isEmpty }
    #expect(strings.count > 500)
    let lines = strings.map { text in
      Self.line(
        type: "LeadCaptured", data: #"{"companyName":\#(JSONValue.string(text).compact)}"#,
        extra: #","personal":{"data":{"need":\#(JSONValue.string(text).compact)}}"#)
    }
    let asJSON = try await ImportTrial.events(Array(lines.joined(separator: "\n").utf8))
    let writer = CSVWriter(defendsFormulas: false)
    var csv = writer.line(["id", "at", "who", "name"])
    for (index, text) in strings.enumerated() {
      csv += writer.line([String(index), "2024-01-01", text, text])
    }
    let asCSV = try await ImportTrial.table(csv, by: Self.naughtyMapping)
    #expect(asJSON.report.refused.isEmpty && asCSV.report.refused.isEmpty)
    let leads = asCSV.events.filter { $0.payload.typeName == "LeadCaptured" }
    #expect(leads.count == strings.count)
    for (index, text) in strings.enumerated() {
      for event in [asJSON.events[index], leads[index]] {
        let data = try JSONParser.value(of: try event.payload.json())
        #expect(Array((data["companyName"]?.text ?? "").utf8) == Array(text.utf8))
      }
    }
  }

  private static let naughtyMapping = """
    mapping: naughty
    source: naughty
    key: id
    time: {column: at, formats: [yyyy-MM-dd], zone: UTC}
    subject: lead
    actor: {from: !column who, provision: true}
    records: {lead: {prefix: led, from: !column name}}
    events:
      - type: LeadCaptured
        of: lead
        data: {leadId: !id lead, companyName: !column name}
        personal: {data: {personName: {full: !column name}, need: !column name}}
    """

  @Test func `hostile bytes end in a report, never in a crash`() async throws {
    let good = Array((Self.line() + "\n" + Self.line(type: "TagRemoved") + "\n").utf8)
    for seed in UInt64(1)...400 {
      var generator = SeededGenerator(seed: seed)
      let bytes = good.mutated(using: &generator)
      do {
        let trial = try await ImportTrial.events(bytes)
        #expect(trial.report.refused.isEmpty || trial.events.isEmpty, "seed \(seed)")
      } catch ImportFailure<ImportTrial.Refusal>.source {
        // The whole file is another encoding: a report as well.
      }
    }
  }

  @Test func `hostile CSV ends in a report, never in a crash`() async throws {
    let rows =
      "7,1,2024-03-01 10:00:00,Ann,Desk,open\n7,2,2024-03-01 11:00:00,\"Bo\nB\",Desk,done\n"
    let good = Array((ImportMappingTests.header + rows).utf8)
    for seed in UInt64(1)...200 {
      var generator = SeededGenerator(seed: seed)
      let bytes = good.mutated(using: &generator)
      do {
        let trial = try await ImportTrial.table(bytes, by: ImportMappingTests.mapping())
        #expect(trial.report.refused.isEmpty || trial.events.isEmpty, "seed \(seed)")
      } catch is ImportFailure<ImportTrial.Refusal> {
      } catch is MappingFault {
      }
    }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func `csv-spectrum's files are refused as histories, by name of what is missing`() async throws {
    for name in SharedData.files(in: "csv-torture/csv-spectrum/csvs") {
      let bytes = SharedData.bytes("csv-torture/csv-spectrum/csvs/\(name)")
      do {
        _ = try await ImportTrial.table(bytes, by: ImportMappingTests.mapping())
        Issue.record("\(name) was taken")
      } catch ImportFailure<ImportTrial.Refusal>.mapping(let fault) {
        #expect(fault.description.contains("names the column"), "\(name): \(fault)")
      }
    }
  }

  private enum Unexpected: Error { case shape }
}

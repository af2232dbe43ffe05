import Commands
import EventModel
import Foundation
import Schema
import Service
import TestSupport
import Testing
import Vault

@Suite struct ImportMappingTests {
  /// A mapping of tickets with `extra` lines at its end.
  static func mapping(
    _ extra: String = "", time: String = "formats: [\"yyyy-MM-dd HH:mm:ss\"], zone: UTC"
  )
    -> String
  {
    """
    mapping: tickets
    source: desk
    key: [id, step]
    time: {column: at, \(time)}
    subject: ticket
    actor: {from: !column who, known: {Robot: "system:robot"}, provision: true}
    records:
      ticket: {prefix: tkt, from: !column id}
      team: {prefix: tea, from: !column team}
    derive:
      line: !column {name: team, match: {"3rd$": 3, "2nd$": 2}, else: 1}
    events:
      - type: TicketOpened
        of: ticket
        when: {first: true}
        data: {ticketId: !id ticket, ticketNo: !column id, teamId: !id team, sourceStatus: !column status}
      - type: TicketEscalated
        of: ticket
        when: {column: line, rises: true}
        data: {level: !column {name: line, as: integer}, toTeamId: !id team, cause: import}
      - type: TicketStatusChanged
        of: ticket
        when: {first: false}
        data: {sourceStatus: !column status, handlingTeamId: !id team}
    \(extra)
    """
  }

  static let header = "id,step,at,who,team,status\n"

  @Test func `rows become events with actor, time, stream and what the record was before`()
    async throws
  {
    let trial = try await ImportTrial.table(
      Self.header
        + "7,1,2024-03-01 10:00:00,Ann,Desk,open\n7,2,2024-03-01 11:00:00,Robot,Desk,open\n"
        + "8,1,2024-03-01 11:30:00,Ann,Lab 2nd,open\n7,3,2024-03-02 09:00:00,Bo,Lab 2nd,done\n",
      by: Self.mapping())
    #expect(
      trial.types == [
        "UserProvisioned", "TicketOpened", "TicketStatusChanged", "TicketOpened",
        "UserProvisioned", "TicketEscalated", "TicketStatusChanged",
      ])
    #expect(trial.report.rowCount == 4)
    #expect(trial.report.appendedCount == 7)
    #expect(trial.events[1].occurredAt == Timestamp("2024-03-01T10:00:00Z"))
    #expect(trial.events[2].actor.text == "system:robot")
    #expect(trial.events[2].actorKind == .system)
    #expect(trial.events[1].actor == trial.events[3].actor)
    #expect(trial.events[1].actor != trial.events[5].actor)
    #expect(trial.events[1].stream == trial.events[6].stream)
    #expect(try trial.json(5)["level"] == .number("2"))
    #expect(try trial.json(1)["ticketId"]?.text == trial.events[1].stream.id)
  }

  @Test func `an actor's identifier does not tell the name, and the name is sealed`() async throws {
    let trial = try await ImportTrial.table(
      Self.header + "7,1,2024-03-01 10:00:00,Zoë Quill,Desk,open\n", by: Self.mapping())
    let user = trial.events[0]
    let other = SourceNaming(hash: KeyedHash(key: Array(repeating: 8, count: 32)))
    #expect(trial.events[1].actor != (try other.actor(scope: "desk", name: "Zoë Quill")))
    #expect(!user.actor.text.contains("Zo"))
    #expect(!(try user.payload.json().contains("Zo")))
    #expect(try user.personal?.json() == #"{"name":{"full":"Zoë Quill"}}"#)
    #expect(
      trial.events[1].actor == (try ImportTrial.naming.actor(scope: "desk", name: "Zoë Quill")))
    for event in trial.events { #expect(!(try event.payload.json().contains("Quill"))) }
  }

  @Test func `a bad row is named by line, and by default nothing is appended`() async throws {
    let rows =
      Self.header + "7,1,2024-03-01 10:00:00,Ann,Desk,open\n7,2,yesterday,Ann,Desk,open\n7,3\n"
      + "7,1,2024-03-01 12:00:00,Ann,Desk,open\n,4,2024-03-01 12:00:00,Ann,Desk,open\n"
      + "7,5,2024-03-01 13:00:00,Bo,Desk,done\n"
    let stopped = try await ImportTrial.table(rows, by: Self.mapping())
    #expect(stopped.events.isEmpty)
    #expect(stopped.report.isStopped)
    #expect(
      stopped.report.refused.map(\.sentence) == [
        "line 3: the column “at” holds “yesterday”, which has none of the mapping's time formats",
        "line 4: it has 2 fields where the header has 6", "line 5: its key stood in line 2 before",
        "line 6: the column “id” is empty, and a value is needed",
      ])
    var options = ImportOptions()
    options.skipsBadRows = true
    let skipped = try await ImportTrial.table(rows, by: Self.mapping(), options: options)
    #expect(
      skipped.types == [
        "UserProvisioned", "TicketOpened", "UserProvisioned", "TicketStatusChanged",
      ])
    #expect(skipped.report.refusedCount == 4)
    #expect(skipped.report.rowCount == 6)
  }

  @Test func `a refused row leaves no trace in what later rows make`() async throws {
    // The second row would open ticket 8, but its data is refused.
    let mapping = Self.mapping().replacing(
      "ticketNo: !column id", with: "ticketNo: !column id, priority: !column status")
    var options = ImportOptions()
    options.skipsBadRows = true
    let trial = try await ImportTrial.table(
      Self.header
        + "8,1,2024-03-01 10:00:00,Ann,Desk,dreadful\n8,2,2024-03-01 11:00:00,Ann,Desk,high\n",
      by: mapping, options: options)
    #expect(trial.types == ["UserProvisioned", "TicketOpened"])
    #expect(trial.report.refused.map(\.line) == [2])
  }

  @Test func `a dry run counts and appends nothing`() async throws {
    var options = ImportOptions()
    options.isDryRun = true
    let trial = try await ImportTrial.table(
      Self.header + "7,1,2024-03-01 10:00:00,Ann,Desk,open\n",
      by: Self.mapping("profile: [id, who]"),
      options: options)
    #expect(trial.events.isEmpty)
    #expect(trial.report.eventCount == 2)
    #expect(trial.report.distinct.map(\.count) == [1, 1])
  }

  @Test func `the same rows make the same keys, and a longer file only new ones`() async throws {
    let rows = Self.header + "7,1,2024-03-01 10:00:00,Ann,Desk,open\n"
    let first = try await ImportTrial.table(rows, by: Self.mapping())
    let again = try await ImportTrial.table(
      rows + "7,2,2024-03-01 11:00:00,Ann,Desk,done\n", by: Self.mapping())
    #expect(Array(again.events.map(\.key).prefix(2)) == first.events.map(\.key))
    #expect(Set(again.events.map(\.key)).count == 3)
  }

  @Test func `rows of equal keys are told apart by number where the mapping says so`() async throws
  {
    let row = "7,1,2024-03-01 10:00:00,Ann,Desk,open\n"
    let mapping = Self.mapping().replacing(
      "key: [id, step]", with: "key: {columns: [id, step], repeats: number}")
    let trial = try await ImportTrial.table(Self.header + row + row + row, by: mapping)
    #expect(
      trial.types == [
        "UserProvisioned", "TicketOpened", "TicketStatusChanged", "TicketStatusChanged",
      ])
    #expect(Set(trial.events.map(\.key)).count == 4)
  }

  @Test func `mending a refused row moves no number`() async throws {
    let row = "7,1,2024-03-01 10:00:00,Ann,Desk,open\n"
    let bad = "7,1,yesterday,Ann,Desk,open\n"
    let mapping = Self.mapping().replacing(
      "key: [id, step]", with: "key: {columns: [id, step], repeats: number}")
    var options = ImportOptions()
    options.skipsBadRows = true
    let before = try await ImportTrial.table(
      Self.header + row + bad + row, by: mapping, options: options)
    let after = try await ImportTrial.table(Self.header + row + row + row, by: mapping)
    let keys = Set(before.events.map(\.key))
    #expect(keys.count == 3)
    #expect(keys.isSubset(of: after.events.map(\.key)))
    #expect(!keys.contains(try #require(after.events.dropLast().last?.key)))
  }

  @Test func `a row's events are never parted between batches`() async throws {
    var options = ImportOptions()
    options.batchEventCount = 5
    let rows = (1...10).map { "7,\($0),2024-03-01 10:00:00,P\($0),Desk,open\n" }.joined()
    let trial = try await ImportTrial.table(
      Self.header + rows, by: Self.mapping(), options: options)
    #expect(trial.batchSizes == [4, 4, 4, 4, 4])
  }

  @Test(arguments: [
    ("\ncolour: red", "Line 26 of the mapping has the unknown key “colour”; known are"),
    (
      "\nprofile: [nothing]", "Line 26 of the mapping names the column “nothing”; the file has “id”"
    ),
    (
      "\nremember: {x: {value: !column id, until: 3}}",
      "Line 26 of the mapping has the unknown key “until”"
    ),
    (
      "\nremember: {x: {value: !whatever id}}",
      "Line 26 of the mapping has the unknown tag “!whatever”."
    ),
    (
      "\nremember: {x: {value: !lookup {table: t, key: 1, field: f}}}",
      "Line 26 of the mapping names the table “t”; known are none."
    ),
    ("\ndelimiter: tab", "Line 26 of the mapping says “tab” where one ASCII character is needed."),
    ("\nevents: []", "The mapping is not YAML:"),
    (
      "\nremember: {x: {when: {column: id, matches: \"(\"}, value: 1}}",
      "Line 26 of the mapping says “(” where a regular expression is needed."
    ),
  ])
  func `what is wrong with a mapping is named with its line`(
    extra: String, sentence: String
  ) async throws {
    do {
      _ = try await ImportTrial.table(Self.header, by: Self.mapping(extra))
      Issue.record("the mapping was taken")
    } catch ImportFailure<ImportTrial.Refusal>.mapping(let fault) {
      #expect(fault.description.hasPrefix(sentence), "\(fault)")
    } catch let fault as MappingFault {
      #expect(fault.description.hasPrefix(sentence), "\(fault)")
    }
  }

  @Test(
    arguments: [
      ("yyyy-MM-dd HH:mm:ss", "2021-04-15 23:03:00", "2021-04-15T23:03:00Z"),
      ("dd MMM, yyyy HH:mm:ss", "15 Apr, 2021 00:02:00", "2021-04-15T00:02:00Z"),
      ("MM-dd-yyyy HH:mm", "03-07-2021 01:09", "2021-03-07T01:09:00Z"),
      ("yyyy/MM/dd HH:mm:ss.SSS", "2012/10/09 14:50:17.250", "2012-10-09T14:50:17.250Z"),
      ("yyyy-MM-dd'T'HH:mm:ssXXX", "2010-03-31T16:59:42+02:00", "2010-03-31T14:59:42Z"),
      (
        "yyyy-MM-dd HH:mm:ss.SSSSSSXXX", "2011-10-11 13:45:40.276000+02:00",
        "2011-10-11T11:45:40.276Z"
      ),
      ("d.M.yyyy", "7.3.2021", "2021-03-07T00:00:00Z"),
      ("yyyy-MM-dd HH:mm:ss", "2021-02-29 00:00:00", nil),
      ("yyyy-MM-dd HH:mm:ss", "2021-2-9 00:00:00", nil),
      ("yyyy-MM-dd HH:mm:ss", "2021-04-15 24:00:00", nil),
      ("yyyy-MM-dd HH:mm:ss", "2021-04-15 23:03:00 ", nil),
      ("dd MMM, yyyy", "15 Foo, 2021", nil), ("yyyy-MM-dd HH:mm:ss", "+021-04-15 23:03:00", nil),
    ] as [(String, String, String?)])
  func `times are read by the mapping's formats and by nothing else`(
    format: String, text: String, moment: String?
  ) async throws {
    let mapping = Self.mapping(
      time: "formats: [\"\(format.replacing("\"", with: "\\\""))\"], zone: UTC")
    let trial = try await ImportTrial.table(
      Self.header + "7,1,\"\(text)\",Ann,Desk,open\n", by: mapping)
    #expect(trial.events.last?.occurredAt == moment.flatMap { Timestamp($0) })
    #expect(trial.report.refusedCount == (moment == nil ? 1 : 0))
  }

  @Test(arguments: [
    // Rome skipped 02:00…03:00 on 2013-03-31 and showed it twice on 2013-10-27.
    ("Europe/Rome", "2013-03-31 01:59:59", "2013-03-31T00:59:59Z"),
    ("Europe/Rome", "2013-03-31 02:30:00", "2013-03-31T01:30:00Z"),
    ("Europe/Rome", "2013-03-31 03:00:00", "2013-03-31T01:00:00Z"),
    ("Europe/Rome", "2013-10-27 01:30:00", "2013-10-26T23:30:00Z"),
    ("Europe/Rome", "2013-10-27 02:30:00", "2013-10-27T00:30:00Z"),
    ("Europe/Rome", "2013-10-27 03:00:00", "2013-10-27T02:00:00Z"),
    ("America/Los_Angeles", "2021-03-14 02:30:00", "2021-03-14T10:30:00Z"),
    ("America/Los_Angeles", "2021-11-07 01:30:00", "2021-11-07T08:30:00Z"),
    ("Asia/Shanghai", "2021-11-07 01:30:00", "2021-11-06T17:30:00Z"),
    ("Australia/Lord_Howe", "2021-04-04 01:45:00", "2021-04-03T14:45:00Z"),
  ])
  func `skipped hours count on, repeated hours mean the first`(
    zone: String, text: String, moment: String
  ) async throws {
    let mapping = Self.mapping(time: "formats: [\"yyyy-MM-dd HH:mm:ss\"], zone: \(zone)")
    let trial = try await ImportTrial.table(
      Self.header + "7,1,\(text),Ann,Desk,open\n", by: mapping)
    #expect(trial.events.last?.occurredAt == Timestamp(moment))
  }

  @Test(
    arguments: [
      ("$22,700.00", 2_270_000), ("$342.09K", 34_209_000), ("1.2345M", 123_450_000), ("-5", -500),
      ("(1,000.5)", -100_050), ("€ 7", 700), ("EUR 12.30", 1230), ("12.30 USD", 1230),
      ("100 MXN", 10_000), ("100 KRW", 10_000), ("100BRL", 10_000), ("100 SEK", 10_000),
      ("1.5M USD", 150_000_000), ("1.5MUSD", 150_000_000), ("2K$", 200_000), ("12 USDT", nil),
      ("100 US$", 10_000), ("100 HK$", 10_000), ("100 R$", 10_000), ("100R", 10_000),
      ("100 TL", 10_000), ("1.5M$", 150_000_000), ("5 KR$", nil), ("5 MOP$", nil), ("5 RM", nil),
      ("5 KR", nil), ("¥0.10", 10),
      ("-$5.00", -500), ("0.001", nil), ("1,00", nil), ("12,34,567", nil), ("", nil), ("abc", nil),
      ("1e3", nil), ("9223372036854775807", nil),
      ("92233720368547758.07", 9_223_372_036_854_775_807),
      ("1..2", nil), ("--5", 500), (".5", nil), ("5.", nil), ("٣", nil),
    ] as [(String, Int64?)])
  func `money is read exactly or refused`(text: String, minor: Int64?) async throws {
    let mapping = """
      mapping: deals
      source: desk
      key: line
      time: {column: at, formats: [yyyy-MM-dd], zone: UTC}
      subject: deal
      records: {deal: {prefix: opp, from: !column id}}
      events:
        - type: OpportunityCreated
          of: deal
          stream: opportunity
          data: {amount: !money {from: !column amount, currency: USD}}
      """
    let trial = try await ImportTrial.table("id,at,amount\n1,2024-01-01,\"\(text)\"\n", by: mapping)
    guard let minor else {
      #expect(text.isEmpty || trial.report.refused.map(\.line) == [2])
      return
    }
    #expect(try trial.json(0)["amount"]?["amountMinor"]?.text == String(minor))
  }

  @Test func `the guide's example is the committed one, and imports`() async throws {
    let guide = try String(
      contentsOfFile: "\(PackageRoot.path)/docs/guides/import-your-history.md", encoding: .utf8)
    let folder = "\(PackageRoot.path)/Fixtures/mappings/example"
    for name in ["visits.csv", "visits.yaml"] {
      let file = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      #expect(guide.contains(file), "\(name) differs from what the guide shows")
    }
    let trial = try await ImportTrial.done(
      .table(
        path: "\(folder)/visits.csv", mapping: "\(folder)/visits.yaml", naming: ImportTrial.naming))
    #expect(
      trial.types == ["UserProvisioned", "TicketOpened", "UserProvisioned", "TicketClosed"])
    #expect(trial.events.last?.occurredAt == Timestamp("2024-03-02T08:30:00Z"))
  }

  @Test func `numbers and addresses are kept as given, with the form that is compared`()
    async throws
  {
    let mapping = """
      mapping: leads
      source: desk
      key: line
      time: {column: at, formats: [yyyy-MM-dd], zone: UTC}
      subject: lead
      records: {lead: {prefix: led, from: !column id}}
      events:
        - type: LeadCaptured
          of: lead
          data: {leadId: !id lead}
          personal:
            data:
              phones: [!phone {from: !column phone, region: US}]
              emails: [!email {from: !column mail}]
      """
    let trial = try await ImportTrial.table(
      "id,at,phone,mail\n1,2024-01-01,660-485-0224,Ann+x@Example.COM\n2,2024-01-01,call Bob,at home\n",
      by: mapping)
    #expect(
      try trial.events[0].personal?.json()
        == #"{"phones":[{"e164":"+16604850224","raw":"660-485-0224","isPrimary":true}],"#
        + #""emails":[{"address":"Ann+x@Example.COM","normalized":"ann@example.com","isPrimary":true}]}"#
    )
    #expect(
      try trial.events[1].personal?.json()
        == #"{"phones":[{"raw":"call Bob","isPrimary":true}],"#
        + #""emails":[{"address":"at home","isPrimary":true}]}"#)
  }

  @Test func `tables beside the file are looked up, and a missing code is refused`() async throws {
    let mapping = """
      mapping: deals
      source: desk
      key: line
      time: {column: at, formats: [yyyy-MM-dd], zone: UTC}
      subject: deal
      tables:
        stages: {file: stages.csv, key: id}
        reasons: {file: fields.csv, cell: {key: name, row: lost, column: options}, key: id}
      records: {deal: {prefix: opp, from: !column id}}
      events:
        - type: OpportunityStageChanged
          of: deal
          stream: opportunity
          data:
            toStageId: !lookup {table: stages, key: !column stage, field: label}
            sourceToStage: !lookup {table: reasons, key: !column stage, field: label, else: none}
      """
    let files = [
      "stages.csv": "id,label\n1,lead\n2,offer\n",
      "fields.csv": "name,options\nlost,\"[{\"\"id\"\":\"\"2\"\",\"\"label\"\":\"\"Price\"\"}]\"\n",
    ]
    let trial = try await ImportTrial.table(
      "id,at,stage\n1,2024-01-01,2\n1,2024-01-02,1\n1,2024-01-03,9\n", by: mapping, files: files,
      options: {
        var options = ImportOptions()
        options.skipsBadRows = true
        return options
      }())
    #expect(try trial.json(0).compact == #"{"toStageId":"offer","sourceToStage":"Price"}"#)
    #expect(try trial.json(1).compact == #"{"toStageId":"lead","sourceToStage":"none"}"#)
    #expect(trial.report.refused.map(\.sentence) == ["line 4: “9” is not in the table “stages”"])
  }
}

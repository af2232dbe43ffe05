import EventLog
import EventModel
import ReadModels
import Schema
import SwiftProtobuf

/// Writes events as the log would have them, into an array.
struct EventScript {
  private(set) var events: [RecordedEvent] = []
  private var revisions: [String: UInt64] = [:]
  /// The recorded time of the next event; moves on by a second each.
  var clock = Timestamp(microseconds: 1_767_225_600_000_000)

  var source: EventArray { EventArray(events, origin: "local/main/00000001") }

  /// Adds an event, which happened when it was recorded unless `occurredAt` says otherwise.
  ///
  /// With `hasPersonal` a sealed section goes with it, whose bytes are of no key.
  @discardableResult mutating func add(
    _ payload: Payload, on stream: String, by actor: String = "usr_1", occurredAt: Timestamp? = nil,
    reason: String = "", hasPersonal: Bool = false
  ) throws -> Position {
    var metadata = Metadata()
    metadata.occurredAtUs = (occurredAt ?? clock).microseconds
    metadata.commandID = "cmd-\(events.count)"
    metadata.reasonCode = reason
    return try add(
      type: payload.typeName, message: payload.messageName, content: payload.serialized(),
      metadata: metadata.serializedBytes(), on: stream, by: actor, hasPersonal: hasPersonal)
  }

  /// Adds an event of bytes that may be of no message.
  @discardableResult mutating func add(
    type: String, message: String, content: [UInt8], metadata: [UInt8] = [], on stream: String,
    by actor: String = "usr_1", hasPersonal: Bool = false
  ) throws -> Position {
    let number = UInt64(events.count)
    let salt = (number &* 0x9e37_79b9_7f4a_7c15, number)
    var blobs = [
      PlainSection.encode(
        salt: salt, contentType: ContentType.protobuf("deed.envelope.v1.Metadata"),
        content: metadata),
      PlainSection.encode(
        salt: salt, contentType: ContentType.protobuf(message), content: content),
    ]
    var sections = blobs.map { NewSection(kind: .plain, blob: $0).header }
    if hasPersonal {
      blobs.append([1, 2, 3])
      let key = KeyID(high: 1, low: number + 1)
      sections.append(NewSection(kind: .sealed, keyID: key, blob: [1, 2, 3]).header)
    }
    let revision = revisions[stream] ?? 0
    let leaf = Leaf(
      position: Position(number), recordedAt: clock,
      eventID: EventID(high: 0x7000, low: 0x8000_0000_0000_0000 | number),
      revision: Revision(revision), previous: revision == 0 ? .zero : .sha256([UInt8(7)]),
      stream: stream, type: type, tenant: "main", actor: actor, onBehalfOf: "",
      correlation: CommandID(high: 1, low: number), causation: .zero, sections: sections
    ).encoded()
    var record: [UInt8] = []
    record.append(bigEndian: UInt16(leaf.count))
    record.append(contentsOf: leaf)
    for blob in blobs { record.append(contentsOf: blob) }
    events.append(try RecordedEvent(copying: record.span))
    revisions[stream] = revision + 1
    clock = clock.advanced(byMicroseconds: 1_000_000)
    return Position(number)
  }
}

/// Short ways to write the events that many tests need.
extension EventScript {
  @discardableResult mutating func pipeline(
    _ id: String, stages: [(id: String, kind: StageKind.Code, pct: String)], version: UInt32 = 1
  ) throws -> Position {
    var published = PipelineVersionPublished()
    published.pipelineID = id
    published.version = version
    published.name = id
    published.stages = stages.enumerated().map { index, stage in
      var made = PipelineStage()
      made.stageID = stage.id
      made.name = stage.id
      made.order = UInt32(index + 1)
      made.kind = stage.kind
      made.defaultProbabilityPct = stage.pct
      return made
    }
    return try add(.pipeline(.pipelineVersionPublished(published)), on: "pipeline-\(id)")
  }

  /// Three open stages, won and lost.
  mutating func standardPipeline() throws {
    try pipeline(
      "pip_1",
      stages: [
        ("s1", .open, "10"), ("s2", .open, "40"), ("s3", .open, "80"), ("won", .won, "100"),
        ("lost", .lost, "0"),
      ])
  }

  @discardableResult mutating func opportunity(
    _ id: String, stage: String = "s1", amount: Int64 = 1000, account: String = "",
    occurredAt: Timestamp? = nil
  ) throws -> Position {
    var created = OpportunityCreated()
    created.opportunityID = id
    created.accountID = account
    created.name = "Deal \(id)"
    created.pipelineID = "pip_1"
    created.pipelineVersion = 1
    created.stageID = stage
    created.amount = money(amount)
    created.probabilityPct = "10"
    return try add(
      .opportunity(.opportunityCreated(created)), on: "opportunity-\(id)", occurredAt: occurredAt)
  }

  @discardableResult mutating func move(
    _ id: String, from: String, to: String, amount: Int64 = 1000, occurredAt: Timestamp? = nil
  ) throws -> Position {
    var changed = OpportunityStageChanged()
    changed.fromStageID = from
    changed.toStageID = to
    changed.pipelineVersion = 1
    changed.direction = .forward
    changed.probabilityAfterPct = "40"
    changed.amountAtChange = money(amount)
    return try add(
      .opportunity(.opportunityStageChanged(changed)), on: "opportunity-\(id)",
      occurredAt: occurredAt)
  }

  @discardableResult mutating func win(_ id: String, amount: Int64 = 1000) throws -> Position {
    var won = OpportunityWon()
    won.amount = money(amount)
    won.stageID = "won"
    won.reasonCodes = ["price"]
    return try add(.opportunity(.opportunityWon(won)), on: "opportunity-\(id)")
  }

  @discardableResult mutating func lose(_ id: String) throws -> Position {
    var lost = OpportunityLost()
    lost.reasonCode = "budget"
    lost.stageID = "lost"
    return try add(.opportunity(.opportunityLost(lost)), on: "opportunity-\(id)")
  }

  @discardableResult mutating func assign(
    _ stream: String, to user: String, occurredAt: Timestamp? = nil
  ) throws -> Position {
    var assigned = OwnershipAssigned()
    assigned.to.kind = .user
    assigned.to.id = user
    assigned.method = .creation
    return try add(
      .ownership(.ownershipAssigned(assigned)), on: stream, occurredAt: occurredAt,
      reason: "created")
  }

  @discardableResult mutating func transfer(
    _ stream: String, to user: String, by actor: String = "usr_1"
  ) throws -> Position {
    var transferred = OwnershipTransferred()
    transferred.to.kind = .user
    transferred.to.id = user
    transferred.cause = .manual
    return try add(
      .ownership(.ownershipTransferred(transferred)), on: stream, by: actor, reason: "territory")
  }

  @discardableResult mutating func account(_ id: String, name: String) throws -> Position {
    var created = AccountCreated()
    created.accountID = id
    created.accountType = .organization
    created.name = name
    return try add(
      .account(.accountCreated(created)), on: "account-\(id)", hasPersonal: true)
  }

  @discardableResult mutating func ticket(
    _ id: String, team: String, source: String = "", by actor: String = "usr_1"
  ) throws -> Position {
    var opened = TicketOpened()
    opened.ticketID = id
    opened.ticketNo = "T-\(id)"
    opened.priority = .normal
    opened.teamID = team
    opened.sourceStatus = source
    return try add(.ticket(.ticketOpened(opened)), on: "ticket-\(id)", by: actor)
  }

  @discardableResult mutating func ticketStatus(
    _ id: String, to status: TicketStatus.Code, team: String = "", source: String = "",
    by actor: String = "usr_1"
  ) throws -> Position {
    var changed = TicketStatusChanged()
    changed.to = status
    changed.sourceStatus = source
    changed.handlingTeamID = team
    return try add(.ticket(.ticketStatusChanged(changed)), on: "ticket-\(id)", by: actor)
  }

  func money(_ minor: Int64) -> Money {
    var money = Money()
    money.amountMinor = minor
    money.currency = "CNY"
    return money
  }
}

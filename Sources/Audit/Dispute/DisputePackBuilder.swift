internal import CRM
internal import EventLog
internal import EventModel
internal import Schema
internal import Transparency

/// Puts a pack's lines together, section by section, each in the order of the log.
struct DisputePackBuilder {
  /// What the manifest says beside the lines.
  struct Frame {
    let subject: RecordKey
    let dispute: String
    let size: UInt64
    let origin: String
    let root: Digest
    let version: UInt32
    let access: AccessRecords?
  }

  private struct RuleVersion: Hashable {
    let kind: String
    let id: String
    let version: UInt32
  }

  private var lines: [DisputePackSection: [String]] = [:]
  private var rules: [(rule: RuleVersion, first: Position)] = []

  /// Adds an event.
  mutating func add(_ decoded: DecodedEvent) {
    guard let payload = decoded.payload else { return }
    let section = DisputePackSection(of: payload)
    append(Self.members(of: decoded, payload), to: section)
    for policy in decoded.metadata.policyRefs {
      let rule = RuleVersion(kind: policy.kind, id: policy.id, version: policy.version)
      if !rules.contains(where: { $0.rule == rule }) {
        rules.append((rule, decoded.event.position))
      }
    }
  }

  /// Adds who owned the record for a time, as the events up to `last` say it.
  mutating func add(_ interval: OwnerInterval, through last: Position) {
    let ended = interval.ended.flatMap { $0.position <= last ? $0.position : nil }
    append(
      [
        "interval": .object([
          "owner": .text(interval.ownerText),
          "from": .integer(Int64(interval.began.position.rawValue)),
          "to": ended.map { .integer(Int64($0.rawValue)) } ?? .null,
          "method": .text(interval.method), "cause": .text(interval.cause),
          "rule": .text(interval.ruleID), "ruleVersion": .integer(Int64(interval.ruleVersion)),
        ])
      ], to: .ownerChain)
  }

  /// Adds what an entry of the access log says of `records`.
  mutating func add(_ access: AccessRecord, of records: Set<String>) {
    let event = access.recorded
    for trace in AccessTrace.traces(of: access.event, recordedAt: event.recordedAt)
    where records.contains(trace.record) {
      var members: [String: JSONValue] = [
        "accessPosition": .integer(Int64(event.position.rawValue)),
        "leafHash": .text(event.leafHash.hex),
        "at": .text("\(trace.time)"), "recordedAt": .text("\(event.recordedAt)"),
        "actor": .text(event.actor), "how": .text(trace.how), "record": .text(trace.record),
        "detail": .text(trace.detail), "count": .integer(Int64(trace.count)),
        "mainLogSize": .integer(Int64(clamping: access.event.mainLogSize)),
      ]
      if !event.onBehalfOf.isEmpty { members["onBehalfOf"] = .text(event.onBehalfOf) }
      append(members, to: DisputePackSection(of: trace))
    }
  }

  private mutating func append(_ members: [String: JSONValue], to section: DisputePackSection) {
    var members = members
    members["section"] = .text(section.rawValue)
    lines[section, default: []].append(JSONValue.object(members).canonical)
  }

  /// The finished pack.
  func pack(_ frame: Frame, related: [RecordKey]) -> DisputePack {
    var complete = self
    for (rule, first) in rules {
      complete.append(
        [
          "kind": .text(rule.kind), "id": .text(rule.id),
          "version": .integer(Int64(rule.version)),
          "firstPosition": .integer(Int64(first.rawValue)),
        ], to: .ruleVersions)
    }
    return complete.closed(frame, related: related)
  }

  private func closed(_ frame: Frame, related: [RecordKey]) -> DisputePack {
    var sections: [DisputePack.Section] = []
    var body: [String] = []
    var edge = MerkleEdge()
    for section in DisputePackSection.all(inVersion: frame.version) {
      let lines = lines[section] ?? []
      for line in lines { edge.append(.leafHash(Array(line.utf8).span)) }
      let text = lines.map { "\($0)\n" }.joined()
      sections.append(
        .init(
          name: section.rawValue, itemCount: UInt64(lines.count),
          sha256: .sha256(Array(text.utf8))))
      body.append(text)
    }
    let manifest = Self.manifest(
      frame, related: related, sections: sections, itemCount: edge.size, root: edge.root)
    return DisputePack(
      subject: frame.subject, toPosition: frame.size, related: related, sections: sections,
      itemCount: edge.size, merkleRoot: edge.root, logRoot: frame.root,
      accessSize: frame.access?.size, accessRoot: frame.access?.root,
      text: manifest.canonical + "\n" + body.joined())
  }

  private static func manifest(
    _ frame: Frame, related: [RecordKey], sections: [DisputePack.Section], itemCount: UInt64,
    root: Digest
  ) -> JSONValue {
    var members: [String: JSONValue] = [
      "format": .text("deed.dispute-pack/v1"),
      "queryVersion": .integer(Int64(frame.version)),
      "origin": .text(frame.origin),
      "dispute": .text(frame.dispute),
      "subject": .text("\(frame.subject)"),
      "records": .list(related.map { .text("\($0)") }),
      "log": .object([
        "from": .integer(0), "to": .integer(Int64(frame.size)), "root": .text(frame.root.hex),
      ]),
      "items": .integer(Int64(itemCount)),
      "merkleRoot": .text(root.hex),
      "sections": .list(
        sections.map {
          .object([
            "name": .text($0.name), "items": .integer(Int64($0.itemCount)),
            "sha256": .text($0.sha256.hex),
          ])
        }),
    ]
    if frame.version > 1 {
      members["access"] =
        frame.access.map { access in
          .object([
            "from": .integer(0), "to": .integer(Int64(access.size)),
            "root": .text(access.root.hex),
          ])
        } ?? .null
    }
    return .object(members)
  }
}

extension DisputePackBuilder {
  /// What an event says of itself that stays when its personal part is erased.
  private static func members(
    of decoded: DecodedEvent, _ payload: Payload
  ) -> [String: JSONValue] {
    let event = decoded.event
    let metadata = decoded.metadata
    var members: [String: JSONValue] = [
      "position": .integer(Int64(event.position.rawValue)),
      "stream": .text(event.stream),
      "revision": .integer(Int64(event.revision.rawValue)),
      "type": .text(event.type),
      "eventId": .text(event.eventID.uuidText),
      "leafHash": .text(event.leafHash.hex),
      "recordedAt": .text("\(event.recordedAt)"),
      "occurredAt": .text("\(decoded.occurredAt)"),
      "actor": .text(event.actor),
      "command": .text(metadata.commandName),
      "data": data(of: payload),
    ]
    for (name, text) in [
      ("onBehalfOf", event.onBehalfOf), ("transaction", metadata.transactionID),
      ("reason", metadata.reasonCode), ("channel", FieldText.code(metadata.channel) ?? ""),
      ("actorKind", FieldText.code(metadata.actor.kind) ?? ""), ("batch", metadata.batchID),
    ] where !text.isEmpty {
      members[name] = .text(text)
    }
    if !event.causation.isZero { members["causation"] = .text(event.causation.uuidText) }
    let policies = metadata.policyRefs.map { policy in
      JSONValue.object([
        "kind": .text(policy.kind), "id": .text(policy.id),
        "version": .integer(Int64(policy.version)),
      ])
    }
    if !policies.isEmpty { members["policies"] = .list(policies) }
    let sealed = (0..<event.sectionCount).map { event.section($0) }.filter { $0.kind == .sealed }
    if !sealed.isEmpty { members["sealed"] = .list(sealed.map { .text($0.digest.hex) }) }
    return members
  }

  private static func data(of payload: Payload) -> JSONValue {
    do throws(PayloadError) {
      return JSONValue(text: try payload.json())
    } catch {
      preconditionFailure("an event that was read has no JSON form: \(error)")
    }
  }
}

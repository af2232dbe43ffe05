internal import Audit
internal import CRM
internal import EventModel
internal import Evidence
internal import Transparency

/// A verified evidence file for people: what happened, and how far it is proven.
struct EvidenceReport {
  let evidence: VerifiedEvidence
  /// What the access log says of the same records or person.
  let access: VerifiedAccess?
  let keys: [String]
  /// The events shown with more than their headers.
  let lines: [EvidenceLine]
  /// What people are called, by identifier, as the file's own entries of the directory say.
  let names: [String: String]

  init(_ evidence: VerifiedEvidence, access: VerifiedAccess? = nil, keys: [String]) {
    self.evidence = evidence
    self.access = access
    self.keys = keys
    lines = evidence.events.filter { !$0.sections.isEmpty }.map(EvidenceLine.init)
    var names: [String: String] = [:]
    for line in lines {
      guard let name = line.personName else { continue }
      names[String(line.stream.dropFirst("user-".count))] = name
    }
    self.names = names
  }

  var checkpoint: Checkpoint { evidence.checkpoint.checkpoint }
  var headerCount: Int { evidence.events.count - lines.count }

  /// What was asked for; schemas, names and anchors are only there to read the rest.
  var timeline: [EvidenceLine] {
    let claimed = Set(evidence.streams.map(\.stream))
    return lines.filter { line in
      if claimed.contains(line.stream) { return true }
      if Self.supporting.contains(line.type) { return false }
      return line.personName == nil
        || evidence.ranges.contains { range in
          range.from <= line.index && line.index < range.to
        }
    }
  }

  private static let supporting: Set = [
    "SchemaRegistered", "AccessLogCheckpointed", "LogAnchored", "LogCreated",
  ]

  /// The looks at the records that the file shows whole; all that there are when it shows a person.
  var looks: [AccessLook] {
    let records = Set(
      evidence.streams.compactMap { claim in
        StreamName(claim.stream).flatMap { RecordKey($0) }?.description
      })
    return (access?.looks ?? []).filter { records.isEmpty || records.contains($0.record) }
  }

  /// Changes of owner by record, in the order of the log.
  var owners: [(record: String, lines: [EvidenceLine])] {
    var order: [String] = []
    var changes: [String: [EvidenceLine]] = [:]
    for line in lines where line.owner != nil {
      if changes[line.stream] == nil { order.append(line.stream) }
      changes[line.stream, default: []].append(line)
    }
    return order.map { ($0, changes[$0] ?? []) }
  }

  var signedCount: Int {
    timeline.count { if case .signed = $0.assurance { true } else { false } }
  }
}

/// What it shows, and what not, in sentences.
extension EvidenceReport {
  var proven: [String] {
    var sentences = [
      "Each of the \(evidence.events.count) events in this file stands in the log "
        + "\(checkpoint.origin) at its position, under a checkpoint of \(checkpoint.size) events "
        + "that the log's key signed.",
      "The contents shown are those that were recorded: each is bound to its event by SHA-256.",
    ]
    for claim in evidence.streams {
      let start = claim.from == 0 ? "its beginning" : "revision \(claim.from)"
      sentences.append(
        "Nothing is missing in \(claim.stream) from \(start) to revision \(claim.through)"
          + (evidence.isLast(claim)
            ? ", and it has no later event under this checkpoint." : "."))
    }
    for range in evidence.ranges where range.to > range.from && !isWithinAnother(range) {
      let end =
        range.to == checkpoint.size
        ? "the end of the log as this checkpoint has it" : "\(range.to - 1)"
      sentences.append("Nothing is missing from position \(range.from) to \(end).")
    }
    for older in evidence.older {
      sentences.append(
        "Nothing before was changed or removed since the log had \(older.checkpoint.size) events: "
          + "the checkpoint of that size is a beginning of this one\(witnessed(older)).")
    }
    let witnesses = evidence.checkpoint.cosignatures
    for witness in witnesses {
      sentences.append(
        "The witness \(witness.key.name) saw this checkpoint at "
          + "\(witness.time?.description ?? "a time unknown"): all of it existed by then.")
    }
    if let anchor = evidence.anchors.max(by: { $0.time < $1.time }) {
      sentences.append(
        "Whatever stands behind position \(anchor.index) was recorded after \(anchor.time): there the "
          + "log quotes what the witness \(anchor.witness) signed at that time.")
    }
    if signedCount > 0 {
      sentences.append(
        signedCount == 1
          ? "One event came from a command that its actor signed; it is marked “signed”."
          : "\(signedCount) events came from commands that their actors signed; each is marked “signed”."
      )
    }
    if let access { sentences += access.proven }
    return sentences
  }

  private func isWithinAnother(_ range: EvidenceBundle.RangeClaim) -> Bool {
    evidence.ranges.contains { other in
      other != range && other.from <= range.from && range.to <= other.to
    }
  }

  private func witnessed(_ checkpoint: VerifiedCheckpoint) -> String {
    let names = checkpoint.cosignatures.map { signature in
      signature.key.name + (signature.time.map { " at \($0)" } ?? "")
    }
    return names.isEmpty ? "" : ", cosigned by \(names.joined(separator: " and "))"
  }

  var serverWord: [String] {
    var sentences = [
      "Who acted, where an event is not marked “signed”: the server names the person it had "
        + "authenticated.",
      isSimulated
        ? "When it was recorded: the clock was a script, so these times are no evidence at all."
        : "When it was recorded: the server's clock says so. Times of witnesses, where there are any, "
          + "bound it from above.",
      "When it occurred: the person who entered it says so.",
      "That what was typed is true.",
    ]
    if evidence.checkpoint.cosignatures.isEmpty {
      sentences.append(
        "That others were shown the same log: no witness cosigned this checkpoint. Compare it with "
          + "a checkpoint that was kept outside.")
    }
    if let access, !access.isWhole {
      sentences.append(
        "That nobody else looked: looks are shown, and the whole access log is not.")
    }
    if !names.isEmpty {
      sentences.append(
        "What people are called: their names are those that were entered in the directory.")
    }
    return sentences
  }

  var notShown: [String] {
    var sentences: [String] = []
    let closed = lines.reduce(0) { $0 + $1.closedCount }
    if closed > 0 {
      sentences.append(
        closed == 1
          ? "One sealed section of these events is not disclosed."
          : "\(closed) sealed sections of these events are not disclosed.")
    }
    if headerCount > 0 {
      sentences.append(
        (headerCount == 1 ? "One event is" : "\(headerCount) events are")
          + " here by header alone, to show that nothing is missing.")
    }
    for claim in evidence.streams where !evidence.isLast(claim) {
      sentences.append("Whether \(claim.stream) has events after revision \(claim.through).")
    }
    if access == nil {
      sentences.append(
        "Who only looked at these records: reads are kept in the access log, which is a log of its "
          + "own and not part of this file.")
    }
    return sentences
  }

  /// By whose word it is known who did it.
  static func assurance(_ line: EvidenceLine) -> String {
    switch line.assurance {
    case .server: return "server's word"
    case .attached(let command):
      return "server's word; a signature with \(command.keyID) is with it, over what is not shown"
    case .signed(let command):
      let place = command.registeredAt.map { "registered at \($0)" } ?? "known from outside"
      let body = command.bodySection.map { ", body in section \($0)" } ?? ""
      return
        "signed \(command.method) \(command.target) with \(command.keyID), \(place)\(body)"
    }
  }
}

package import CRM
package import EventLog
package import EventModel
internal import Evidence
internal import Transparency

/// The erasure of one data subject as its stream tells it, and what may be done next.
///
/// Pure: folded from events, and decided with the time given.
///
/// Source: evidence docs, "Erasure keys" and "Four eyes".
package struct SubjectCase: Hashable, Sendable {
  /// A request that its key be destroyed.
  package struct Request: Hashable, Sendable {
    package let position: Position
    package let leafHash: Digest
    package let actor: String
    package let recordedAt: Timestamp
    package let reason: String
    package let id: String
    package let subject: String
  }

  /// What one person said to a request.
  package struct Approval: Hashable, Sendable {
    package let position: Position
    package let actor: String
  }

  /// A reason in law that forbids destruction.
  package struct Hold: Hashable, Sendable {
    package let id: String
    package let position: Position
    package let actor: String
    package let reason: String
    /// Who asked that it be released, if somebody did.
    package var release: Approval?
  }

  package let keyID: KeyID
  /// The destroyed key that the subject had before it was readmitted under this one.
  package private(set) var previous: String?
  package private(set) var request: Request?
  package private(set) var approvals: [Approval] = []
  package private(set) var holds: [Hold] = []
  /// Where the key was destroyed.
  package private(set) var destroyed: Position?
  /// Where the stream stands; `nil` when it has no event.
  package private(set) var revision: Revision?

  /// How many persons besides the one who asks must agree.
  package static let approvalCount = 2
  /// A request that was not agreed to by then is void: 72 hours.
  package static let lifetimeMicroseconds: Int64 = 72 * 3600 * 1_000_000

  package init(_ keyID: KeyID) { self.keyID = keyID }

  package var stream: StreamName { StreamName(category: "subject", id: keyID.hex) }

  /// Takes note of an event of the stream; events of other types change nothing.
  package mutating func apply(_ event: RecordedEvent) {
    revision = event.revision
    let said: JSONText
    do throws(EvidenceError) {
      said = try JSONText(parsing: event.plain(0)?.content ?? [])
    } catch { return }
    switch SystemEventType(rawValue: event.type) {
    case .subjectErasureRequested:
      request = Request(
        position: event.position, leafHash: event.leafHash, actor: event.actor,
        recordedAt: event.recordedAt, reason: said["reason"]?.string ?? "",
        id: said["request"]?.string ?? "", subject: said["subject"]?.string ?? "")
      approvals = []
    case .subjectErasureApproved:
      guard let request, said["request_leaf"]?.string == request.leafHash.base64 else { return }
      approvals.append(Approval(position: event.position, actor: event.actor))
    case .legalHoldPlaced:
      holds.append(
        Hold(
          id: said["hold"]?.string ?? "", position: event.position, actor: event.actor,
          reason: said["reason"]?.string ?? ""))
    case .legalHoldReleaseRequested:
      guard let place = holds.firstIndex(where: { $0.id == said["hold"]?.string }) else { return }
      holds[place].release = Approval(position: event.position, actor: event.actor)
    case .legalHoldReleased: holds.removeAll { $0.id == said["hold"]?.string }
    case .subjectKeyDestroyed: destroyed = event.position
    case .subjectReadmitted: previous = said["previous_kid"]?.string
    case .serverStarted, .logClosureRequested, .logClosed, .logKeyRotated, .logAnchored,
      .accessLossAccepted, .actorKeyRegistered, .actorKeyRevoked, .keyEpochDestroyed,
      .evidenceExported, .signaturePolicySet,
      .consumerCreated, .consumerChanged, .consumerDeleted, .sectionRedactionRequested,
      .sectionRedactionApproved, .sectionRedacted, nil:
      return
    }
  }

  /// The request that can still be agreed to.
  package func openRequest(at now: Timestamp) -> Request? {
    guard destroyed == nil, let request,
      now <= request.recordedAt.advanced(byMicroseconds: Self.lifetimeMicroseconds)
    else { return nil }
    return request
  }

  /// Whether nothing is missing but the destruction itself.
  package var isAgreed: Bool {
    destroyed == nil && holds.isEmpty && approvals.count >= Self.approvalCount
  }
}

/// What may be done next; each throws the refusal that names the remedy.
extension SubjectCase {
  package func checkRequest(at now: Timestamp) throws(Refusal) {
    try requireLiving()
    try requireNoHold()
    if let open = openRequest(at: now), !isAgreed {
      throw Refusal(
        .status,
        "Erasure of \(open.subject) was asked for at position \(open.position) already: let two "
          + "others approve it with `deed erase approve`.")
    }
  }

  package func checkApproval(by actor: String, at now: Timestamp) throws(Refusal) {
    try requireLiving()
    try requireNoHold()
    guard let request = openRequest(at: now) else {
      throw Refusal(
        .status,
        "No erasure of this subject is open (a request lasts 72 hours): ask with "
          + "`deed erase request`.")
    }
    guard request.actor != actor else {
      throw Refusal(
        .permissionSelf,
        "\(actor) asked for this erasure and can't approve it: let another approve it.")
    }
    guard !approvals.contains(where: { $0.actor == actor }) else {
      throw Refusal(
        .permissionSelf,
        "\(actor) approved this erasure already: another person must approve it too.")
    }
  }

  package func checkRelease(of hold: String, by actor: String) throws(Refusal) -> Hold {
    guard let found = holds.first(where: { $0.id == hold }) else {
      throw Refusal(.status, "There is no legal hold “\(hold)” on this subject: see its status.")
    }
    if let release = found.release, release.actor == actor {
      throw Refusal(
        .permissionSelf,
        "\(actor) asked to release the hold “\(hold)”: another person must agree.")
    }
    return found
  }

  package func requireLiving() throws(Refusal) {
    guard let destroyed else { return }
    throw Refusal(
      .erased, "The key \(keyID) was destroyed at position \(destroyed): nothing is left to erase.")
  }

  private func requireNoHold() throws(Refusal) {
    guard let hold = holds.first else { return }
    throw Refusal(
      .legalHold,
      "A legal hold (“\(hold.id)”, \(hold.reason)) forbids the erasure: release it first with "
        + "`deed erase release`.")
  }
}

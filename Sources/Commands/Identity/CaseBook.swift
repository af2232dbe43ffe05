internal import CRM
internal import Schema

/// Which resemblances somebody knows of already, so that none is raised twice.
struct CaseBook: Sendable {
  private struct Pair: Hashable, Sendable {
    let first: RecordKey
    let second: RecordKey

    init(_ one: RecordKey, _ other: RecordKey) {
      let isOrdered = "\(one)" < "\(other)"
      first = isOrdered ? one : other
      second = isOrdered ? other : one
    }
  }

  private struct Claim: Hashable, Sendable {
    let record: RecordKey
    let claimant: OwnerRef
  }

  /// The keys that agreed when the pair was raised.
  private var pairs: [Pair: Set<IdentityKeyKind.Code>] = [:]
  /// Claims on records whose case is still open.
  private var openClaims: [Claim: String] = [:]

  mutating func apply(_ event: DuplicateCaseEvent.OneOf_Event, caseID: String) {
    switch event {
    case .duplicateSuspected(let suspected): note(suspected.refs, suspected.keys)
    case .collisionDetected(let collision):
      note(collision.refs, collision.keys)
      if let record = collision.refs.first, let claimant = collision.parties.first {
        openClaims[Claim(record: RecordKey(record), claimant: claimant)] = caseID
      }
    case .duplicateDismissed, .collisionSettled, .collisionEscalated, .duplicateMergeRequested:
      openClaims = openClaims.filter { $0.value != caseID }
    case .duplicateOverrideConfirmed, .collisionOverdue: break
    }
  }

  private mutating func note(_ refs: [RecordRef], _ keys: [IdentityKeyKind.Code]) {
    guard let first = refs.first else { return }
    for other in refs.dropFirst() {
      pairs[Pair(RecordKey(first), RecordKey(other)), default: []].formUnion(keys)
    }
  }

  /// Whether the pair was raised before, by all the strong keys that agree now.
  func knows(
    _ one: RecordKey, _ other: RecordKey, keys: [IdentityKeyKind.Code]
  ) -> Bool {
    guard let raised = pairs[Pair(one, other)] else { return false }
    return keys.allSatisfy { key in
      switch key {
      case .uscc, .extID, .phone, .email, .im: raised.contains(key)
      case .domain, .name, .identityKeyKindUnspecified, .UNRECOGNIZED: true
      }
    }
  }

  /// Whether this claim waits for a decision already.
  func hasOpenClaim(on record: RecordKey, by claimant: OwnerRef) -> Bool {
    openClaims[Claim(record: record, claimant: claimant)] != nil
  }
}

package import Matching
package import Schema
internal import SwiftProtobuf

/// A record that resembles the one that a command makes or changes.
package struct MatchFinding: Hashable, Sendable {
  package let record: RecordKey
  package let score: MatchScore
  package let kinds: [MatchKeyKind]
  /// The strongest key that agrees; `nil` when only names and circumstances do.
  package let strength: KeyStrength?
  /// Whether a case that somebody opened or dismissed speaks of the pair, and no key is new.
  package let isKnown: Bool

  package init(
    record: RecordKey, score: MatchScore, kinds: [MatchKeyKind], strength: KeyStrength?,
    isKnown: Bool = false
  ) {
    self.record = record
    self.score = score
    self.kinds = kinds
    self.strength = strength
    self.isKnown = isKnown
  }

  var isSuspect: Bool { score > MatchModel.current.suspectAbove }
  var isStrong: Bool { (strength ?? .weak) >= .strong }

  var candidate: MatchCandidate {
    .with {
      $0.ref = record.reference
      $0.score = "\(score)"
      $0.keys = kinds.map(\.code)
    }
  }
}

/// What a command asks to be compared with what there is.
package struct MatchProbe: Sendable {
  /// The record that it makes or changes.
  package let record: RecordKey
  package let profile: MatchProfile
  /// The kinds of record that it may be the same as.
  package let types: [ObjectType.Code]

  package init(record: RecordKey, profile: MatchProfile, types: [ObjectType.Code]) {
    self.record = record
    self.profile = profile
    self.types = types
  }
}

/// A record that may be the same customer as another one.
package protocol MatchedAggregate: Aggregate {
  /// What of it is compared; `nil` when it is archived, ended or erased.
  var matchProfile: MatchProfile? { get }
  /// The record that it was merged into, which answers for it; empty when it stands for itself.
  var survivorID: String { get }
}

extension MatchKeyKind {
  package var code: IdentityKeyKind.Code {
    switch self {
    case .unifiedSocialCreditCode: .uscc
    case .externalID: .extID
    case .phone: .phone
    case .email: .email
    case .im: .im
    case .domain: .domain
    case .name: .name
    }
  }

  /// As sentences name it.
  var noun: String {
    switch self {
    case .unifiedSocialCreditCode: "unified social credit code"
    case .externalID: "external identifier"
    case .phone: "phone"
    case .email: "e-mail"
    case .im: "messenger"
    case .domain: "domain"
    case .name: "name"
    }
  }
}

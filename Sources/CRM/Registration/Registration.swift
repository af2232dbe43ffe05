package import EventModel
package import Schema
internal import SwiftProtobuf

/// That somebody declared a customer or a deal, and what came of it: the sum of its stream's
/// events.
package struct Registration: Equatable, Sendable {
  package private(set) var id = ""
  package private(set) var kind = RegistrationKind.Code.registrationKindUnspecified
  package private(set) var status = RegistrationStatus.Code.registrationStatusUnspecified
  package private(set) var submitted = RegistrationSubmitted()
  package private(set) var submittedAt: Timestamp?
  package private(set) var submittedPosition: Position?
  package private(set) var collisions: [RegistrationCollision] = []
  package private(set) var approved: RegistrationApproved?
  /// When the approval ends, with its extensions.
  package private(set) var until: Timestamp?
  package private(set) var extensionCount = 0
  /// Whether its end was announced since it was last extended.
  package private(set) var isExpiring = false
  /// When it was rejected, expired, revoked or converted.
  package private(set) var endedAt: Timestamp?
  package internal(set) var profile = Profile<RegistrationPersonal>()

  package init() {}

  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { RecordKey(.registration, id) }
  package var claimant: OwnerRef { submitted.claimant }
  /// Whether it waits for an answer or protects.
  package var isOpen: Bool { status == .submitted || status == .approved }

  package mutating func apply(_ fact: Fact) {
    guard case .registration(let event) = fact.payload else { return }
    let personal = fact.sealedPart { part in
      if case .registration(let message) = part { message } else { nil }
    }
    switch event {
    case .registrationSubmitted(let event):
      id = event.registrationID
      kind = event.kind
      status = .submitted
      submitted = event
      submittedAt = fact.recordedAt
      submittedPosition = fact.position
      profile = Profile(personal)
    case .registrationCollisionDetected(let event): collisions = event.collisions
    case .registrationApproved(let event):
      status = .approved
      approved = event
      until = Timestamp(event.protectionUntil)
    case .registrationRejected: end(.rejected, fact)
    case .registrationExtended(let event):
      until = Timestamp(event.until)
      extensionCount = Int(event.extensionNo)
      isExpiring = false
    case .registrationExpiring: isExpiring = true
    case .registrationExpired: end(.expired, fact)
    case .registrationRevoked: end(.revoked, fact)
    case .registrationConverted: end(.converted, fact)
    case .registrationLinked(let event):
      approved?.record = event.record
      approved?.protectionID = event.protectionID
    }
  }

  private mutating func end(_ status: RegistrationStatus.Code, _ fact: Fact) {
    self.status = status
    endedAt = fact.recordedAt
  }
}

extension RegistrationPersonal: ProfileContent {
  /// Nothing of a registration is changed once it is declared.
  package var changes: [FieldChange] {
    get { [] }
    set {}
  }

  package mutating func take(_ name: String, from other: RegistrationPersonal) {}
}

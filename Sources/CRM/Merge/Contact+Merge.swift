internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Contact: MergeableAggregate {
  var mergedContent: Profile<ContactPersonal> { profile }

  var plainFields: [PlainField] {
    customFields.map { PlainField(name: $0.key, value: $0.value) }
  }

  /// Remembers what a merge found, so that it can be taken back.
  mutating func note(_ event: ContactEvent.OneOf_Event, at position: Position) {
    if case .contactMerged(let merged) = event {
      merges.append(
        MergeNote(
          mergedID: merged.mergedID, position: position, resolutions: merged.resolutions,
          relinked: merged.relinked.map { RecordKey($0) }, caseID: merged.duplicateCaseID,
          before: readableSide))
    } else if case .contactUnmerged(let unmerged) = event {
      merges.removeAll { $0.mergedID == unmerged.mergedID }
    }
  }

  func requireMergeable() throws(Refusal) { try requireActive() }

  /// The stricter of two consents holds: what one of them withdrew is withdrawn.
  func agreements(with merged: Contact) -> [DecidedEvent] {
    consents.filter { consent in
      merged.withdrawals.contains(where: {
        $0.purpose == consent.purpose && $0.channel == consent.channel
      })
    }
    .map { consent in
      event(
        .consentWithdrawn(
          .with { ($0.purpose, $0.channel) = (consent.purpose, consent.channel) }))
    }
  }

  func changed(_ plain: [FieldChange], _ personal: ContactPersonal?) -> DecidedEvent {
    var sealed = personal
    if let content = personal {
      sealed?.identityKeys = ContactPoints.keys(
        phones: content.phones, emails: content.emails, ims: content.ims)
    }
    return event(.contactDetailsChanged(.with { $0.changes = plain }), sealed)
  }

  func merged(
    _ id: String, _ resolutions: [FieldResolution], _ relinked: [RecordKey], caseID: String
  ) -> DecidedEvent {
    event(
      .contactMerged(
        .with {
          ($0.mergedID, $0.resolutions) = (id, resolutions)
          ($0.relinked, $0.duplicateCaseID) = (relinked.map(\.reference), caseID)
        }))
  }

  func mergedInto(_ survivor: String) -> DecidedEvent {
    event(
      .contactMergedInto(
        .with {
          $0.survivorID = survivor
          if let owner = ownership.owner { $0.formerOwner = owner }
        }))
  }

  func unmerged(_ id: String, _ undone: UndoneMerge, isOwn: Bool) -> DecidedEvent {
    event(
      .contactUnmerged(
        .with {
          ($0.mergedID, $0.mergeEventID) = (id, undone.mergeEvent)
          $0.leftFields = undone.leftFields
          if isOwn, let owner = undone.owner { $0.owner = owner }
        }))
  }
}

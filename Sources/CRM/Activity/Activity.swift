package import EventModel
package import Schema

/// Something that was done with a customer: the sum of its stream's events.
///
/// Its text is never edited in place: a correction says what was written before (AC-5).
package struct Activity: Equatable, Sendable {
  package internal(set) var id = ""
  package internal(set) var kind = ActivityKind.Code.activityKindUnspecified
  package internal(set) var direction = ActivityDirection.Code.activityDirectionUnspecified
  package internal(set) var subjects: [RecordRef] = []
  package internal(set) var contactIDs: [String] = []
  package internal(set) var occurredAt: Timestamp?
  package internal(set) var durationSeconds: Int64?
  package internal(set) var outcome = ""
  package internal(set) var nextStep: NextStep?
  package internal(set) var performedBy = ""
  package internal(set) var isCrossOwner = false
  package internal(set) var isRetracted = false
  package internal(set) var commentIDs: [String] = []
  /// Summary, concerns, signals: what is sealed under the subject of the record it is about.
  package internal(set) var profile = Profile<ActivityPersonal>()

  package init() {}

  /// Takes one event of the activity's own; `personal` is its sealed part, as far as it opens.
  package mutating func apply(
    _ event: ActivityEvent.OneOf_Event, personal: Sealed<ActivityPersonal>?
  ) {
    switch event {
    case .activityLogged(let logged): log(logged, personal)
    case .activityCorrected(let corrected):
      for change in corrected.changes { correct(change) }
      profile.change(personal)
    case .activityRetracted: isRetracted = true
    case .commentAdded(let added): commentIDs.append(added.commentID)
    }
  }

  private mutating func log(_ logged: ActivityLogged, _ personal: Sealed<ActivityPersonal>?) {
    id = logged.activityID
    kind = logged.kind
    direction = logged.direction
    subjects = logged.subjectRefs
    contactIDs = logged.contactIds
    occurredAt = logged.hasOccurredAt ? Timestamp(logged.occurredAt) : nil
    durationSeconds = logged.hasDurationSeconds ? logged.durationSeconds : nil
    outcome = logged.outcome
    nextStep = logged.hasNextStep ? logged.nextStep : nil
    performedBy = logged.performedBy
    isCrossOwner = logged.crossOwner
    profile = Profile(personal)
  }

  private mutating func correct(_ change: FieldChange) {
    switch ActivityField(rawValue: change.field) {
    case .outcome: outcome = change.to.text
    case .durationSeconds: durationSeconds = change.hasTo ? change.to.integer : nil
    case nil: break
    }
  }
}

/// The plain fields of an activity that a correction may change; what it is about and when it
/// happened can only be retracted.
package enum ActivityField: String, CaseIterable, Sendable {
  case outcome, durationSeconds
}

extension ActivityKind.Code {
  /// Whether the other side could answer: only such an activity is a response (LD-2).
  package var isTwoWay: Bool {
    switch self {
    case .call, .visit, .meeting, .email, .sms, .wechat, .wecom, .demo: true
    case .note, .activityKindUnspecified, .UNRECOGNIZED: false
    }
  }
}

internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Data that leaves: asked for, approved where it must be, made, or broken off.
package struct DataExport: Aggregate {
  package enum Status: String, Hashable, Sendable {
    case absent, requested, approved, denied, started, generated, aborted
  }

  package private(set) var id = ""
  package private(set) var status = Status.absent
  package private(set) var content = ""
  package private(set) var filter: [String] = []
  package private(set) var format = ""
  package private(set) var purpose = ""
  package private(set) var requestedBy = ""
  package private(set) var needsApproval = false
  /// How many rows the filter selected when it was asked.
  package private(set) var rowEstimate: UInt64 = 0
  package private(set) var decidedBy = ""
  package private(set) var watermarkID = ""
  package private(set) var rowCount: UInt64 = 0
  /// What was delivered; `nil` until it is.
  package private(set) var generated: ExportGenerated?

  package init() {}

  package static var objectType: ObjectType.Code { .export }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { RecordKey(.export, id) }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .export(let event): apply(event, by: fact.actor)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .handover, .import, .lead, .opportunity, .organization, .ownership,
      .permission, .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .ticket,
      .user:
      break
    }
  }

  private mutating func apply(_ event: ExportEvent.OneOf_Event, by actor: ActorID) {
    switch event {
    case .exportRequested(let requested):
      id = requested.exportID
      status = .requested
      content = requested.content
      filter = requested.filter
      format = requested.format
      purpose = requested.purpose
      requestedBy = actor.text
      needsApproval = requested.needsApproval
      rowEstimate = requested.rowEstimate
    case .exportApproved(let approved):
      status = .approved
      decidedBy = approved.by
    case .exportDenied(let denied):
      status = .denied
      decidedBy = denied.by
    case .exportStarted(let started):
      status = .started
      watermarkID = started.watermarkID
    case .exportGenerated(let generated):
      status = .generated
      rowCount = generated.rowCount
      self.generated = generated
    case .exportAborted(let aborted):
      status = .aborted
      rowCount = aborted.rowsWritten
    }
  }
}

extension DataExport {
  package static func target(of command: ExportCommand.OneOf_Command) -> String {
    switch command {
    case .requestExport(let command): command.exportID
    case .approveExport(let command): command.exportID
    case .denyExport(let command): command.exportID
    case .startExport(let command): command.exportID
    case .completeExport(let command): command.exportID
    case .abortExport(let command): command.exportID
    }
  }

  package static func identify(
    _ command: inout ExportCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    if case .requestExport(var request) = command, request.exportID.isEmpty {
      request.exportID = make("exp")
      command = .requestExport(request)
    }
  }

  package func needs(
    for command: ExportCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] { [] }

  package func decide(
    _ command: ExportCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    if case .requestExport(let request) = command { return try ask(request, in: context) }
    guard exists else { throw .notFound(RecordKey(.export, Self.target(of: command))) }
    switch command {
    case .requestExport: return []
    case .approveExport:
      try requireSecondPerson(in: context)
      guard status != .approved else { return [] }
      try require([.requested], "approved")
      return [event(.exportApproved(.with { $0.by = context.effectiveActorID }))]
    case .denyExport:
      try requireSecondPerson(in: context)
      guard status != .denied else { return [] }
      try require([.requested], "denied")
      return [event(.exportDenied(.with { $0.by = context.effectiveActorID }))]
    case .startExport(let start):
      try require(needsApproval ? [.approved] : [.requested, .approved], "made")
      guard requestedBy == context.actor.text else {
        throw Refusal(
          .permissionScope, "The export \(id) is \(requestedBy)'s; ask for one of your own.")
      }
      return [
        event(.exportStarted(.with { ($0.exportID, $0.watermarkID) = (id, start.watermarkID) }))
      ]
    case .completeExport(let complete):
      try require([.started], "completed")
      return [event(.exportGenerated(complete.result))]
    case .abortExport(let abort):
      try require([.started], "broken off")
      return [
        event(
          .exportAborted(
            .with {
              $0.exportID = id
              $0.cause = abort.cause
              $0.rowsWritten = abort.rowsWritten
            }))
      ]
    }
  }

  private func ask(
    _ request: RequestExport, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(RecordKey(.export, request.exportID), prefix: "exp", field: "exportId")
    try FieldRule.required(request.purpose, "purpose", of: "The export")
    try FieldRule.text(request.purpose, "purpose", limit: 100)
    try FieldRule.required(request.content, "content", of: "The export")
    let requested = ExportRequested.with {
      $0.exportID = request.exportID
      $0.content = request.content
      $0.filter = request.filter
      $0.format = request.format
      $0.purpose = request.purpose
      $0.rowEstimate = request.rowEstimate
      $0.needsApproval = request.needsApproval
    }
    return [
      DecidedEvent(RecordKey(.export, request.exportID), .export(.exportRequested(requested)))
    ]
  }

  /// Nobody approves what they asked for themselves (AP-1).
  private func requireSecondPerson(in context: DecisionContext) throws(Refusal) {
    guard context.effectiveActorID != requestedBy, context.actor.text != requestedBy else {
      throw Refusal(
        .permissionSelf, "\(requestedBy) asked for the export \(id); somebody else decides on it.")
    }
  }

  private func require(_ allowed: [Status], _ what: String) throws(Refusal) {
    guard allowed.contains(status) else {
      let remedy = status == .requested ? "have it approved first" : "ask for another one"
      throw Refusal(.status, "The export \(id) is \(status) and can't be \(what); \(remedy).")
    }
  }

  private func event(_ event: ExportEvent.OneOf_Event) -> DecidedEvent {
    DecidedEvent(key, .export(event))
  }
}

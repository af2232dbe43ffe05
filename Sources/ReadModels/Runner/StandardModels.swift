extension ModelKind {
  /// The read models of this version, in the order in which they are listed.
  package static let standard: [ModelKind] = [
    ModelKind(Account360.self), ModelKind(OwnershipLedger.self), ModelKind(LeadInbox.self),
    ModelKind(PipelineBoard.self), ModelKind(FunnelCohort.self), ModelKind(StageDurations.self),
    ModelKind(TicketQueue.self), ModelKind(DisputeDocket.self), ModelKind(Worklist.self),
    ModelKind(DataQuality.self),
  ]
}

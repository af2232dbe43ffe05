internal import EventModel

extension DecidedEvent {
  /// The event as aggregates will see it once it is recorded: for decisions that go on from what
  /// they just decided.
  ///
  /// Position and revision are not known yet, and no decision may look at them.
  package func fact(in context: DecisionContext) -> Fact {
    Fact(
      payload: payload, personal: personal.map { .value($0.payload) }, position: Position(0),
      revision: Revision(0), recordedAt: context.now, occurredAt: context.occurredAt,
      actor: context.actor)
  }
}

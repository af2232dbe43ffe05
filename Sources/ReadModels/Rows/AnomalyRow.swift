internal import EventModel

/// An event that says something of a record the model doesn't know: `model_anomaly`.
///
/// Histories that were imported in part have such; they change nothing, and are there to be
/// looked at.
struct AnomalyRow: CodedRow {
  static let shape = TableShape("model_anomaly")
  var position = Position(0)
  var type = ""
  var cause = ""

  mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("position", &position)
    coder.code("type", &type)
    coder.code("cause", &cause)
  }
}

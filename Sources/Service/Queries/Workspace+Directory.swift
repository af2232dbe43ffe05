internal import Audit
internal import CRM
internal import EventModel
internal import Synchronization

/// People's names for people: answers carry identifiers, and beside them who that is.
extension Workspace {
  /// How many people an answer names at most; the others stay identifiers.
  private static let nameLimit = 200

  /// The answer with the names of the users it mentions, as far as they can be opened here.
  public func naming(peopleIn answer: Answer) throws(ServiceError) -> Answer {
    // A store of events knows nobody.
    guard kind == .crm else { return answer }
    var ids: Set<String> = []
    for fact in answer.facts { fact.value.collectUsers(&ids) }
    for table in answer.tables {
      for row in table.rows { for value in row { value.collectUsers(&ids) } }
    }
    var answer = answer
    let gate = try gate()
    for id in ids.sorted().prefix(Self.nameLimit) {
      guard let facts = try gate.facts(.user(id)),
        gate.evaluator.delivery(gate.user, of: "name", facts, on: .show) == .value
      else { continue }
      let snapshot = try auditing { auditor throws(AuditError) in try auditor.record(.user(id)) }
      guard let field = snapshot.fields.first(where: { $0.name == "name" }),
        case .value(let name) = field.value, !name.isEmpty
      else { continue }
      answer.people[id] = name
    }
    return answer
  }
}

extension Value {
  fileprivate func collectUsers(_ ids: inout Set<String>) {
    switch self {
    case .text(let text): for id in UserMention.identifiers(in: text) { ids.insert(id) }
    case .list(let values): for value in values { value.collectUsers(&ids) }
    case .none, .integer, .decimal, .flag, .money, .time, .erased, .hidden: break
    }
  }
}

package import EventModel
internal import Schema
internal import SwiftProtobuf

/// A contested case has a working day; then whoever stands above all parties is told.
extension DuplicateCase {
  /// How many working days the parties have.
  static let settlementDays = 1

  /// Whether it is contested, and nobody has decided or was told.
  package var awaitsSettlement: Bool { isContested && isOpen && !isOverdue }

  /// Until when the parties are to settle it; `nil` when it isn't open.
  package func settleBy(in context: DecisionContext) -> Timestamp? {
    openedAt.flatMap { context.workingDays().moment(afterDays: Self.settlementDays, from: $0) }
  }

  func noteOverdue(in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    try TaskRecord.requirePolicy("NoteOverdueCollision", in: context)
    guard awaitsSettlement, let dueAt = settleBy(in: context), dueAt <= context.now else {
      return []
    }
    return [
      event(
        .collisionOverdue(
          .with { ($0.dueAt, $0.managerID) = (dueAt.message, commonManager(in: context)) }))
    ]
  }

  /// The users among the parties, and whoever stands above them, as far as they are loaded.
  func lines(in context: DecisionContext) -> [RecordKey] {
    userIDs.flatMap { Self.line(of: $0, in: context) }.map { .user($0) }
  }

  private var userIDs: [String] { parties.filter { $0.kind == .user }.map(\.id) }

  /// The lowest who stands above all parties and is none of them; empty when there is none.
  private func commonManager(in context: DecisionContext) -> String {
    let lines = userIDs.map { Self.line(of: $0, in: context) }
    let above = lines.first ?? []
    return above.first { id in
      !userIDs.contains(id) && lines.allSatisfy { $0.contains(id) }
    } ?? ""
  }

  private static func line(of userID: String, in context: DecisionContext) -> [String] {
    var line: [String] = []
    var next = userID
    while !next.isEmpty, !line.contains(next), line.count < OwnershipRule.lineLimit {
      line.append(next)
      next = context.records.state(User.self, next)?.managerID ?? ""
    }
    return line
  }
}

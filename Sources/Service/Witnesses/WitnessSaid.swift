/// What came of asking one witness.
enum WitnessSaid: Hashable, Sendable {
  case cosigned
  /// It saw another log than this one: the size it holds, when it said one.
  case otherLog(size: UInt64?)
  /// It holds a later checkpoint of this log than the one it was asked for.
  case newer(size: UInt64)
  case noAnswer
  case notAsked(String)
  case refused(status: Int)
  /// Its cosignature does not hold.
  case unsound(String)
  /// It named another size each time.
  case unsettled

  /// Whether the log was rewritten, or the witness is broken: never asked again.
  var isAlarm: Bool {
    if case .otherLog = self { true } else { false }
  }

  var words: String {
    switch self {
    case .cosigned: "cosigned"
    case .otherLog(let size):
      "it saw another log\(size.map { ", of \($0) events" } ?? ""): either it is broken, or this "
        + "log was rewritten; stop and find out which"
    case .newer(let size): "it holds the checkpoint of \(size) events already"
    case .noAnswer: "no answer"
    case .notAsked(let reason): "not asked: \(reason)"
    case .refused(let status): "refused with status \(status)"
    case .unsound(let reason): "its answer does not hold: \(reason)"
    case .unsettled: "refused: it names another size each time"
    }
  }
}

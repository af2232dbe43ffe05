package import EventModel
package import LMDB

/// Why a log was not opened, made, or restored.
package enum OpenError: Error, Hashable, Sendable {
  case notFound(folder: String)
  case alreadyExists(folder: String)
  /// Another process, or this one, writes this log.
  case locked(folder: String)
  /// Another process puts another data file in the log's place.
  case busy(folder: String)
  /// Somebody has the log open, and nobody may.
  case inUse(folder: String)
  case unknownFormat(found: UInt32, known: UInt32)
  /// The tree is behind, or differs from, a known checkpoint: the log was restored or altered.
  case forked(String)
  case damaged(String)
  /// The clock is more than 5 s behind the last event.
  case clockBehind(last: Timestamp, now: Timestamp)
  /// The clock is further ahead of the last event than ``EventLog/Options`` allows.
  case clockAhead(last: Timestamp, now: Timestamp)
  /// What was asked for can't be: the reason.
  case invalid(String)
  case file(FileError)
  case storage(LMDBError)
}

extension OpenError: CustomStringConvertible {
  /// One sentence: the thing, the place and the remedy.
  package var description: String {
    switch self {
    case .notFound(let folder): "There is no log in “\(folder)”; make one, or give its folder."
    case .alreadyExists(let folder):
      "“\(folder)” holds a log already; choose another folder, nothing was changed."
    case .locked(let folder):
      "The log in “\(folder)” is being written by a process; end it, or open the log for reading."
    case .busy(let folder):
      "The log in “\(folder)” is being compacted or restored; try again when that has ended."
    case .inUse(let folder):
      "The log in “\(folder)” is open in a process; end whatever reads it, then do this again."
    case .unknownFormat(let found, let known):
      "The log has format \(found) and this program knows \(known); use a newer program."
    case .forked(let reason):
      "The log must not grow: \(reason). Restore a newer copy, or start a log of a new origin."
    case .damaged(let reason):
      "The log is damaged: \(reason). Verify it, and restore it from a backup."
    case .clockBehind(let last, let now):
      "The clock says \(now), but the log's last event is of \(last); set it right, or accept it."
    case .clockAhead(let last, let now):
      "The clock says \(now), too far ahead of the last event of \(last); set it right, or accept it."
    case .invalid(let reason): "That can't be done: \(reason)."
    case .file(let error): "A file can't be used: \(error)."
    case .storage(let error): "The store failed: \(error)."
    }
  }
}

extension OpenError: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

extension AppendError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .conflict(let stream, let expected, let actual):
      "\(stream) stands at \(actual.map(\.description) ?? "no event"), not as expected "
        + "(\(expected)); load it again and decide again."
    case .matched(let position): "The event at position \(position) forbids this append."
    case .guardRefused(let refusal):
      "A rule refuses: \(refusal.change), with \(refusal.count) there."
    case .commandReused(let command, let first):
      "The command \(command) was carried out at position \(first) with another body; "
        + "use a new id."
    case .eventIDReused(let id, let position):
      "The event \(id) stands at position \(position) and came from another command."
    case .subjectDestroyed(let key): "The key \(key) was destroyed; nothing is sealed under it."
    case .personalInPlainSection(let message):
      "\(message) has personal fields and stands in a plain section; seal it."
    case .overLimit(let reason): "Over a limit: \(reason)."
    case .malformed(let reason): "The request contradicts itself: \(reason)."
    case .full(let error): "There is no room: \(error). Nothing was appended."
    case .storage(let error): "The store failed: \(error). Nothing was appended."
    case .closed(let reason), .clock(let reason): "The log takes no events: \(reason)."
    }
  }
}

package import Commands
package import EventModel
package import LMDB
package import Schema

/// Why timers were not armed or carried out.
package enum TimerError: Error, Hashable, Sendable {
  case storage(LMDBError)
  /// An event is newer than this code, or damaged.
  case unreadable(PayloadError)
  /// A command failed for a reason that is nobody's to mend by another command.
  case command(CommandFailure)
  /// The clock is far ahead of all that is recorded; a time has to be named.
  case clockAhead(now: Timestamp, last: Timestamp)
  /// The time named has not come.
  case notYet(until: Timestamp, now: Timestamp)
  /// Another process writes the log; it carries out the timers.
  case readOnly
}

extension TimerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .storage(let error): "The timers can't be read or written: \(error)."
    case .unreadable(let error): "\(error)"
    case .command(let failure): "\(failure)"
    case .clockAhead(let now, let last):
      "The clock says \(now), more than \(TimerReactor.gapLimitDays) days after the last event "
        + "of \(last): if it is right, name the time up to which timers are to be carried out."
    case .notYet(let until, let now):
      "\(until) has not come: the clock says \(now); name an earlier time, or none."
    case .readOnly:
      "Another process writes this log and carries out its timers; ask that one, or stop it."
    }
  }
}

package import CRM
package import EventLog
package import LMDB
package import Schema
package import Vault

/// Why a command was not carried out; nothing was appended.
package enum CommandFailure: Error, Hashable, Sendable {
  /// The caller's to mend.
  case refused(Refusal)
  /// No room on the disk or in the map; the same command can be sent again with room.
  case full(LMDBError)
  /// The log is closed, or appends no more for the reason given.
  case closed(String)
  case storage(LMDBError)
  case vault(VaultError)
  /// An event that the decision needs is newer than this code, or damaged.
  case unreadable(PayloadError)
  /// The log refused what this code made: a fault of this code.
  case rejected(AppendError)
}

extension CommandFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .refused(let refusal): "\(refusal)"
    case .full(let error):
      "There is no room for the events (\(error)); free some and send the command again."
    case .closed(let reason): "The log takes no events: \(reason)."
    case .storage(let error): "The log can't be read or written: \(error)."
    case .vault(let error): "\(error)"
    case .unreadable(let error): "\(error)"
    case .rejected(let error): "The log refused the events: \(error); report this as a fault."
    }
  }
}

extension CommandFailure: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

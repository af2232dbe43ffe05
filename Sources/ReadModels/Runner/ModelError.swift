package import LMDB

/// Why models could not be brought forward or asked.
package enum ModelError: Error, Hashable, Sendable {
  /// A model's file failed; what was committed stays.
  case storage(model: String, StorageError)
  /// The log could not be read.
  case log(LMDBError)
  /// The model was made from another log; it must be rebuilt.
  case otherLog(model: String, found: String, expected: String)
  /// The model knows more events than the log has; it must be rebuilt.
  case aheadOfLog(model: String, position: UInt64, size: UInt64)
  case unknownModel(String)
  /// A rebuild of the model is on its way, in this process or another.
  case alreadyRebuilding(String)
  /// The disk can't hold the new builds beside those that serve.
  case noRoom(models: [String], neededBytes: UInt64, freeBytes: UInt64)
  /// There is no build to compare with, to switch to or to go back to.
  case noBuild(model: String, why: String)
  /// The model serves, or waits, at no position that both builds can be compared at.
  case notComparable(model: String, why: String)
  /// A build that others would wait for stopped at an event.
  case stopped(model: String, why: String)
  /// What was decided about the model can't be read.
  case decisions(String)
}

extension ModelError {
  /// Whether SQLite had no room: for its file, or for the memory that readers of it share.
  package var isDiskFull: Bool {
    guard case .storage(_, let error) = self else { return false }
    let (full, sharedMemory) = (13 as Int32, 4_874 as Int32)
    return error.code & 0xff == full || error.code == sharedMemory
  }
}

extension ModelError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .storage(let model, let error): "the file of \(model) failed: \(error)"
    case .log(let error): "the log can't be read: \(error)"
    case .otherLog(let model, let found, let expected):
      "\(model) was made from the log \(found), not from \(expected); rebuild it"
    case .aheadOfLog(let model, let position, let size):
      "\(model) has \(position) events and the log only \(size); rebuild it"
    case .unknownModel(let name): "there is no read model “\(name)”; `deed models list` names them"
    case .alreadyRebuilding(let name): "\(name) is being rebuilt already; wait for that to end"
    case .noRoom(let models, let needed, let free):
      "the new builds of \(models.joined(separator: ", ")) need about \(needed) bytes and the disk "
        + "has \(free) left; make room, or rebuild fewer models at once"
    case .noBuild(_, let why), .notComparable(_, let why), .stopped(_, let why),
      .decisions(let why):
      why
    }
  }
}

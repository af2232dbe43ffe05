package import EventModel
package import LMDB

/// Why the vault refuses.
package enum VaultError: Error, Hashable, Sendable {
  case notFound(folder: String)
  case alreadyExists(folder: String)
  /// Others than the owner may read or write it.
  case exposed(path: String, mode: UInt32)
  /// The master key is not the one this vault was made with, or the vault is damaged.
  case wrongMasterKey(folder: String)
  /// The vault is a copy from before a rotation: the key of its epoch was destroyed since.
  case staleEpoch(UInt32, folder: String)
  /// There is no vault here: nothing can be sealed.
  case absent
  /// Keys are made explicitly, never by sealing.
  case unknownKey(KeyID)
  /// The key was destroyed by the event at `receipt`: nothing more is sealed under it.
  case destroyedKey(KeyID, receipt: Position)
  case damaged(String)
  case storage(LMDBError)
  case file(FileError)
}

extension VaultError: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

extension VaultError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notFound(let folder):
      "There is no vault in \(folder): make one with `deed init`, or say where it was moved."
    case .alreadyExists(let folder):
      "There is a vault in \(folder) already: choose another folder."
    case .exposed(let path, let mode):
      "\(path) is open to others than its owner (mode \(String(mode, radix: 8))): "
        + "run `chmod go= \(path)`, and think about who may have read it."
    case .wrongMasterKey(let folder):
      "The master key does not open the vault in \(folder): put the right master.key beside it."
    case .staleEpoch(let epoch, let folder):
      "The vault in \(folder) is of epoch \(epoch), whose key was destroyed: restore a copy that "
        + "was made after the last erasure."
    case .absent: "There is no vault here, so that nothing can be sealed: say where it is."
    case .unknownKey(let keyID):
      "The vault has no key \(keyID): make the data subject before anything is sealed for it."
    case .destroyedKey(let keyID, let receipt):
      "The key \(keyID) was destroyed by the event at \(receipt): readmit the data subject first."
    case .damaged(let reason): "The vault is damaged: \(reason). Restore its last backup."
    case .storage(let error): "The vault's store failed: \(error)."
    case .file(let error): "A file of the vault failed: \(error)."
    }
  }
}

package import EventModel
internal import Foundation
internal import Synchronization
package import Transparency
package import Vault

/// Lets one thread at a time destroy a key or end a wrapping epoch: a key whose destruction is
/// recorded must be gone before an epoch ends behind it.
final class ErasureGate: Sendable {
  private let gate = Mutex(())

  func alone<Result: Sendable>(
    _ body: () throws(ServiceError) -> Result
  ) throws(ServiceError) -> Result {
    try gate.withLock { _ throws(ServiceError) in try body() }
  }
}

/// A workspace's secrets: the log's signing key and the vault of the data subjects' keys.
///
/// They lie beside the data folder, never in it, and are never in the same backup.
package struct WorkspaceKeys: Sendable {
  package let signer: CheckpointSigner?
  package let vault: Vault
  let erasures = ErasureGate()

  /// Makes the keys folder (0700) with `log.key` (0400) and the vault.
  package static func create(
    for folder: DataFolder, origin: String, random: RandomSource
  ) throws(ServiceError) -> CheckpointSigner {
    try makeParent(of: folder)
    do {
      // First what may be refused, so that a refusal leaves nothing behind.
      let signer = try CheckpointSigner(origin: origin, seed: random.bytes(32))
      try Vault.create(in: folder.keysFolder, random: random)
      try SecretFile.create(Array((signer.skey + "\n").utf8), at: folder.logKeyFile)
      return signer
    } catch let error as VaultError {
      if case .alreadyExists = error {} else { folder.removeKeys() }
      throw ServiceError(.failed, code: "KEYS.CREATE", "\(error)")
    } catch let error as NoteError {
      throw ServiceError(
        .usage, code: "VALIDATION.ORIGIN",
        "“\(origin)” can't name the log: give <host>/<log> without spaces or “+” (\(error)).")
    } catch {
      folder.removeKeys()
      throw ServiceError(.failed, code: "KEYS.CREATE", "The keys could not be made: \(error).")
    }
  }

  /// Opens the keys; without a keys folder nothing sealed can be opened and nothing signed.
  package static func open(
    _ folder: DataFolder, random: RandomSource
  ) throws(ServiceError) -> WorkspaceKeys {
    guard FileManager.default.fileExists(atPath: folder.keysFolder) else {
      return WorkspaceKeys(signer: nil, vault: .absent())
    }
    do {
      let text = String(decoding: try SecretFile.read(folder.logKeyFile), as: UTF8.self)
      return WorkspaceKeys(
        signer: try CheckpointSigner(file: text),
        vault: try Vault(folder: folder.keysFolder, random: random))
    } catch let error as VaultError {
      throw ServiceError(.failed, code: "KEYS.OPEN", "\(error)")
    } catch let error as NoteError {
      throw ServiceError(
        .failed, code: "KEYS.OPEN",
        "\(folder.logKeyFile) is no signing key: restore it from the keys' backup (\(error)).")
    } catch {
      throw ServiceError(.failed, code: "KEYS.OPEN", "The keys could not be opened: \(error).")
    }
  }

  private static func makeParent(of folder: DataFolder) throws(ServiceError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder.keysPath, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw ServiceError(
        .failed, code: "KEYS.CREATE",
        "The keys folder \(folder.keysPath) can't be made: \(error.localizedDescription).")
    }
  }
}

extension Workspace {
  /// Refuses to go on without keys: nothing could be sealed or signed.
  public func requireKeys() throws(ServiceError) {
    guard keys.signer == nil else { return }
    throw ServiceError(
      .refused, code: "KEYS.ABSENT",
      "The keys' folder of the workspace is absent: put it back beside the data, or say where it is "
        + "with --keys.")
  }
}

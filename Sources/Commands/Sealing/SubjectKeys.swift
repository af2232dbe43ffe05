internal import CRM
internal import Dispatch
internal import EventLog
internal import EventModel
internal import Schema
internal import Vault

/// Which key seals what about whom: found in the log's guards, and made when a command is the
/// first to seal something about the subject.
///
/// Keys are made here and nowhere below: an append never makes one.
struct SubjectKeys: Sendable {
  private let log: EventLog
  private let vault: Vault
  /// The vault's commits wait for the disk, which no task's thread may.
  private let queue = DispatchQueue(label: "deed.subject-keys")

  init(log: EventLog, vault: Vault) {
    self.log = log
    self.vault = vault
  }

  /// The key of `subject` as the log knows it; `nil` when nothing was sealed about it yet.
  func standing(_ subject: String) throws(CommandFailure) -> KeyID? {
    do {
      let members = try log.standing(at: GuardDefinitions.subjectKey(subject)).members
      return members.first.flatMap { KeyID($0) }
    } catch { throw .storage(error) }
  }

  /// The keys of `subjects`; makes those that there are none of.
  ///
  /// - Returns: a key for each subject.
  /// - Throws: a refusal when a subject's key was destroyed: nothing more is sealed about it.
  func keys(of subjects: [String]) async throws(CommandFailure) -> [String: KeyID] {
    var keys: [String: KeyID] = [:]
    var missing: [String] = []
    for subject in subjects where keys[subject] == nil && !missing.contains(subject) {
      guard let keyID = try standing(subject) else {
        missing.append(subject)
        continue
      }
      try requireLiving(keyID, of: subject)
      keys[subject] = keyID
    }
    guard !missing.isEmpty else { return keys }
    for (subject, keyID) in zip(missing, try await make(missing.count)) { keys[subject] = keyID }
    return keys
  }

  func requireLiving(_ keyID: KeyID, of subject: String) throws(CommandFailure) {
    let position: Position?
    do { position = try log.destruction(of: keyID) } catch { throw .storage(error) }
    guard let position else { return }
    throw .refused(Self.erased(subject, at: position))
  }

  static func erased(_ subject: String, at position: Position?) -> Refusal {
    let place = position.map { " by the event at \($0)" } ?? ""
    return Refusal(
      .erased, "The personal data of \(subject) was erased\(place); readmit the person first.")
  }

  /// Makes `count` keys in one commit, on a thread that may wait for the disk.
  func make(_ count: Int) async throws(CommandFailure) -> [KeyID] {
    let position = Position(log.size)
    let vault = vault
    let made = await withCheckedContinuation { continuation in
      queue.async {
        continuation.resume(
          returning: Result { () throws(VaultError) in
            try vault.createSubjects(count, at: position)
          })
      }
    }
    do { return try made.get() } catch { throw .vault(error) }
  }
}

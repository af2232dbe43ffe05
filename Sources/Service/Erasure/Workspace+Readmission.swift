internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Vault

/// A person who was erased comes back: a lawful new relationship, under a new key.
extension Workspace {
  /// Lets personal data of an erased subject be recorded again, under a key of its own.
  ///
  /// What was erased stays erased; the new key is destroyed like any other.
  ///
  /// - Parameters:
  ///   - subject: a record such as `con_…`, or `staff:<user>:<month>`.
  ///   - reason: a code, recorded for ever.
  /// - Returns: how the subject stands now.
  /// - Throws: ``ServiceError`` when it is not erased; nothing is recorded then.
  public func readmit(_ subject: String, reason: String) throws(ServiceError) -> Answer {
    try requireKeeper()
    let (name, previous) = try subjectKey(subject)
    guard name != previous.hex else {
      throw ServiceError(
        .usage, code: "VALIDATION.SUBJECT",
        "A key can't be readmitted: name the subject, such as con_….")
    }
    let code = try Self.code(reason, "reason")
    guard try subjectCase(previous).destroyed != nil else {
      throw ServiceError(
        .refused, code: "STATE.STATUS",
        "\(name) is not erased: what is personal can be recorded as it is.")
    }
    let keyID: KeyID
    do throws(VaultError) {
      keyID = try keys.vault.createSubjects(1, at: Position(log.size))[0]
    } catch { throw ServiceError(vault: error) }
    let stream = StreamName(category: "subject", id: keyID.hex)
    _ = try recordSystem(
      .subjectReadmitted, in: stream,
      [
        .init("kid", .text(keyID.hex)), .init("previous_kid", .text(previous.hex)),
        .init("reason", .text(code)), .init("subject", .text(name)),
      ], conditions: [.stream(stream, .none)],
      guards: GuardDefinitions.readmission(of: name, from: previous.bytes, to: keyID.bytes))
    executor.forgetRecords()
    return try howItStands(subject)
  }
}

internal import EventLog
internal import Transparency

/// Evidence waits for witnesses, where a policy is kept: a checkpoint that nobody else saw proves
/// less.
extension Workspace {
  /// Like ``exportEvidence(_:to:)``, under a checkpoint that the kept policy's quorum cosigned.
  ///
  /// - Throws: ``ServiceError`` `EVIDENCE.QUORUM` when the quorum is not reached.
  public func exportWitnessedEvidence(
    _ question: EvidenceQuestion, to path: String
  ) async throws(ServiceError) -> Answer {
    try exportEvidence(try await witnessed(question, withAccess: false), to: path)
  }

  /// Like ``exportEvidence(_:toFolder:)``, under a checkpoint that the kept policy's quorum cosigned.
  public func exportWitnessedEvidence(
    _ question: EvidenceQuestion, toFolder folder: String
  ) async throws(ServiceError) -> Answer {
    try exportEvidence(try await witnessed(question, withAccess: true), toFolder: folder)
  }

  /// Like ``exportWitnessedEvidence(_:to:)``, for a caller who gets the bytes and no file.
  package func witnessedEvidence(
    _ question: EvidenceQuestion
  ) async throws(ServiceError) -> EvidenceFile {
    try evidenceFile(try await witnessed(question, withAccess: false))
  }

  /// The question under a checkpoint that the witnesses saw; as it is where no policy is kept.
  func witnessed(
    _ question: EvidenceQuestion, withAccess: Bool
  ) async throws(ServiceError) -> EvidenceQuestion {
    try requireUnrestricted()
    try requireWriter()
    guard let policy = try keptPolicy() else { return question }
    if withAccess { _ = try accessAnchor() }
    try requireOperator("log checkpoint")
    try await publishSoon()
    let round = try await cosign(try newestPublished(), policy)
    guard round.isMet, !round.isAlarm else {
      let said = round.said.map { "“\($0.witness.name)”: \($0.words.words)" }
      throw ServiceError(
        .refused, code: "EVIDENCE.QUORUM",
        "The kept policy asks for \(policy.quorumText), and it is not reached "
          + "(\(said.joined(separator: "; "))): try again, or make it without witnesses.")
    }
    var question = question
    question.checkpointSize = round.checkpoint.size
    return question
  }
}

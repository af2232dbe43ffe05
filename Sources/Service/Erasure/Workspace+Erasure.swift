internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Foundation
internal import LMDB
internal import ReadModels
internal import Schema
internal import Transparency
internal import Vault

/// Erasing a person: asked by one, agreed to by two others, and then the key is gone.
extension Workspace {
  /// Asks that the personal data of `subject` be erased.
  ///
  /// - Parameters:
  ///   - subject: a record such as `con_…`, `staff:<user>:<month>`, or a key's 32 hex digits.
  ///   - reason: a code, recorded for ever.
  ///   - request: the number of the request outside, such as a letter's; made when `nil`.
  /// - Returns: where it stands, and what is needed now.
  /// - Throws: ``ServiceError``; nothing is recorded then.
  public func requestErasure(
    of subject: String, reason: String, request: String? = nil
  ) throws(ServiceError) -> Answer {
    try requireKeeper()
    let (name, keyID) = try subjectKey(subject)
    let standing = try subjectCase(keyID)
    try refusing { () throws(Refusal) in try standing.checkRequest(at: clock()) }
    let code = try Self.code(reason, "reason")
    let words = random.words()
    let id =
      try request.map { text throws(ServiceError) in try Self.code(text, "request") }
      ?? "prq_" + EventID(version7At: clock(), random: words).uuidText
    _ = try recordSystem(
      .subjectErasureRequested, in: standing.stream,
      [
        .init("kid", .text(keyID.hex)), .init("request", .text(id)), .init("reason", .text(code)),
        .init("subject", .text(name)),
      ], conditions: [Self.condition(standing)])
    return try howItStands(subject)
  }

  /// Agrees to the erasure that is open; the second who agrees carries it out.
  ///
  /// - Parameters:
  ///   - subject: as it was asked for.
  ///   - position: where the request stands that is agreed to; the one that is open when `nil`.
  ///   - file: the approver's key, to sign with; needed where the workspace asks for signatures.
  ///   - signedRequest: the approval as the approver signed it on their own device, with the position in
  ///     its body.
  /// - Returns: where it stands; when it is carried out, nothing of the subject opens any more.
  /// - Throws: ``ServiceError``; nothing is recorded then.
  public func approveErasure(
    of subject: String, requestedAt position: UInt64? = nil, signedWith file: String? = nil,
    asSigned signedRequest: SignedRequest? = nil
  ) throws(ServiceError) -> Answer {
    try requireKeeper()
    let actor = try actingUser()
    let (_, keyID) = try subjectKey(subject)
    var standing = try subjectCase(keyID)
    if !standing.isAgreed {
      try refusing { () throws(Refusal) in
        try standing.checkApproval(by: actor.text, at: clock())
      }
      guard let request = standing.openRequest(at: clock()) else {
        preconditionFailure("an approval that was checked has a request")
      }
      guard position == nil || position == request.position.rawValue else {
        throw ServiceError(
          .refused, code: "CONFLICT.VERSION",
          "The erasure that is open was asked for at \(request.position), not at \(position ?? 0): "
            + "look at it, and agree to that one.")
      }
      let members: [JSONText.Member] = [
        .init("kid", .text(keyID.hex)), .init("request", .text(request.id)),
        .init("request_position", .integer(request.position.rawValue)),
        .init("request_leaf", .text(request.leafHash.base64)),
      ]
      let signed =
        if let signedRequest {
          try self.signed("ApproveErasure", signedRequest)
        } else {
          try self.signed("ApproveErasure", members, with: file)
        }
      _ = try recordSystem(
        .subjectErasureApproved, in: standing.stream, members,
        conditions: [Self.condition(standing)] + signed.conditions, sections: signed.sections,
        command: signed.id)
      standing = try subjectCase(keyID)
    }
    if standing.isAgreed { try destroy(standing) }
    return try howItStands(subject)
  }

  /// Appends that the key is destroyed, and then destroys it: a crash between the two is repaired
  /// when the workspace is opened next.
  private func destroy(_ standing: SubjectCase) throws(ServiceError) {
    try keys.erasures.alone { () throws(ServiceError) in try destroyAlone(standing) }
  }

  private func destroyAlone(_ standing: SubjectCase) throws(ServiceError) {
    guard let request = standing.request else { return }
    let sections = try sealedSections(under: standing.keyID)
    let position = try recordSystem(
      .subjectKeyDestroyed, in: standing.stream,
      [
        .init("kid", .text(standing.keyID.hex)), .init("request", .text(request.id)),
        .init("reason", .text(request.reason)),
        .init("approvals", .list(standing.approvals.map { .integer($0.position.rawValue) })),
        .init("sections", .integer(sections.count)),
        .init("first_position", .integer(sections.first)),
        .init("last_position", .integer(sections.last)),
        .init("epoch", .integer(UInt64(keys.vault.epoch))),
      ], by: ActorID(system: "privacy"), conditions: [Self.condition(standing)])
    do throws(VaultError) {
      try keys.vault.destroy(standing.keyID, receipt: position)
    } catch { throw ServiceError(vault: error) }
    forgetShown()
  }

  /// Forgets what may have words in it that are gone now.
  func forgetShown() {
    shownRecords.forget()
    streamShelf.forget()
    executor.forgetRecords()
  }

  /// Ends the wrapping epoch: keys destroyed before are then nowhere, not in old pages of the vault
  /// and not in its older backups.
  public func finishErasures() throws(ServiceError) -> Answer {
    try requireKeeper()
    let (ended, position) = try keys.erasures.alone { () throws(ServiceError) in
      let ended: (destroyed: UInt32, survivors: Int)
      do throws(VaultError) {
        // What the log says was destroyed and still lives, since that failed, is not wrapped again.
        defer { forgetShown() }
        try carryOutDestructions()
        ended = try keys.vault.rotateEpoch()
      } catch { throw ServiceError(vault: error) }
      return (ended, try recordEpoch(ended.destroyed, survivors: ended.survivors))
    }
    return Answer(
      "Wrapping epoch \(ended.destroyed) is destroyed",
      facts: [
        .init("epoch", "Epoch destroyed", .integer(Int64(ended.destroyed))),
        .init("survivors", "Keys that live on", .integer(Int64(ended.survivors))),
        .init("position", "Recorded at", .integer(Int64(position.rawValue))),
      ],
      notes: [
        "Backups of \(folder.keysFolder) from before open nothing any more: make a new one now."
      ])
  }

  func recordEpoch(_ epoch: UInt32, survivors: Int) throws(ServiceError) -> Position {
    try recordSystem(
      .keyEpochDestroyed, in: .systemKeys,
      [
        .init("epoch", .integer(UInt64(epoch))), .init("survivors", .integer(UInt64(survivors))),
        .init("time_us", .integer(UInt64(max(0, clock().microseconds)))),
      ], by: ActorID(system: "privacy"))
  }
}

/// How an erasure stands.
extension Workspace {
  /// Who asked, who agreed, what forbids it, and whether it is complete: for those who may read the
  /// subject, and those who run or audit the workspace.
  public func erasureStatus(of subject: String) throws(ServiceError) -> Answer {
    let gate = try gate()
    if !gate.isOperator {
      let record = RecordKey(text: try subjectKey(subject).name)
      guard let record, try gate.may(.read, record) else {
        throw try gate.denied("erasure", nil, "they may not read whom it is about")
      }
    }
    return try howItStands(subject)
  }

  /// How the erasure of a subject stands, told to whoever just moved it on.
  func howItStands(_ subject: String) throws(ServiceError) -> Answer {
    let (name, keyID) = try subjectKey(subject)
    let standing = try subjectCase(keyID)
    let epoch = try standing.destroyed.map { position throws(ServiceError) in
      try epochDestroyed(after: position)
    }
    let behind = try standing.destroyed.map { position throws(ServiceError) in
      try modelsBehind(position)
    }
    let facts: [Answer.Fact] = [
      .init("subject", "Subject", .text(name)),
      .init("kid", "Key", .text(keyID.hex)),
      .init(
        "previousKid", "Key before, destroyed", standing.previous.map { .text($0) } ?? .none),
      .init("state", "State", .text(Self.words(standing, epoch ?? nil, behind ?? [], clock()))),
      .init("requestedBy", "Asked by", standing.request.map { .text($0.actor) } ?? .none),
      .init(
        "requestedAt", "Asked at position",
        standing.request.map { .integer(Int64($0.position.rawValue)) } ?? .none),
      .init("reason", "Reason", standing.request.map { .text($0.reason) } ?? .none),
      .init("approvedBy", "Agreed to by", .list(standing.approvals.map { .text($0.actor) })),
      .init(
        "holds", "Legal holds", .list(standing.holds.map { .text("\($0.id) (\($0.reason))") })),
      .init(
        "destroyedAt", "Destroyed at position",
        standing.destroyed.map { .integer(Int64($0.rawValue)) } ?? .none),
      .init(
        "epochDestroyedAt", "Epoch destroyed at",
        (epoch ?? nil).map { .integer(Int64($0.rawValue)) } ?? .none),
      .init("modelsBehind", "Read models behind", .list((behind ?? []).map { .text($0) })),
    ]
    return Answer("Erasure of \(name)", facts: facts)
  }

  private static func words(
    _ standing: SubjectCase, _ epoch: Position?, _ behind: [String], _ now: Timestamp
  ) -> String {
    guard standing.destroyed == nil else {
      return epoch != nil && behind.isEmpty ? "complete" : "erased"
    }
    if !standing.holds.isEmpty { return "held" }
    guard standing.openRequest(at: now) != nil else { return "not requested" }
    return "waiting for \(SubjectCase.approvalCount - standing.approvals.count) approvals"
  }

  private func epochDestroyed(after position: Position) throws(ServiceError) -> Position? {
    do throws(LMDBError) {
      return try log.events(
        EventSelection(
          .types([SystemEventType.keyEpochDestroyed.eventType]), from: position, limit: 1)
      ).first?.position
    } catch { throw ServiceError(storage: error) }
  }

  /// The read models that have not taken note of the event at `position` yet.
  private func modelsBehind(_ position: Position) throws(ServiceError) -> [String] {
    try catchUp()
    do throws(ModelError) {
      return try runner.statuses().filter { $0.position <= position }.map(\.name)
    } catch { throw ServiceError(error) }
  }

  /// The proof that the decision was taken, when and by whom.
  public func erasureReceipt(of subject: String, to path: String) throws(ServiceError) -> Answer {
    let (name, keyID) = try subjectKey(subject)
    guard try subjectCase(keyID).destroyed != nil else {
      throw ServiceError(
        .refused, code: "STATE.STATUS", "\(name) is not erased, so there is no receipt yet.")
    }
    var question = EvidenceQuestion()
    question.streams = ["subject-\(keyID.hex)", StreamName.systemKeys.text]
    question.provesNothingLater = false
    question.purpose = "erasure-receipt"
    question.comment =
      "Receipt of an erasure. It proves that the decision was taken, when and by whom. It can't "
      + "prove that no copy of a key exists anywhere."
    return try exportEvidence(question, to: path)
  }
}

/// Finding the subject and its stream.
extension Workspace {
  static func condition(_ standing: SubjectCase) -> AppendCondition {
    .stream(standing.stream, standing.revision.map { .exactly($0) } ?? .none)
  }

  func subjectCase(_ keyID: KeyID) throws(ServiceError) -> SubjectCase {
    var standing = SubjectCase(keyID)
    for event in try readEvents(.stream(standing.stream), limit: 10_000) { standing.apply(event) }
    return standing
  }

  /// The subject's name and its newest key.
  func subjectKey(_ text: String) throws(ServiceError) -> (name: String, keyID: KeyID) {
    if let bytes = [UInt8](hex: text), let keyID = KeyID(bytes) { return (text, keyID) }
    let name = text.hasPrefix("staff:") ? text : try Self.record(text).description
    do throws(LMDBError) {
      let members = try log.standing(at: GuardDefinitions.subjectKey(name)).members
      guard let keyID = members.first.flatMap({ KeyID($0) }) else {
        throw LMDBError(call: .get, cause: .notFound)
      }
      return (name, keyID)
    } catch {
      guard error.isNotFound else { throw ServiceError(storage: error) }
      throw ServiceError(
        .refused, code: "STATE.NOT_FOUND",
        "Nothing personal is recorded of \(name): check the identifier.")
    }
  }

  /// How many sections are sealed under a key, and where the first and the last stand.
  private func sealedSections(
    under keyID: KeyID
  ) throws(ServiceError) -> (count: UInt64, first: UInt64, last: UInt64) {
    var (count, first, last): (UInt64, UInt64?, UInt64) = (0, nil, 0)
    let query = EventQuery([EventQuery.Item(subjects: [keyID])])
    do throws(LMDBError) {
      try log.scan(EventSelection(query)) { layout, record throws(LMDBError) in
        let leaf = record.extracting(layout.leafRange)
        let position = layout.leaf.position(in: leaf).rawValue
        first = first ?? position
        last = position
        for index in 0..<layout.leaf.sectionCount
        where layout.leaf.section(index, in: leaf).keyID == keyID {
          count += 1
        }
        return .proceed
      }
    } catch { throw ServiceError(storage: error) }
    return (count, first ?? 0, last)
  }

  func requireKeeper() throws(ServiceError) {
    try requireWriter()
    guard !keys.vault.isAbsent else {
      throw ServiceError(
        .refused, code: "KEYS.ABSENT",
        "The keys folder \(folder.keysFolder) is absent, so there are no keys to destroy: give "
          + "--keys.")
    }
    let actor = try actingUser()
    let state: (any Aggregate)?
    do throws(CommandFailure) {
      state = try executor.record(.user(actor.text))?.state
    } catch { throw ServiceError(error) }
    guard let found = state as? User, found.isAdministrator, found.status == .active else {
      throw ServiceError(
        .refused, code: "PERMISSION.SCOPE",
        "\(actor.text) is no active administrator: erasures are asked for and agreed to by those.")
    }
  }

  func refusing<Result>(
    _ body: () throws(Refusal) -> Result
  ) throws(ServiceError) -> Result {
    do throws(Refusal) { return try body() } catch {
      throw ServiceError(.refused, code: error.code.rawValue, error.message)
    }
  }

  static func code(_ text: String, _ what: String) throws(ServiceError) -> String {
    let isCode =
      (1...80).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7e) ~= $0 && $0 != 0x22 && $0 != 0x5c }
    guard isCode else {
      throw ServiceError(
        .usage, code: "VALIDATION.CODE",
        "The \(what) “\(text)” is no code: give 1 to 80 ASCII characters without spaces and quotes, "
          + "for it stays for ever.")
    }
    return text
  }
}

extension ServiceError {
  init(vault error: VaultError) {
    switch error {
    case .destroyedKey: self.init(.refused, code: "STATE.ERASED", error.description)
    case .notFound, .alreadyExists, .exposed, .wrongMasterKey, .staleEpoch, .absent, .unknownKey,
      .damaged, .storage, .file:
      self.init(.failed, code: "KEYS.FAILED", error.description)
    }
  }
}

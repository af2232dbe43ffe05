internal import CRM
package import EventLog
package import EventModel
package import Schema
package import Vault

/// Carries out commands: loads what a decision needs, decides, seals, and appends all of its events
/// or none.
///
/// Any task may use it; commands on one record take turns.
package final class CommandExecutor: Sendable {
  let log: EventLog
  let vault: Vault
  let clock: @Sendable () -> Timestamp
  let identifiers: IdentifierSource
  let reader: RecordReader
  let directory: ActorDirectory
  let identity: IdentityDirectory
  let subjects: SubjectKeys
  let assembly: EventAssembly
  /// Who may do what, as the log has it.
  package let permissions: PermissionReader
  private let turns = RecordTurns()
  /// What the workspace asks signatures for.
  let signatures: KeptUntilNews<String, SignaturePolicy>

  /// How often a command is decided again because others came first.
  static let attemptLimit = 32

  /// - Parameters:
  ///   - log: open for writing.
  ///   - vault: the workspace's; without it whatever has personal parts is refused.
  ///   - clock: the one that the log has.
  ///   - random: for identifiers and salts.
  ///   - cacheLimit: how many records are kept folded in memory at the most.
  package init(
    log: EventLog, vault: Vault, clock: @escaping @Sendable () -> Timestamp, random: RandomSource,
    cacheLimit: Int = 4096
  ) {
    self.log = log
    self.vault = vault
    self.clock = clock
    identifiers = IdentifierSource(random)
    reader = RecordReader(log: log, vault: vault, cacheLimit: cacheLimit)
    directory = ActorDirectory(log: log, reader: reader)
    identity = IdentityDirectory(log: log, reader: reader)
    subjects = SubjectKeys(log: log, vault: vault)
    assembly = EventAssembly(vault: vault, random: random)
    permissions = PermissionReader(log: log)
    signatures = KeptUntilNews(
      log, until: .stream(SignaturePolicy.stream))
  }

  /// Forgets the records kept in memory, such as when keys were destroyed.
  package func forgetRecords() {
    reader.forget()
    identity.forget()
  }

  /// Carries out `command`, or repeats what was done when it was asked before.
  ///
  /// - Throws: ``CommandFailure``; nothing was appended then.
  package func execute(
    _ command: CommandPayload, _ context: CommandContext
  ) async throws(CommandFailure) -> CommandResult {
    do { try context.check(at: clock()) } catch { throw .refused(error) }
    let signer = try signer(of: command.name, context)
    let digest = try digest(of: command, context)
    let id = context.commandID
    if let repeated = try repeated(id, digest) { return repeated }
    var executable = command.executable
    let now = clock()
    executable.identify { prefix in identifiers.recordID(prefix: prefix, at: now) }
    let asked = AskedCommand(
      name: command.name, body: executable, id: id, digest: digest,
      access: command.access, signer: signer)
    do throws(CommandFailure) {
      return try await turns.take(executable.target) { () async throws(CommandFailure) in
        defer { identity.leave(asked.id) }
        return try await attemptInTurn(asked, context)
      }
    } catch {
      if case .refused(let refusal) = error, let open = refusal.opens,
        let claimed = open.refs.first
      {
        // One after the other, so that a claim made twice at once is one case.
        try await turns.take(RecordKey(claimed)) { () async throws(CommandFailure) in
          try await record(open, refusedTo: context, asked.id)
        }
      }
      throw error
    }
  }

  /// Carries out the command `name` with a body in the JSON mapping of proto3; fields that the
  /// command doesn't have are refused.
  package func execute(
    named name: String, json: [UInt8], _ context: CommandContext
  ) async throws(CommandFailure) -> CommandResult {
    let command: CommandPayload
    do { command = try CommandPayload(name: name, json: json) } catch {
      throw .refused(Refusal(.format, "\(error)"))
    }
    return try await execute(command, context)
  }

  /// Decides and appends, however many others change who may do what.
  ///
  /// Every right rests on the directory of users, teams and permissions, so whatever changes that
  /// makes all others decide again. Those that do go one after the other; and a command that they
  /// outran several times takes its turn among them.
  private func attemptInTurn(
    _ command: AskedCommand, _ context: CommandContext
  ) async throws(CommandFailure) -> CommandResult {
    let category = command.body.target.stream?.category ?? ""
    if !PermissionDirectory.categories.contains(category) {
      if let result = try await attempt(command, context, upTo: Self.freeAttemptLimit) {
        return result
      }
      // Nobody may wait for this one while it waits itself.
      identity.leave(command.id)
    }
    let result = try await turns.take(Self.directoryTurn) { () async throws(CommandFailure) in
      try await attempt(command, context, upTo: Self.attemptLimit)
    }
    if let result { return result }
    throw .refused(
      Refusal(
        .contention,
        "The records that \(command.name) looks at changed \(Self.attemptLimit) times "
          + "while it was decided; send it again."))
  }

  /// How often a command is decided again before it takes a turn with those that change rights.
  private static let freeAttemptLimit = 4
  /// No record has this name.
  private static let directoryTurn = RecordKey(.objectTypeUnspecified, "directory")

  /// Decides and appends; `nil` when others came first each time.
  private func attempt(
    _ command: AskedCommand, _ context: CommandContext, upTo limit: Int
  ) async throws(CommandFailure) -> CommandResult? {
    for _ in 1...limit {
      let round = try await decideInTurn(command, context)
      guard !round.events.isEmpty else {
        return CommandResult(
          first: nil, count: 0, madeIDs: [], targetID: command.body.target.id, isRepeat: false)
      }
      let request = try await request(of: command, round, context)
      let result: AppendResult
      do throws(AppendError) {
        result = try await log.append(request)
      } catch {
        guard let failure = failure(of: error) else { continue }
        throw failure
      }
      if result.isRepeat { return try repeatedResult(result) }
      return CommandResult(
        first: result.first, count: result.count, madeIDs: round.madeIDs,
        targetID: command.body.target.id, isRepeat: false)
    }
    return nil
  }
}

/// A command on its way: its identifiers are given, and how it is told from others.
struct AskedCommand: Sendable {
  let name: String
  let body: any ExecutableCommand
  let id: CommandID
  let digest: Digest
  /// The right that it asks for.
  let access: CommandAccess
  /// The keys that its signature was checked with; they must not change before it is recorded.
  let signer: ActorKeyRing?
}

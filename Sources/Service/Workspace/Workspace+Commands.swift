package import CRM
package import Commands
internal import EventLog
package import EventModel
internal import Foundation
package import Schema

/// A command as a script asks for it.
public struct CommandRequest: Sendable, Hashable {
  /// Such as `CreateAccount`.
  public var name: String
  /// The command's message in the proto3 JSON mapping.
  public var body: String
  /// The idempotency key; a new one when `nil`.
  public var key: String?
  /// On whose behalf.
  public var onBehalfOf: String?
  /// RFC 3339; now when `nil`.
  public var occurredAt: String?
  /// Why, as a code.
  public var reasonCode: String?
  /// Why, in words; sealed.
  public var reasonText: String?
  /// A file with the actor's own key, to sign the request with as their device would.
  public var signingKeyFile: String?
  /// The actor's signature, made on their device.
  public var signature: RequestSignature?
  /// The W3C traceparent that the request came with.
  public var traceParent: String?
  /// The record's revision that the caller saw last; another one is refused.
  public var expectedRevision: UInt64?

  /// Puts a request together.
  public init(
    name: String, body: String, key: String? = nil, onBehalfOf: String? = nil,
    occurredAt: String? = nil, reasonCode: String? = nil, reasonText: String? = nil
  ) {
    self.name = name
    self.body = body
    self.key = key
    self.onBehalfOf = onBehalfOf
    self.occurredAt = occurredAt
    self.reasonCode = reasonCode
    self.reasonText = reasonText
  }
}

extension Workspace {
  /// The names of all commands.
  public static func commandNames() -> Answer {
    Answer(
      "Commands",
      tables: [
        .init(
          "commands", "", columns: [.init("name", "Command")],
          rows: CommandPayload.names.map { [.text($0)] })
      ])
  }

  /// Carries out one command, once for its key.
  public func execute(_ request: CommandRequest) async throws(ServiceError) -> Answer {
    try requireCRM()
    try requireWriter()
    let body = Array(request.body.utf8)
    try Self.requireOneMeaning(body)
    let key = request.key ?? CommandID(version7At: clock(), random: random.words()).uuidText
    var context = CommandContext(
      actor: try actingUser(), actorKind: principal.kind.actorKind,
      channel: principal.channel.code, idempotencyKey: key)
    context.onBehalfOf = try request.onBehalfOf.map(Self.actorID)
    context.occurredAt = try request.occurredAt.map(Self.timestamp)
    context.isChecked = true
    context.expectedRevision = request.expectedRevision.map(Revision.init)
    if let code = request.reasonCode {
      context.reason = Reason(code: code, text: request.reasonText ?? "")
    }
    context.traceParent = request.traceParent
    context.signature = try request.signature.map { given throws(ServiceError) in
      try given.proof(key: key, body: request.body)
    }
    if let file = request.signingKeyFile {
      context.signature = try signature(
        of: request.name, key: key, body: request.body, with: file)
    }
    if Self.commandsWithEvidence.contains(request.name) { try flushAccessLog() }
    let result: CommandResult
    do throws(CommandFailure) {
      result = try await executor.execute(
        named: request.name, json: body, context)
    } catch {
      guard case .refused(let refusal) = error else { throw ServiceError(error) }
      try record(refusal, of: request)
      guard refusal.code == .format, let found = BodyComplaint(request.body, of: request.name)
      else { throw ServiceError(error) }
      throw ServiceError(.refused, code: refusal.code.rawValue, found.sentence)
    }
    if Self.commandsWithEvidence.contains(request.name) {
      try await sealEvidence(of: result.targetID)
    }
    return Answer(
      result.isRepeat ? "\(request.name) was done before" : "\(request.name) is done",
      facts: [
        .init("id", "Record", .text(result.targetID)),
        .init("madeIds", "Made", .list(result.madeIDs.map { .text($0) })),
        .init("position", "Position", result.first.map { .integer(Int64($0.rawValue)) } ?? .none),
        .init("events", "Events", .integer(Int64(result.count))),
        .init("isRepeat", "Done before", .flag(result.isRepeat)),
        .init("key", "Key", .text(key)),
      ], notes: result.count == 0 ? ["Nothing changed, so nothing was recorded."] : [])
  }

  /// Refuses a body with two members of one name: others than we could read the other one.
  ///
  /// What else is wrong with it is for its message to say.
  private static func requireOneMeaning(_ body: [UInt8]) throws(ServiceError) {
    do throws(JSONRefusal) { _ = try JSONParser.value(of: body) } catch {
      guard case .duplicateMember(let name) = error else { return }
      throw ServiceError(
        .usage, code: "VALIDATION.FORMAT",
        "The body has the member “\(name.prefix(40))” twice: give it once.")
    }
  }

  /// Attempts are evidence: what was refused, of what, and why.
  private func record(
    _ refusal: Refusal, of request: CommandRequest
  ) throws(ServiceError) {
    var target = ""
    do throws(PayloadError) {
      let command = try CommandPayload(name: request.name, json: Array(request.body.utf8))
      target = command.target.id.isEmpty ? "" : "\(command.target)"
    } catch {
      // What can't be read names nothing.
    }
    try record(
      .refused(
        command: String(request.name.prefix(100)), target: Self.target(of: refusal) ?? target,
        code: refusal.code.rawValue))
  }

  /// The customer that a refused claim was about; `nil` where none was claimed.
  private static func target(of refusal: Refusal) -> String? {
    refusal.opens?.refs.first.map { "\(RecordKey($0))" }
  }

  /// Carries out a command of the product's own, or, checked, one that the actor asks for.
  package func perform(
    _ command: CommandPayload, by actor: ActorID, key: String, occurredAt: Timestamp? = nil,
    reason: Reason? = nil, causation: EventID? = nil, isChecked: Bool = false
  ) async throws(ServiceError) -> CommandResult {
    let isSystem = actor.text.hasPrefix("system:")
    var context = CommandContext(
      actor: actor, actorKind: isSystem ? .system : .user,
      channel: isSystem ? .automation : .console, idempotencyKey: key)
    context.occurredAt = occurredAt
    context.reason = reason
    context.causation = causation
    context.isChecked = isChecked
    do throws(CommandFailure) {
      return try await executor.execute(command, context)
    } catch {
      if isChecked, case .refused(let refusal) = error {
        try record(
          .refused(
            command: command.name, target: Self.target(of: refusal) ?? "\(command.target)",
            code: refusal.code.rawValue))
      }
      throw ServiceError(error)
    }
  }

  /// Who acts: as given, else the first user there is, the administrator of `deed init`.
  package func actingUser() throws(ServiceError) -> ActorID {
    if let givenActor { return givenActor }
    guard
      let first = try readEvents(.types(["UserProvisioned"].compactMap(EventType.init)), limit: 1)
        .first, let stream = StreamName(first.stream), let actor = ActorID(stream.id)
    else {
      throw ServiceError(
        .refused, code: "WORKSPACE.NO_USER",
        "The workspace has no user to act as: name one with --as.")
    }
    return actor
  }

  private static func actorID(_ text: String) throws(ServiceError) -> ActorID {
    guard let id = ActorID(text) else {
      throw ServiceError(
        .usage, code: "VALIDATION.ACTOR",
        "“\(text)” is no user's identifier: give one such as usr_….")
    }
    return id
  }

  private static func timestamp(_ text: String) throws(ServiceError) -> Timestamp {
    guard let time = Timestamp(text) else {
      throw ServiceError(
        .usage, code: "VALIDATION.TIME",
        "“\(text)” is no time: give RFC 3339, such as 2026-03-02T09:00:00+08:00.")
    }
    return time
  }
}

extension ServiceError {
  package init(_ failure: CommandFailure) {
    switch failure {
    case .refused(let refusal):
      self.init(.refused, code: refusal.code.rawValue, refusal.message)
    case .full: self.init(.failed, code: "STORAGE.FULL", failure.description)
    case .closed: self.init(.failed, code: "STORAGE.CLOSED", failure.description)
    case .storage, .vault, .unreadable, .rejected:
      self.init(.failed, code: "STORAGE.FAILED", failure.description)
    }
  }
}

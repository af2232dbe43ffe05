package import CRM
internal import EventLog
internal import EventModel
package import Schema
internal import SwiftProtobuf

/// Who may have a command carried out: checked before it is decided, on the states that it is
/// decided on, and still true when it is appended.
extension CommandExecutor {
  /// Refuses what the actor has no right to.
  ///
  /// - Returns: by what right it may be done.
  /// - Throws: a refusal; a record that the actor can't see is refused as one that doesn't exist.
  func authorize(
    _ command: AskedCommand, on target: any Aggregate, _ decision: DecisionContext,
    _ context: CommandContext, _ looked: inout LookedAt
  ) throws(CommandFailure) -> Authorization {
    let (directory, size) = try permissions.current()
    let evaluator = PermissionEvaluator(directory, at: decision.now)
    looked.conditions.append(PermissionReader.unchanged(since: size))
    let asker = CommandAsker(
      evaluator: evaluator, actor: context.actor.text, principal: context.onBehalfOf?.text)
    let key = command.body.target
    do {
      try asker.requireActive()
      let facts = try facts(of: key, target, &looked)
      let authorization = try asker.authorize(command.access, command.name, on: key, target, facts)
      guard command.access.target == .newRecord || command.access.target == .recordAndReferences
      else { return authorization }
      for reference in command.body.needs(on: target, in: decision)
      where reference != key && CommandAsker.visible.contains(reference.type) {
        guard let state = decision.records.anyState(reference) else { continue }
        let facts = try self.facts(of: reference, state, &looked)
        guard asker.maySee(facts) else {
          // As if there were none: a refusal must not say what may not be seen.
          throw CommandFailure.refused(.missing(reference, field: "The command"))
        }
      }
      return authorization
    } catch let failure as CommandFailure {
      throw failure
    } catch let refusal as Refusal {
      throw .refused(refusal)
    } catch {
      preconditionFailure("\(error) is no refusal")
    }
  }

  /// What of a record decides on rights, with those that it follows.
  func facts(
    of key: RecordKey, _ state: any Aggregate, _ looked: inout LookedAt, depth: Int = 0
  ) throws(CommandFailure) -> RecordFacts {
    var parents: [RecordFacts] = []
    if depth < 2 {
      for parent in RecordFacts.parents(of: state) {
        guard let loaded = try looked.load(parent), loaded.state.exists else { continue }
        parents.append(try facts(of: parent, loaded.state, &looked, depth: depth + 1))
      }
    }
    return RecordFacts(key, state, parents: parents)
  }
}

/// Who asks for a command, and what they may.
struct CommandAsker {
  let evaluator: PermissionEvaluator
  let actor: String
  /// For whom they act; `nil` for themselves.
  let principal: String?

  /// Records that a command may not even name unless they can be seen.
  static let visible: Set<ObjectType.Code> = [
    .account, .contact, .lead, .opportunity, .ticket, .activity, .task,
  ]

  func requireActive() throws(Refusal) {
    for id in [actor, principal].compactMap(\.self) {
      guard evaluator.directory.users[id]?.status == .active else {
        throw Refusal(
          .permissionInactive, "\(id) is no active user and may do nothing; ask an administrator.")
      }
    }
  }

  func authorize(
    _ access: CommandAccess, _ command: String, on key: RecordKey, _ state: any Aggregate,
    _ facts: RecordFacts
  ) throws(Refusal) -> Authorization {
    let action = access.action
    switch access.target {
    case .product:
      throw Refusal(
        .permissionDenied, "\(command) is the product's own; use the command that it belongs to.")
    case .anybody:
      try requireDelegated(.update, key)
      return authorization(action, scope: "anybody")
    case .recordUnlessSelf where key == .user(principal ?? actor) && principal == nil:
      return authorization(action, scope: "own")
    case .newRecord where !state.exists:
      var made = facts
      made.ownerIDs = [principal ?? actor]
      return try require(verdict(action, made), action, command, key)
    case .record, .recordUnlessSelf, .newRecord, .recordAndReferences:
      if Self.visible.contains(key.type), state.exists, !maySee(facts) { throw .notFound(key) }
      var asked = facts
      // Whoever may claim from pools hears that a record is in none, and not that they may not.
      if action == .claim { asked.isPooled = true }
      return try require(verdict(action, asked), action, command, key)
    }
  }

  func maySee(_ facts: RecordFacts) -> Bool { verdict(.read, facts).isAllowed }

  private func verdict(
    _ action: PermissionAction.Code, _ facts: RecordFacts
  ) -> PermissionVerdict {
    evaluator.verdict(actor, for: principal, action, on: facts)
  }

  /// Whoever acts for another does so by a delegation, whatever it is that they do.
  private func requireDelegated(
    _ action: PermissionAction.Code, _ key: RecordKey
  ) throws(Refusal) {
    guard let principal else { return }
    guard evaluator.isDelegated(action, key.type, to: actor, by: principal) else {
      throw Refusal(
        .permissionDenied,
        "\(principal) has not delegated this to \(actor); ask for a delegation first.")
    }
  }

  private func require(
    _ verdict: PermissionVerdict, _ action: PermissionAction.Code, _ command: String,
    _ key: RecordKey
  ) throws(Refusal) -> Authorization {
    switch verdict {
    case .denied(let denial):
      throw Refusal(
        .permissionDenied,
        "\(actor) may not carry out \(command) on the \(key.typeName) \(key.id): "
          + "\(denial.words(action)); ask an administrator.")
    case .allowed(let basis): return basis.authorization(action)
    }
  }

  private func authorization(
    _ action: PermissionAction.Code, scope: String
  ) -> Authorization {
    .with { ($0.action, $0.scopeGranted) = (action.text, scope) }
  }
}

extension PermissionDenial {
  package func words(_ action: PermissionAction.Code) -> String {
    switch self {
    case .inactive: "no active user"
    case .restricted: "the right “\(action)” is taken away while its records are handed over"
    case .byRole: "a role denies “\(action)”"
    case .noRight: "no role or share gives “\(action)” with it"
    }
  }
}

extension PermissionBasis {
  /// As the event's metadata says it.
  package func authorization(_ action: PermissionAction.Code) -> Authorization {
    .with {
      $0.action = action.text
      switch self {
      case .role(let id, let scope): ($0.scopeGranted, $0.grantIds) = (scope, [id])
      case .sharingRule(let id): ($0.scopeGranted, $0.grantIds) = ("sharingRule", [id])
      case .share(let id): ($0.scopeGranted, $0.grantIds) = ("share", [id])
      case .collaborator: $0.scopeGranted = "collaborator"
      case .dispute: $0.scopeGranted = "dispute"
      case .delegation(let id, let from):
        ($0.scopeGranted, $0.grantIds) = ("delegation", [id, from])
      case .breakGlass(let id): ($0.scopeGranted, $0.grantIds) = ("breakGlass", [id])
      }
    }
  }
}

internal import CRM
internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Vault

/// What makes asking twice the same as asking once.
extension CommandExecutor {
  /// Tells this command from another one under the same key: who asks, for whom, what and why.
  func digest(
    of command: CommandPayload, _ context: CommandContext
  ) throws(CommandFailure) -> Digest {
    var bytes: [UInt8] = []
    for text in [
      context.principal, context.actor.text, context.onBehalfOf?.text ?? "", command.name,
      context.reason?.code ?? "", context.reason?.text ?? "",
    ] {
      bytes.append(bigEndian: UInt32(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(bigEndian: context.occurredAt?.microseconds ?? .min)
    bytes.append(contentsOf: command.serialized())
    do { return try vault.keyedDigest(bytes) } catch { throw .vault(error) }
  }

  /// What the command `id` did when it was asked first; `nil` when it was not.
  func repeated(_ id: CommandID, _ digest: Digest) throws(CommandFailure) -> CommandResult? {
    let outcome: (result: AppendResult, bodyDigest: Digest)?
    do { outcome = try log.outcome(of: id) } catch { throw .storage(error) }
    guard let outcome else { return nil }
    guard outcome.bodyDigest == digest else {
      throw .refused(Self.reused(at: outcome.result.first))
    }
    return try repeatedResult(outcome.result)
  }

  func repeatedResult(_ result: AppendResult) throws(CommandFailure) -> CommandResult {
    let selection = EventSelection(from: result.first, through: result.last, limit: result.count)
    let events: [RecordedEvent]
    do { events = try log.events(selection) } catch { throw .storage(error) }
    let streams = events.compactMap { StreamName($0.stream) }
    let made = zip(streams, events).filter { $1.revision == Revision(0) }.map(\.0.id)
    return CommandResult(
      first: result.first, count: result.count, madeIDs: made, targetID: streams.first?.id ?? "",
      isRepeat: true)
  }

  static func reused(at first: Position) -> Refusal {
    Refusal(
      .idempotency,
      "The idempotency key was used for another command, whose first event stands at "
        + "\(first); use a new key.", field: "idempotencyKey")
  }
}

/// What the log's refusals mean to who asked.
extension CommandExecutor {
  /// `nil` when the command is to be decided again.
  func failure(of error: AppendError) -> CommandFailure? {
    switch error {
    case .conflict, .matched: return nil
    case .guardRefused(let refusal): return Self.refusal(of: refusal).map { .refused($0) }
    case .commandReused(_, let first): return .refused(Self.reused(at: first))
    case .subjectDestroyed(let keyID):
      reader.forget()
      return .refused(SubjectKeys.erased("the key \(keyID)", at: nil))
    case .full(let error): return .full(error)
    case .storage(let error): return .storage(error)
    case .closed(let reason), .clock(let reason): return .closed(reason)
    case .overLimit(let what):
      return .refused(Refusal(.tooLong, "The command makes too much of its events: \(what)."))
    case .eventIDReused, .personalInPlainSection, .malformed: return .rejected(error)
    }
  }

  /// `nil` when another command made the same subject's key at the same time: then it is taken.
  static func refusal(of refused: GuardRefusal) -> Refusal? {
    switch refused.change {
    case .claim(let key, _):
      guard key.guardName != "G-SUBJECT" else { return nil }
      let holder = refused.present.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
      if key.guardName == "G-DISP" {
        return Refusal(
          .frozen,
          "\(key.subject) is disputed already in \(holder); join that dispute, or wait "
            + "until it is closed.")
      }
      let name = key.subject.replacing("\u{1f}", with: ":")
      return Refusal(
        .duplicate, "\(name) belongs to \(holder) already; use that record, or correct the value.")
    case .requireEmpty(let key):
      let some = refused.present.prefix(5).map { String(decoding: $0, as: UTF8.self) }
      return Refusal(
        .ownsRecords,
        "\(key.subject) owns \(refused.count) records, such as "
          + "\(some.joined(separator: ", ")); transfer them first.")
    case .remove(let key, _, _):
      guard key.guardName == "G-ADMIN" else {
        return Refusal(.status, "\(key.subject) has too few members left.")
      }
      return Refusal(
        .lastAdministrator, "No administrator would remain; grant the role to someone else first.")
    // Another claim took the number, or the last place, at the same time: decided again, the
    // command knows it.
    case .count(let key, _, _) where key.guardName == "G-CLAIM": return nil
    case .insertWithin: return nil
    case .count(let key, _, let limit):
      return Refusal(.quota, "\(key.subject) would pass its limit of \(limit).")
    case .insert, .release:
      return Refusal(.duplicate, "A rule that spans records refused the command.")
    }
  }
}

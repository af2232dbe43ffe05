internal import CRM
internal import Commands
internal import EventModel
internal import Foundation
internal import Policies
internal import Schema
internal import SwiftProtobuf

/// Carries out the demonstration's commands at scripted times.
final class DemoStage: @unchecked Sendable {
  // @unchecked: one demonstration runs its steps one after the other, in one task.
  let workspace: Workspace
  let clock: ScriptedClock
  let administrator: String
  let defaultPipeline = DefaultPipeline.id
  /// The open stages of the default pipeline, in order.
  let openStages = DefaultPipeline.stages.filter { $0.kind == .open }.map(\.stageID)
  private(set) var refused: [(step: String, error: ServiceError)] = []
  private var step = 0

  init(_ workspace: Workspace, _ clock: ScriptedClock, administrator: String) {
    self.workspace = workspace
    self.clock = clock
    self.administrator = administrator
  }

  @discardableResult
  func perform(
    _ command: CommandPayload, by actor: String, occurredAt: String? = nil, reason: String? = nil,
    reasonText: String = ""
  ) async throws(ServiceError) -> CommandResult {
    guard let actorID = ActorID(actor) else {
      preconditionFailure("“\(actor)” is no actor")
    }
    step += 1
    clock.advance(seconds: 1)
    return try await workspace.perform(
      command, by: actorID, key: "demo-\(step)", occurredAt: occurredAt.flatMap(Timestamp.init),
      reason: reason.map { Reason(code: $0, text: reasonText) })
  }

  /// Carries out a command that makes a record, and gives its identifier.
  func make(
    _ command: CommandPayload, by actor: String
  ) async throws(ServiceError) -> String {
    try await perform(command, by: actor).targetID
  }

  /// Carries out a step that may be refused, and remembers what was said.
  func attempt(
    _ words: String, _ command: CommandPayload, by actor: String, reason: String? = nil
  ) async throws(ServiceError) {
    guard let actorID = ActorID(actor) else { preconditionFailure("“\(actor)” is no actor") }
    step += 1
    clock.advance(seconds: 1)
    do throws(ServiceError) {
      // As the person asks: by their rights, and with the trace that a refusal leaves.
      _ = try await workspace.acting(as: Principal(actor)).perform(
        command, by: actorID, key: "demo-\(step)", reason: reason.map { Reason(code: $0) },
        isChecked: true)
    } catch {
      guard error.kind == .refused else { throw error }
      refused.append((words, error))
    }
  }

  /// Carries out what is due by now, as a server would.
  func runTimers() async throws(ServiceError) {
    do throws(TimerError) {
      _ = try await workspace.reactor().run(until: clock.now())
    } catch { throw ServiceError(error) }
  }

  func go(to time: String) {
    guard let time = Timestamp(time) else { preconditionFailure("“\(time)” is no time") }
    clock.set(time)
  }

  func advance(minutes: Int64) { clock.advance(seconds: minutes * 60) }

  /// `days` from now, as messages say it.
  func later(days: Int64) -> Google_Protobuf_Timestamp {
    let time = clock.now().advanced(byMicroseconds: days * 86_400_000_000)
    return Google_Protobuf_Timestamp(seconds: time.microseconds / 1_000_000, nanos: 0)
  }
}

extension CommandResult {
  /// The first identifier made with this prefix.
  func id(_ prefix: String) -> String? { madeIDs.first { $0.hasPrefix(prefix + "_") } }
}

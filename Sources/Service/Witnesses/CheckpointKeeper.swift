internal import EventLog
internal import EventModel
internal import Foundation
internal import Synchronization
internal import Transparency
internal import Vault

/// Publishes a server's checkpoints while there is news, and has witnesses cosign them.
///
/// Publishing does not wait for witnesses. A witness that gives no answer is asked again, later each
/// time; one that saw another log is an alarm, and never asked again.
public final class CheckpointKeeper: Sendable {
  /// How often there is a checkpoint.
  public struct Pace: Sendable {
    /// Between two checkpoints, when there is news.
    public var publishing: Duration = .seconds(1)
    /// The longest wait before a witness is asked again.
    public var retryLimit: Duration = .seconds(60)
    /// How old the newest cosigned checkpoint may be before that is told.
    public var alertAfter: Duration = .seconds(600)
    /// Between two anchors of the log, when it is cosigned.
    public var anchoring: Duration = .seconds(3600)

    /// As the specification has it.
    public init() {}
  }

  private struct State {
    var publishedSize: UInt64 = 0
    var cosignedSize: UInt64 = 0
    /// When the newest checkpoint with the quorum was cosigned; when this began, at first.
    var cosignedAt: Timestamp
    var hasAlerted = false
    /// Witnesses that saw another log.
    var alarms: Set<String> = []
    var failures = 0
    var notBefore: Timestamp
    var lastFailure: String?
  }

  private let workspace: Workspace
  private let pace: Pace
  private let report: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// Keeps the checkpoints of `workspace`; `report` takes sentences for whoever runs it.
  public init(
    _ workspace: Workspace, pace: Pace = Pace(), report: @escaping @Sendable (String) -> Void
  ) {
    self.workspace = workspace
    self.pace = pace
    self.report = report
    let now = workspace.clock()
    state = Mutex(State(cosignedAt: now, notBefore: now))
  }

  /// Publishes and has cosigned until its task is cancelled.
  public func run() async {
    await withTaskGroup { group in
      group.addTask { await self.repeatedly { await self.publish() } }
      group.addTask { await self.repeatedly { await self.haveCosigned() } }
    }
  }

  private func repeatedly(_ body: () async -> Void) async {
    while !Task.isCancelled {
      do { try await Task.sleep(for: pace.publishing) } catch { return }
      await body()
    }
  }

  /// Signs the tree as it is, if there is news; and forgets keys that were in memory for long.
  public func publish() async {
    workspace.keys.vault.dropAgedKeys()
    do throws(CheckpointError) {
      guard let published = try await workspace.log.publishCheckpoint() else { return }
      state.withLock {
        $0.publishedSize = published.checkpoint.size
        $0.lastFailure = nil
      }
    } catch .noSigner {
      return
    } catch { tell("No checkpoint is published: \(error)") }
  }

  /// Has the newest checkpoint cosigned, if it is not and its time has come.
  public func haveCosigned() async {
    let now = workspace.clock()
    do throws(ServiceError) {
      guard let policy = try workspace.keptPolicy() else { return }
      defer { alertIfOld(now) }
      let (alarms, isDue) = state.withLock { ($0.alarms, now >= $0.notBefore) }
      guard isDue, let published = try newest() else { return }
      let round = try await workspace.cosign(published, policy, apartFrom: alarms)
      take(round, now)
      // A store's positions have no place for the log's own events while it is served.
      if round.isMet, !round.isAlarm, workspace.kind == .crm { try await anchor(round, now) }
    } catch { tell("The witnesses can't be asked: \(error.sentence)") }
  }

  /// The newest checkpoint, when it is news to the witnesses.
  private func newest() throws(ServiceError) -> PublishedCheckpoint? {
    do throws(CheckpointError) {
      guard let newest = try workspace.log.newestCheckpoint() else { return nil }
      return newest.checkpoint.size > state.withLock { $0.cosignedSize } ? newest : nil
    } catch { throw ServiceError(error) }
  }

  private func take(_ round: CosignedRound, _ now: Timestamp) {
    for entry in round.said where entry.words.isAlarm {
      let isNew = state.withLock { $0.alarms.insert(entry.witness.name).inserted }
      if isNew { report("ALARM: the witness “\(entry.witness.name)”: \(entry.words.words).") }
    }
    state.withLock {
      guard round.isMet else {
        $0.failures += 1
        let wait = min(1 << min($0.failures, 16), pace.retryLimit.components.seconds)
        $0.notBefore = now.advanced(byMicroseconds: wait * 1_000_000)
        return
      }
      $0.failures = 0
      $0.cosignedSize = round.checkpoint.size
      $0.cosignedAt = now
      $0.hasAlerted = false
      $0.lastFailure = nil
    }
  }

  /// Records a cosigned checkpoint in the log, when the last one is old and there is other news.
  private func anchor(_ round: CosignedRound, _ now: Timestamp) async throws(ServiceError) {
    if let last = try workspace.lastAnchor() {
      let due = last.at.advanced(byMicroseconds: pace.anchoring.components.seconds * 1_000_000)
      guard now >= due, round.checkpoint.size > last.position.rawValue + 1 else { return }
    }
    try await workspace.recordAnchor(round.note.note)
  }

  private func alertIfOld(_ now: Timestamp) {
    let alert = state.withLock { state -> String? in
      let limit = state.cosignedAt.advanced(
        byMicroseconds: pace.alertAfter.components.seconds * 1_000_000)
      guard state.publishedSize > state.cosignedSize, now > limit, !state.hasAlerted else {
        return nil
      }
      state.hasAlerted = true
      return "ALARM: no checkpoint has the witnesses' quorum since \(state.cosignedAt)."
    }
    if let alert { report(alert) }
  }

  /// The same failure is told once.
  private func tell(_ sentence: String) {
    let isNew = state.withLock { state in
      defer { state.lastFailure = sentence }
      return state.lastFailure != sentence
    }
    if isNew { report(sentence) }
  }

  /// What is wrong, a sentence each.
  public var notes: [String] {
    let state = state.withLock { $0 }
    return state.alarms.sorted().map { "the witness “\($0)” saw another log" }
      + (state.hasAlerted
        ? ["no checkpoint has the witnesses' quorum since \(state.cosignedAt)"] : [])
  }

  /// What a monitor asks, in the text format of Prometheus.
  public var metrics: String {
    let state = state.withLock { $0 }
    return """
      # HELP deed_checkpoint_size Events that the newest checkpoint published here covers.
      # TYPE deed_checkpoint_size gauge
      deed_checkpoint_size \(state.publishedSize)
      # HELP deed_cosigned_size Events that the newest checkpoint with the witnesses' quorum covers.
      # TYPE deed_cosigned_size gauge
      deed_cosigned_size \(state.cosignedSize)
      # HELP deed_witness_alarms Witnesses that saw another log.
      # TYPE deed_witness_alarms gauge
      deed_witness_alarms \(state.alarms.count)

      """
  }
}

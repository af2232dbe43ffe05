internal import EventLog
internal import EventModel
internal import Vault

/// A workspace's log and who looked at it, as they may be opened now.
struct OpenedLogs {
  let main: EventLog
  /// `nil` where this opening only reads, and there is none.
  let access: AccessLog?
  let kind: WorkspaceKind
  let isWriter: Bool
  /// Why it doesn't write, though nobody else does.
  let refusal: ServiceError?

  /// Opens both for writing; for reading beside whoever writes, by a clock that is far from the last
  /// event, and when the access log is not the one that the main log speaks of.
  static func opening(
    _ folder: DataFolder, _ keys: WorkspaceKeys, _ options: EventLog.Options,
    _ random: RandomSource
  ) throws(ServiceError) -> OpenedLogs {
    let main: EventLog
    do throws(OpenError) { main = try EventLog(writing: folder.folder, options: options) } catch {
      switch error {
      case .locked: return try reading(folder, since: nil)
      case .clockBehind, .clockAhead: return try reading(folder, since: ServiceError(error))
      case _: throw ServiceError(error)
      }
    }
    do throws(ServiceError) {
      let kind = try WorkspaceKind(of: main)
      let access = try AccessLog.opening(
        folder, beside: main, isSigning: keys.signer != nil, options: options, random: random)
      return OpenedLogs(main: main, access: access, kind: kind, isWriter: true, refusal: nil)
    } catch {
      _ = main.close()
      guard error.code == AccessLog.lostCode else { throw error }
      return try reading(folder, since: error)
    }
  }

  private static func reading(
    _ folder: DataFolder, since refusal: ServiceError?
  ) throws(ServiceError) -> OpenedLogs {
    let main = try AccessLog.opened(folder.folder)
    return OpenedLogs(
      main: main, access: try AccessLog.reading(folder), kind: try WorkspaceKind(of: main),
      isWriter: false,
      refusal: refusal.map {
        ServiceError(
          $0.kind, code: $0.code, $0.sentence + " Until then it is open for reading alone.")
      })
  }
}

extension Workspace {
  /// How this workspace's log is opened for writing.
  static func logOptions(
    _ folder: DataFolder, _ keys: WorkspaceKeys, _ clock: @escaping @Sendable () -> Timestamp,
    _ clockJumpLimit: Int64?
  ) throws(ServiceError) -> EventLog.Options {
    var options = EventLog.Options(clock: clock, signer: keys.signer)
    options.knownCheckpoints = witnessed(folder).map { [$0] } ?? []
    options.clockJumpLimitMicroseconds = clockJumpLimit
    options.accepted = try acceptedClock(in: folder)
    return options
  }
}

internal import EventLog

extension EventStore {
  /// Calls `body` once when the store has events behind `number`, or never will.
  ///
  /// It may be called early, and then is asked for again. It must not take long: a writer waits for
  /// it.
  ///
  /// - Returns: what takes the call back.
  public func whenGrown(
    behind number: UInt64, _ body: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    let foreignCount: UInt64 =
      switch place {
      case .workspace: 0
      case .store(let foreign): UInt64(foreign.count)
      }
    // A number that no store reaches is waited for all the same.
    let (size, isBeyond) = number.addingReportingOverflow(foreignCount)
    return log.callWhenGrown(beyond: isBeyond ? .max : size, body)
  }
}

extension EventLog {
  /// Like ``whenGrown(beyond:_:)``, and where another process writes, after a moment.
  func callWhenGrown(
    beyond size: UInt64, _ body: @escaping @Sendable () -> Void
  ) -> @Sendable () -> Void {
    if let takeBack = whenGrown(beyond: size, body) { return takeBack }
    let task = Task {
      do {
        try await Task.sleep(for: .milliseconds(20))
        body()
      } catch {
        // Taken back.
      }
    }
    return { task.cancel() }
  }
}

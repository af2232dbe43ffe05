internal import EventLog

extension EventStore {
  /// Waits until the store has events behind `number`; `false` when it never will, because the
  /// log was closed or the task cancelled.
  public func waitForEvents(behind number: UInt64) async -> Bool {
    let size: UInt64 =
      switch place {
      case .workspace: number
      case .store(let foreign): number + UInt64(foreign.count)
      }
    return await log.waitForGrowth(beyond: size)
  }

  /// Waits like ``waitForEvents(behind:)``, and at most so long: then it is true as well.
  public func waitForEvents(behind number: UInt64, within duration: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.waitForEvents(behind: number) }
      group.addTask {
        do {
          try await Task.sleep(for: duration)
          return true
        } catch {
          // Cancelled: the other one has answered, or nobody waits.
          return false
        }
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}

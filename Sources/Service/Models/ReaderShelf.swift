internal import Dispatch
internal import ReadModels
internal import Synchronization

/// Readers of the models, each lent to one question at a time: to open their files costs more than
/// most questions do.
///
/// One that is old is not lent again, so that a build that was replaced is soon let go of.
final class ReaderShelf: Sendable {
  private struct Idle {
    let reader: ModelReader
    let made: DispatchTime
  }

  private let folder: String
  private let idle = Mutex<[Idle]>([])

  private static let limit = 8
  private static let lifetime = DispatchTimeInterval.seconds(10)

  init(folder: String) { self.folder = folder }

  /// Runs `body` with a reader that nobody else has.
  func lend<Found>(
    _ body: (ModelReader) throws(QueryError) -> Found
  ) throws(QueryError) -> Found {
    let now = DispatchTime.now()
    let (kept, old) = idle.withLock { idle -> (Idle?, [Idle]) in
      let old = idle.filter { $0.made + Self.lifetime <= now }
      idle.removeAll { $0.made + Self.lifetime <= now }
      return (idle.popLast(), old)
    }
    // Closed here, where nobody waits for the lock.
    _ = old
    let lent: Idle
    if let kept {
      lent = kept
    } else {
      lent = Idle(reader: try ModelReader(ModelKind.standard, folder: folder), made: now)
    }
    let found = try body(lent.reader)
    idle.withLock { idle in
      if idle.count < Self.limit { idle.append(lent) }
    }
    return found
  }

  /// Lets go of all.
  func clear() {
    let all = idle.withLock { idle in
      defer { idle = [] }
      return idle
    }
    _ = all
  }
}

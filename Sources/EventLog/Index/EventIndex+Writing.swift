internal import Dispatch
package import EventModel
package import LMDB
internal import Synchronization

extension EventIndex {
  /// Waits until the tail has room for a group of events; call it before each group.
  ///
  /// It has at once, unless both generations are full because the flush is behind.
  ///
  /// - Throws: why the tail can't be flushed (such as `diskFull`), after one more try; the next
  ///   call tries again.
  package func waitForRoom() throws(LMDBError) {
    var hasRetried = false
    while true {
      let state = tail.withLock { $0.takeRoom(retrying: !hasRetried) }
      switch state {
      case .free: return
      case .failed(let error): throw error
      case .retry:
        hasRetried = true
        wake()
        room.wait()
      case .busy: room.wait()
      }
    }
  }

  /// Adds the next event, at `position`, with what it can be found by; not published yet.
  ///
  /// - Parameters:
  ///   - keys: in any order; a key named twice counts once.
  ///   - position: ``stagedSize``; traps for another one.
  package func insert(_ keys: [IndexKey], at position: Position) {
    tail.withLock { tail in
      precondition(
        tail.active.end == position.rawValue,
        "the index expects position \(tail.active.end), not \(position)")
      tail.active.insert(keys)
    }
  }

  /// Adds the next events, from `position` on, as ``insert(_:at:)`` does each.
  package func insert(_ events: IndexKeyLists, at position: Position) {
    tail.withLock { tail in
      precondition(
        tail.active.end == position.rawValue,
        "the index expects position \(tail.active.end), not \(position)")
      tail.active.insert(events)
    }
  }

  /// Takes back the events at `position` and behind it, which must not be published.
  package func rollBack(to position: Position) {
    tail.withLock { tail in
      precondition(position.rawValue >= tail.published, "a published event can't be taken back")
      tail.active.rollBack(to: position.rawValue)
    }
  }

  /// Shows readers all events before position `size`: call it when they are committed.
  ///
  /// - Parameters:
  ///   - size: ``stagedSize``; traps for another one.
  ///   - witness: the leaf hash of the last of them.
  package func publish(size: UInt64, witness: Digest) {
    let isSealed = tail.withLock { tail in
      precondition(tail.active.end == size, "the index publishes all it was given, or rolls back")
      return tail.publish(witness: witness, keepsSealed: store.isReadOnly)
    }
    if isSealed { wake() }
  }
}

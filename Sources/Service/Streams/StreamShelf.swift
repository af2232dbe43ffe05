internal import Commands
internal import Dispatch
internal import Synchronization

/// What was read for one subscriber a moment ago, for others with the same rights and filter who
/// come for the same events: many follow the end of the log together.
///
/// It holds for a log that has not grown since, for rights are events too, and for a second at the
/// most, for some rights end by time. A person's key and a blanked section go after their event: then
/// all is forgotten.
package final class StreamShelf: Sendable {
  struct Key: Hashable, Sendable {
    let user: String
    /// The digest of the subscription's header: the log, the filter, the grants.
    let header: [UInt8]
    let start: UInt64
    /// How many events the log has.
    let size: UInt64
  }

  struct Read: Sendable {
    let page: StreamPage
    /// The records whose events are in it.
    let records: [String]
  }

  private struct Kept {
    let key: Key
    let read: Read
    let until: DispatchTime
  }

  private struct State {
    /// How often all was forgotten.
    var epoch: UInt64 = 0
    /// The latest, in the order in which they were read.
    var reads: [Kept] = []
  }

  private let state = Mutex(State())
  private let grants = KeptAtSize<String, String>()

  private static let readLimit = 8
  private static let lifetime = DispatchTimeInterval.seconds(1)

  /// How often all was forgotten: what is being read meanwhile is not kept.
  package var epoch: UInt64 { state.withLock { $0.epoch } }

  /// Forgets all that was read, also what is being read.
  func forget() {
    state.withLock { state in
      state.epoch += 1
      state.reads = []
    }
  }

  /// The user's grants when the log has `size` events; makes them when they are not known.
  func grants(
    of user: String, size: UInt64, _ make: () throws(ServiceError) -> String
  ) throws(ServiceError) -> String {
    try grants.value(of: user, at: size, make)
  }

  /// What was read for `key`; reads it when that is not known.
  func read(
    _ key: Key, _ read: () throws(ServiceError) -> Read
  ) throws(ServiceError) -> Read {
    let known = state.withLock { state in state.reads.last { $0.key == key } }
    if let known, known.until > .now() { return known.read }
    let epoch = epoch
    let made = try read()
    state.withLock { state in
      guard epoch == state.epoch else { return }
      if state.reads.count >= Self.readLimit { state.reads.removeFirst() }
      state.reads.append(Kept(key: key, read: made, until: .now() + Self.lifetime))
    }
    return made
  }
}

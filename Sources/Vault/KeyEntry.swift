package import EventModel

/// What the vault keeps of one data subject's key.
///
/// Bytes: `01 ‖ state ‖ u64 created ‖ …`, then `u32 epoch ‖ wrapped key[40]` while it lives, or
/// `u64 receipt` once destroyed. Docs: docs/format/vault.md.
package struct KeyEntry: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    /// Wrapped under the key of an epoch.
    case living(epoch: UInt32, wrapped: [UInt8])
    /// Gone; the event at `receipt` says why.
    case destroyed(receipt: Position)
  }

  /// How many events the log had when the key was made.
  package let created: Position
  package let state: State

  static let wrappedByteCount = 40

  init(created: Position, state: State) {
    self.created = created
    self.state = state
  }

  /// The entry as the table `keys` has it.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = [1]
    switch state {
    case .living(let epoch, let wrapped):
      bytes.append(1)
      bytes.append(bigEndian: created.rawValue)
      bytes.append(bigEndian: epoch)
      bytes.append(contentsOf: wrapped)
    case .destroyed(let receipt):
      bytes.append(2)
      bytes.append(bigEndian: created.rawValue)
      bytes.append(bigEndian: receipt.rawValue)
    }
    return bytes
  }

  /// Reads what ``bytes`` writes, and refuses all else.
  package init(parsing bytes: Span<UInt8>) throws(VaultError) {
    guard bytes.count >= 18, bytes[0] == 1 else { throw .damaged("an entry has another format") }
    created = Position(bytes.bigEndian(at: 2))
    switch (bytes[1], bytes.count) {
    case (1, 14 + Self.wrappedByteCount):
      state = .living(epoch: bytes.bigEndian(at: 10), wrapped: bytes.copy(14..<bytes.count))
    case (2, 18): state = .destroyed(receipt: Position(bytes.bigEndian(at: 10)))
    default: throw .damaged("an entry has an unknown state")
    }
  }
}

/// What a sealed section says, or why it says nothing.
///
/// Whoever reads it must say what happens without it; never an empty text or a zero in its place.
package enum Sealed<Value> {
  case value(Value)
  /// The key was destroyed, or the section redacted, by the event at this position.
  case erased(receipt: UInt64)
  /// The reader has no right to it, or no key.
  case hidden

  package var value: Value? {
    switch self {
    case .value(let value): value
    case .erased, .hidden: nil
    }
  }
}

extension Sealed: Sendable where Value: Sendable {}
extension Sealed: Equatable where Value: Equatable {}
extension Sealed: Hashable where Value: Hashable {}

/// Personal fields as a reader has them: code must say what it does without them.
package enum Sealed<Value> {
  case value(Value)
  /// Gone for ever: the event at `receipt` destroyed the key or redacted the section.
  case erased(receipt: Position)
  /// There, but this reader has no key or no right to it.
  case hidden
}

extension Sealed: Equatable where Value: Equatable {}
extension Sealed: Hashable where Value: Hashable {}
extension Sealed: Sendable where Value: Sendable {}

extension Sealed {
  /// The value when this reader may see it.
  package var opened: Value? {
    switch self {
    case .value(let value): value
    case .erased, .hidden: nil
    }
  }

  /// Transforms the value, and leaves its absence as it is.
  package func map<Result, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Result
  ) throws(Failure) -> Sealed<Result> {
    switch self {
    case .value(let value): .value(try transform(value))
    case .erased(let receipt): .erased(receipt: receipt)
    case .hidden: .hidden
    }
  }

  /// Transforms the value into what may be absent for its own reason.
  package func flatMap<Result, Failure: Error>(
    _ transform: (Value) throws(Failure) -> Sealed<Result>
  ) throws(Failure) -> Sealed<Result> {
    switch self {
    case .value(let value): try transform(value)
    case .erased(let receipt): .erased(receipt: receipt)
    case .hidden: .hidden
    }
  }
}

/// Where an event stands in the whole log: 0 for the first, without gaps.
package struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The next one; behind the last number there is none, and it stays.
  package var next: Position { Position(rawValue < .max ? rawValue + 1 : .max) }
  package var description: String { String(rawValue) }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where an event stands in its stream: 0 for the first, without gaps.
package struct Revision: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// The next one; behind the last number there is none, and it stays.
  package var next: Revision { Revision(rawValue < .max ? rawValue + 1 : .max) }
  package var description: String { String(rawValue) }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

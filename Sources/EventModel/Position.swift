/// Where an event stands in the whole log: 0 for the first, without gaps.
package struct Position: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  package var next: Position { Position(rawValue + 1) }
  package var description: String { String(rawValue) }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// Where an event stands in its stream: 0 for the first, without gaps.
package struct Revision: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let rawValue: UInt64

  @inlinable
  package init(_ rawValue: UInt64) { self.rawValue = rawValue }

  package var next: Revision { Revision(rawValue + 1) }
  package var description: String { String(rawValue) }

  @inlinable
  package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

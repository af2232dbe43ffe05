/// From when a question is answered.
public enum PointOfView: Sendable, Hashable {
  /// With all that is recorded.
  case now
  /// With what was recorded up to that moment.
  case recorded(Moment)
  /// With what had happened by that moment, whenever it was recorded.
  case effective(Moment)
}

/// A stretch of the history; an end that is `nil` is open.
public struct Period: Sendable, Hashable {
  /// A day counts from its start.
  public var from: Moment?
  /// A day counts to its end.
  public var to: Moment?

  /// From one moment to another, both included.
  public init(from: Moment? = nil, to: Moment? = nil) {
    self.from = from
    self.to = to
  }
}

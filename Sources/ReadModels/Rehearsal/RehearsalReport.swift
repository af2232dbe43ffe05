package import EventModel

/// What came of running today's catalogue, upcasters and projectors over the log.
package struct RehearsalReport: Hashable, Sendable {
  /// An event that could not be read, or that a projector could not take.
  package struct Failure: Hashable, Sendable {
    /// Empty where the event itself can't be read.
    package let model: String
    package let position: Position
    package let type: String
    package let cause: String
  }

  /// Failures of one model and type.
  package struct FailureCount: Hashable, Sendable {
    package let model: String
    package let type: String
    package let count: UInt64
  }

  /// Events of one type.
  package struct TypeCount: Hashable, Sendable {
    package let type: String
    /// In the log.
    package let inLog: UInt64
    /// Run.
    package let run: UInt64
    /// The newest version's type, where it is another; empty where it is this one.
    package let upcastTo: String
    /// The models that read it.
    package let readers: [String]
  }

  /// A field that the catalogue of this program does not have.
  package struct UnmappedField: Hashable, Sendable {
    /// Such as `deed.crm.v1.TicketOpened` and the number.
    package let message: String
    package let number: UInt64
    package let count: UInt64
    package let first: Position
  }

  /// What a model holds after it.
  package struct ModelResult: Hashable, Sendable {
    package let model: String
    package let version: UInt32
    package let events: UInt64
    package let failures: UInt64
    package let rows: UInt64
    /// Of the values alone, reckoned for the whole log where a sample was run.
    package let bytesToCome: UInt64
  }

  package internal(set) var events: UInt64 = 0
  package internal(set) var bytes: UInt64 = 0
  package internal(set) var isSample = false
  package internal(set) var isCancelled = false
  package internal(set) var elapsedMicroseconds: Int64 = 0
  package internal(set) var types: [TypeCount] = []
  /// The first ones by position, at most ``failureLimit``.
  package internal(set) var failures: [Failure] = []
  package internal(set) var failureCounts: [FailureCount] = []
  package internal(set) var unmapped: [UnmappedField] = []
  package internal(set) var models: [ModelResult] = []

  package static let failureLimit = 100

  package var failureCount: UInt64 { failureCounts.reduce(0) { $0 + $1.count } }
  /// Types that no model reads.
  package var unread: [TypeCount] { types.filter(\.readers.isEmpty) }
}

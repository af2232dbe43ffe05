package import EventModel
package import SwiftProtobuf

extension Timestamp {
  /// The moment a message holds; what is finer than a microsecond is dropped.
  package init(_ message: Google_Protobuf_Timestamp) {
    self.init(microseconds: message.seconds &* 1_000_000 &+ Int64(message.nanos / 1000))
  }

  package var message: Google_Protobuf_Timestamp {
    let seconds =
      microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    return .with {
      $0.seconds = seconds
      $0.nanos = Int32(microseconds - seconds * 1_000_000) * 1000
    }
  }
}

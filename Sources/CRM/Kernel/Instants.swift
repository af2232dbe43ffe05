package import EventModel
package import SwiftProtobuf

/// Instants in messages are `google.protobuf.Timestamp`, everywhere else ``Timestamp``.
extension Google_Protobuf_Timestamp {
  package init(_ time: Timestamp) {
    let (seconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    self.init()
    self.seconds = rest < 0 ? seconds - 1 : seconds
    nanos = Int32((rest < 0 ? rest + 1_000_000 : rest) * 1000)
  }

  /// To the microsecond, held at the ends of the range.
  package var timestamp: Timestamp {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    guard !overflow else { return Timestamp(microseconds: seconds < 0 ? .min : .max) }
    return Timestamp(microseconds: product).advanced(byMicroseconds: Int64(nanos) / 1000)
  }
}

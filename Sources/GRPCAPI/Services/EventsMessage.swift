internal import Schema
internal import Service
internal import SwiftProtobuf

/// `SubscribeResponse` with events, of which only the place and the cursor are the subscriber's own:
/// the rest is encoded once for all who get it.
///
/// Fields stand in the order of their numbers, as SwiftProtobuf writes them.
enum EventsMessage {
  private static let eventsTag: UInt8 = 2 << 3 | 2
  private static let eventTag: UInt8 = 1 << 3 | 2
  private static let positionTag: UInt8 = 1 << 3
  private static let cursorTag: UInt8 = 2 << 3 | 2

  static func bytes(_ events: [StreamedEvent]) throws(GRPCStatus) -> [UInt8] {
    let rests = try events.map { event throws(GRPCStatus) in try rest(of: event) }
    let counts = zip(events, rests).map { event, rest in headByteCount(event) + rest.count }
    let total = counts.reduce(0) { $0 + 1 + byteCount(of: UInt64($1)) + $1 }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1 + byteCount(of: UInt64(total)) + total)
    bytes.append(eventsTag)
    append(UInt64(total), to: &bytes)
    for (index, event) in events.enumerated() {
      bytes.append(eventTag)
      append(UInt64(counts[index]), to: &bytes)
      if event.position != 0 {
        bytes.append(positionTag)
        append(event.position, to: &bytes)
      }
      bytes.append(cursorTag)
      append(UInt64(event.cursor.utf8.count), to: &bytes)
      bytes.append(contentsOf: event.cursor.utf8)
      bytes.append(contentsOf: rests[index])
    }
    return bytes
  }

  /// All of an event that is the same for whoever gets it.
  private static func rest(of event: StreamedEvent) throws(GRPCStatus) -> [UInt8] {
    guard let content = event.content else {
      return try StreamsService.encoded(StreamsEvent.with { $0.withheld = true }).get()
    }
    return try content.encoded.value { () throws(GRPCStatus) in
      var message = StreamsEvent(event)
      message.position = 0
      message.cursor = ""
      return try StreamsService.encoded(message).get()
    }
  }

  private static func headByteCount(_ event: StreamedEvent) -> Int {
    let cursor = event.cursor.utf8.count
    return (event.position == 0 ? 0 : 1 + byteCount(of: event.position))
      + 1 + byteCount(of: UInt64(cursor)) + cursor
  }

  private static func byteCount(of varint: UInt64) -> Int {
    max(1, (64 - varint.leadingZeroBitCount + 6) / 7)
  }

  private static func append(_ varint: UInt64, to bytes: inout [UInt8]) {
    var rest = varint
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

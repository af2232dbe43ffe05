internal import Schema
internal import Service
internal import SwiftProtobuf

/// An `umadb.v1.AppendRequest`, read so that each event keeps its bytes as they came.
///
/// The events are not made into messages, which would cost more than recording them.
struct AppendMessage {
  private(set) var events: [StoredEvent] = []
  private(set) var condition: StoreCondition?
  private(set) var tracking: TrackedPosition?

  init(_ bytes: [UInt8]) throws(GRPCStatus) {
    var reader = ProtobufReader(bytes)
    while let field = try reader.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1:
        guard events.count < EventStore.appendLimit else {
          throw GRPCStatus(
            .invalidArgument,
            "An append has \(EventStore.appendLimit) events at the most, and nothing was appended: "
              + "split it.")
        }
        events.append(try Self.event(reader, range))
      case 2: condition = try Self.condition(Array(bytes[range]))
      case 3: tracking = try Self.tracking(Array(bytes[range]))
      default: break
      }
    }
  }

  private static func event(
    _ outer: ProtobufReader, _ range: Range<Int>
  ) throws(GRPCStatus) -> StoredEvent {
    var event = StoredEvent(type: "", tags: [], uuid: "", message: Array(outer.bytes[range]))
    var reader = ProtobufReader(outer.bytes, in: range)
    while let field = try reader.next() {
      guard case .bytes(let part) = field.value else { continue }
      switch field.number {
      case 1: event.type = try reader.text(part)
      case 2: event.tags.append(try reader.text(part))
      case 4: event.uuid = try reader.text(part)
      case 5: try checkMetadata(reader, part)
      default: break
      }
    }
    return event
  }

  /// Clients can't read an event whose texts are no UTF-8: it is refused before it is recorded.
  private static func checkMetadata(
    _ outer: ProtobufReader, _ range: Range<Int>
  ) throws(GRPCStatus) {
    var reader = ProtobufReader(outer.bytes, in: range)
    while let field = try reader.next() {
      if case .bytes(let part) = field.value { _ = try reader.text(part) }
    }
  }

  private static func condition(_ bytes: [UInt8]) throws(GRPCStatus) -> StoreCondition {
    do {
      let condition = try DCBAppendCondition(serializedBytes: bytes)
      return StoreCondition(
        query: StoreQuery(condition.failIfEventsMatch),
        after: condition.hasAfter ? condition.after : nil)
    } catch { throw ProtobufReader.malformed }
  }

  private static func tracking(_ bytes: [UInt8]) throws(GRPCStatus) -> TrackedPosition {
    do {
      let info = try DCBTrackingInfo(serializedBytes: bytes)
      return TrackedPosition(source: info.source, position: info.position)
    } catch { throw ProtobufReader.malformed }
  }
}

extension StoreQuery {
  init(_ query: DCBQuery) {
    self.init(query.items.map { Item(types: $0.types, tags: $0.tags) })
  }
}

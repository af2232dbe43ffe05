/// Something that took a while, as OpenTelemetry has it: where in which trace, what, from when on.
///
/// Names and attributes are those of OpenTelemetry's conventions where it has some. Nothing personal
/// stands in one: no path, no address, no body; records and people not even by their identifiers.
struct TraceSpan: Sendable {
  /// OpenTelemetry's numbers of it.
  enum Kind: Int64, Sendable {
    case inside = 1
    case server = 2
    case client = 3
    case producer = 4
  }

  let name: String
  let kind: Kind
  let place: TraceParent
  /// The span it is a part of; empty for the first one of a trace.
  let parentID: String
  /// Nanoseconds since 1970.
  let start: Int64
  var attributes: [JSON.Member] = []
  /// Whether it went wrong: what a caller did wrong is none of it.
  var isFailed = false

  mutating func set(_ name: String, _ value: String) {
    attributes.append(.init(name: name, value: ["stringValue": .string(value)]))
  }

  /// Integers are texts in OTLP's JSON.
  mutating func set(_ name: String, _ value: Int) {
    attributes.append(.init(name: name, value: ["intValue": .string(String(value))]))
  }

  mutating func set(_ name: String, _ value: Bool) {
    attributes.append(.init(name: name, value: ["boolValue": .boolean(value)]))
  }

  /// As OTLP writes it.
  ///
  /// Source: OpenTelemetry protocol 1.7, `Span`, in its JSON mapping.
  func json(end: Int64) -> JSON {
    var members: [JSON.Member] = [
      .init(name: "traceId", value: .string(place.traceID)),
      .init(name: "spanId", value: .string(place.spanID)),
    ]
    if !parentID.isEmpty {
      members.append(.init(name: "parentSpanId", value: .string(parentID)))
    }
    members += [
      .init(name: "name", value: .string(name)),
      .init(name: "kind", value: .integer(kind.rawValue)),
      .init(name: "startTimeUnixNano", value: .string(String(start))),
      .init(name: "endTimeUnixNano", value: .string(String(max(start, end)))),
      .init(
        name: "attributes",
        value: .array(
          attributes.map { ["key": .string($0.name), "value": $0.value] })),
    ]
    if isFailed { members.append(.init(name: "status", value: ["code": 2])) }
    return .object(members)
  }
}

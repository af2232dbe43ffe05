internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// The log itself: figures, and what C2SP's tools check it with, under `/v1/log`.
enum LogOperations {
  static func all() -> [Operation] {
    [figures, checkpoint, verifierKey, inclusion, consistency, tile]
  }

  private static let figures = Operation.question(
    "getLog", "/v1/log", tag: "log",
    "How many events the log has, how large it is, how far it is indexed.", table: "types"
  ) { _ in { try $0.logStatistics() } }

  private static let verifierKey = Operation.question(
    "getVerifierKey", "/v1/log/key", tag: "log",
    "The key that checkpoints are checked with, as C2SP writes it."
  ) { _ in { try $0.verifierKey() } }

  private static let checkpoint = Operation(
    id: "getCheckpoint", method: .get, path: "/v1/log/checkpoint", tag: "log",
    summary:
      "The newest published checkpoint: a C2SP signed note, with the cosignatures there are. While "
      + "there is news there is a new one each second.", cost: 2,
    success: text("The note, verbatim.")
  ) { call in
    let workspace = call.workspace
    let note = try await call.reading { try workspace.publishedNote() }
    return plain(note, keepFor: "max-age=1")
  }

  private static func size(
    _ name: String, isRequired: Bool, _ summary: String
  )
    -> Operation.Parameter
  {
    .init(name, isRequired: isRequired, schema: Schemas.number, summary)
  }

  private static let inclusion = Operation(
    id: "getInclusionProof", method: .get, path: "/v1/log/proof/inclusion", tag: "log",
    summary: "The proof that an event is in the log: a C2SP tlog-proof, with the checkpoint.",
    parameters: [
      size("index", isRequired: true, "The event's position."),
      size(
        "size", isRequired: false,
        "Of a published checkpoint; else the newest one that covers the event."),
    ], cost: 5, success: text("The file.")
  ) { call in
    let index = try required(call, "index")
    let size = try call.number("size")
    let workspace = call.workspace
    return plain(
      try await call.reading { try workspace.inclusionProofText(of: index, under: size) })
  }

  private static let consistency = Operation(
    id: "getConsistencyProof", method: .get, path: "/v1/log/proof/consistency", tag: "log",
    summary:
      "The proof that the log of the old size is a beginning of that of the new one: a hash a line, "
      + "in the order of RFC 6962; none for equal sizes, and from 0.",
    parameters: [
      size("old", isRequired: true, "Of a published checkpoint, or 0."),
      size("new", isRequired: true, "Of a published checkpoint."),
    ], cost: 5, success: text("The hashes in base64.")
  ) { call in
    let old = try required(call, "old")
    let new = try required(call, "new")
    let workspace = call.workspace
    return plain(
      try await call.reading { try workspace.consistencyProofLines(from: old, to: new) })
  }

  private static let tile = Operation(
    id: "getTile", method: .get, path: "/v1/log/tile/{level}/{index}",
    pattern: "/v1/log/tile/**", tag: "log",
    summary:
      "A tile of the published tree, as C2SP tlog-tiles lays them out under this prefix; anything but "
      + "a tile's one path is 404.",
    parameters: [
      .init(
        "level", in: .path,
        schema: ["type": "string", "pattern": "^(entries|[0-9]|[1-5][0-9]|6[0-3])$"],
        "The level of hashes, 0 to 63, or `entries` for the leaves."),
      .init(
        "index", in: .path, schema: ["type": "string", "minLength": 3, "maxLength": 40],
        "Which tile, in groups of three digits, all but the last with `x`, with slashes between: 067, "
          + "x001/x234/067; a partial one ends in `.p/` and its width."),
    ], cost: 2,
    success: .init(
      contentType: "application/octet-stream", schema: [:],
      summary: "32 bytes a hash; or each leaf's length in two bytes, and the leaf.")
  ) { call in
    let workspace = call.workspace
    let prefix = "/v1/log/"
    let target = call.request.head.path ?? ""
    let path = target.hasPrefix(prefix) ? String(target.dropFirst(prefix.utf8.count)) : ""
    guard let bytes = try await call.reading({ try workspace.tile(at: path) }) else {
      throw Problem(
        404, "STATE.NOT_FOUND",
        "The published tree has no such tile: see /v1/log/checkpoint for its size, and C2SP "
          + "tlog-tiles for the paths.")
    }
    // Whoever reads entries leaves a trace each time, so nobody keeps them on the way.
    let isKept = !path.hasPrefix("tile/entries/")
    return .bytes(
      bytes, contentType: "application/octet-stream",
      headers: isKept ? [.cacheControl: "private, max-age=31536000, immutable"] : [:])
  }

  private static func required(_ call: Call, _ name: String) throws -> UInt64 {
    try Call.number(try call.required(name), name)
  }

  private static func text(_ summary: String) -> Operation.Success {
    .init(contentType: "text/plain", schema: Schemas.text, summary: summary)
  }

  private static func plain(_ text: String, keepFor: String? = nil) -> Response {
    var headers: HTTPFields = [:]
    if let keepFor { headers[.cacheControl] = keepFor }
    return .bytes(
      Array(text.utf8), contentType: "text/plain; charset=utf-8", headers: headers)
  }
}

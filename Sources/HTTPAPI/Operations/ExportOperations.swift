internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Service

/// Events that leave, each export with its purpose, its watermark and its manifest.
enum ExportOperations {
  static func all() -> [Operation] { [export(), manifest()] }

  private static let formats: [String: ExportFormat] = [
    "jsonl": .lines, "cloudevents": .cloudEvents, "csv": .csv,
  ]

  private static let body = Operation.Body(
    schema: [
      "type": "object", "required": ["format", "purpose"], "additionalProperties": false,
      "properties": [
        "format": ["type": "string", "enum": ["jsonl", "cloudevents", "csv"]],
        "purpose": ["type": "string", "minLength": 1, "maxLength": 80],
        "types": ["type": "array", "maxItems": 64, "items": Schemas.identifier],
        "stream": Schemas.identifier,
        "tags": ["type": "array", "maxItems": 64, "items": Schemas.identifier],
        "actor": Schemas.identifier, "from": Schemas.moment, "to": Schemas.moment,
        "approved": Schemas.identifier,
      ],
    ], summary: "Which events, in which form, and why; `approved` names one that waited for it.")

  private static func export() -> Operation {
    Operation(
      id: "exportEvents", method: .post, path: "/v1/export", tag: "events",
      summary:
        "Stream the selected events. That it begins stands in the log before the first byte, and that "
        + "it ended behind the last; a stream that is broken off has no manifest.",
      parameters: [.signedKey, .signatureKey, .signature], body: body, cost: 100,
      success: .init(
        contentType: "application/x-ndjson", schema: Schemas.text,
        summary: "A line an event; the header Deed-Export-Id names the export.",
        others: ["text/csv"]),
      problems: [415]
    ) { call in
      let body = try await call.jsonBody()
      var request = try request(body)
      request.signed = try call.signedRequest(body)
      let session = try await call.workspace.beginExport(request)
      let life = call.isStillLetIn
      return Response(
        status: .ok,
        headers: [
          .contentType: request.format == .csv ? "text/csv; charset=utf-8" : "application/x-ndjson",
          .exportID: session.id, .watermark: session.watermark,
          .link: "</v1/exports/\(session.id)/manifest>; rel=\"describedby\"",
        ],
        body: ResponseBody { writer in
          try await write(session, to: &writer, isStillLetIn: life)
        })
    }
  }

  @concurrent private static func write(
    _ session: ExportSession, to writer: inout any ResponseBodyWriter,
    isStillLetIn: @Sendable () async -> Bool
  ) async throws {
    do {
      while let part = try await session.next() {
        guard await isStillLetIn() else {
          throw ServiceError(.refused, code: "AUTH.KEY", "The key has ended.")
        }
        try await writer.write(ByteBuffer(string: part))
      }
      _ = try await session.finish()
    } catch {
      // The caller sees a body without its end; the log says why.
      try await session.abort((error as? ServiceError)?.code ?? "SERVER.CONNECTION")
      throw error
    }
    try await writer.finish(nil)
  }

  private static func request(_ json: String) throws -> ExportRequest {
    let known: Set<String> = [
      "format", "purpose", "types", "stream", "tags", "actor", "from", "to", "approved",
    ]
    let body = try BodyReader(json, known)
    guard let format = formats[try body.text("format", atMost: 20)] else {
      throw BodyReader.refusal("format is none of jsonl, cloudevents and csv")
    }
    func moment(_ name: String) throws -> Moment? {
      try body.optionalText(name, atMost: 40).map { try Moment($0) }
    }
    let filter = EventFilter(
      period: Period(from: try moment("from"), to: try moment("to")),
      types: try body.texts("types", atMost: 64),
      stream: try body.optionalText("stream", atMost: 200),
      tags: try body.texts("tags", atMost: 64), actor: try body.optionalText("actor", atMost: 200))
    var request = ExportRequest(
      filter, to: "", purpose: try body.text("purpose", atMost: 80),
      approved: try body.optionalText("approved", atMost: 200))
    request.format = format
    return request
  }

  private static func manifest() -> Operation {
    .question(
      "getExportManifest", "/v1/exports/{id}/manifest", tag: "events",
      "What an export wrote: filter, counts, what was withheld, SHA-256.",
      [.init("id", in: .path, schema: Schemas.identifier, "The export's identifier.")]
    ) { call in
      let id = try call.path("id")
      return { try $0.exportManifest(id) }
    }
  }
}

extension HTTPField.Name {
  fileprivate static let exportID = named("Deed-Export-Id")
  fileprivate static let watermark = named("Deed-Watermark-Id")
  fileprivate static let link = named("Link")
}

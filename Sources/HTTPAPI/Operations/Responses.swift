internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Service

extension Response {
  /// JSON, never kept by anybody: it may hold personal data.
  static func json(
    _ json: JSON, status: Int = 200, contentType: String = "application/json",
    headers: HTTPFields = [:]
  ) -> Response {
    .bytes(json.bytes, status: status, contentType: contentType, headers: headers)
  }

  static func bytes(
    _ bytes: [UInt8], status: Int = 200, contentType: String, headers: HTTPFields = [:]
  ) -> Response {
    var fields = headers
    fields[.contentType] = contentType
    return Response(
      status: .init(code: status), headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func problem(_ problem: Problem, headers: HTTPFields = [:]) -> Response {
    .json(
      problem.json, status: problem.status, contentType: "application/problem+json",
      headers: headers)
  }

  /// An answer with its entity tag; nothing but the tag when the caller has it already.
  static func answer(_ answer: Answer, revision: String?, to call: Call) throws -> Response {
    try tagged(JSON(answer).bytes, contentType: "application/json", revision: revision, to: call)
  }

  /// Content with its entity tag: a digest of it, with a record's revision before it.
  ///
  /// The revision alone would be the same for two callers who may see different fields of it.
  static func tagged(
    _ bytes: [UInt8], contentType: String, revision: String? = nil, headers: HTTPFields = [:],
    to call: Call
  ) throws -> Response {
    try tagged(
      bytes, contentType: contentType, tag: tag(of: bytes, revision: revision), headers: headers,
      to: call)
  }

  static func tag(of bytes: [UInt8], revision: String?) -> String {
    let digest = ContentTag.of(bytes)
    return revision.map { "\($0)-\(digest)" } ?? digest
  }

  /// Content with the entity tag that ``tag(of:revision:)`` made of it.
  static func tagged(
    _ bytes: [UInt8], contentType: String, tag: String, headers: HTTPFields = [:], to call: Call
  ) throws -> Response {
    var headers = headers
    headers[.eTag] = "\"\(tag)\""
    if let known = try call.header(.ifNoneMatch), known.holdsTag(tag) {
      return Response(status: .notModified, headers: headers)
    }
    return .bytes(bytes, contentType: contentType, headers: headers)
  }
}

extension String {
  /// Whether this list of entity tags has `tag`, weakly compared.
  fileprivate func holdsTag(_ tag: String) -> Bool {
    if self == "*" { return true }
    return split(separator: ",").contains { entry in
      let text = entry.filter { $0 != " " }
      return text == "\"\(tag)\"" || text == "W/\"\(tag)\""
    }
  }
}

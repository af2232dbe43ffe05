internal import Service

/// Why a request was not carried out, as RFC 9457 has it, with the product's stable code.
struct Problem: Error, Sendable, Hashable {
  let status: Int
  /// Stable, such as `CONFLICT.VERSION`.
  let code: String
  /// One sentence: the thing, the place, the remedy.
  let detail: String

  init(_ status: Int, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }

  init(_ error: ServiceError) {
    code = error.code
    status = Self.status(error.kind, code: error.code)
    // What failed inside stays in the server's log: the sentence could name its folders.
    detail =
      status == 500
      ? "The server failed to answer: its operator finds the reason in its log." : error.sentence
  }

  /// The status that says the same as `code`.
  private static func status(_ kind: ServiceError.Kind, code: String) -> Int {
    switch code {
    case "STATE.NOT_FOUND": return 404
    case "CONFLICT.VERSION": return 412
    case "STORAGE.FULL": return 507
    case "STORAGE.CLOSED", "MODEL.BUSY": return 503
    case "STATE.NOT_AVAILABLE": return 501
    case "QUOTA.EXCEEDED": return 429
    default: break
    }
    switch code.prefix(while: { $0 != "." }) {
    case "VALIDATION": return 422
    case "STATE", "CONFLICT", "OWNERSHIP": return 409
    case "PERMISSION": return 403
    case "LOCKED": return 423
    default: break
    }
    switch kind {
    case .usage: return 400
    case .refused: return 409
    case .notVerified, .failed: return 500
    }
  }

  var json: JSON {
    [
      "type": .string("urn:deed:problem:\(code)"), "title": .string(Self.title(status)),
      "status": .integer(Int64(status)), "code": .string(code), "detail": .string(detail),
    ]
  }

  /// What the status says, in the words of RFC 9110 and its relatives.
  static func title(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 409: "Conflict"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 423: "Locked"
    case 429: "Too Many Requests"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 507: "Insufficient Storage"
    default: "Internal Server Error"
    }
  }
}

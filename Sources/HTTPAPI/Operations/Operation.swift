internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore

/// One thing that the server does at one path: what it takes, what it answers, and how.
///
/// Routes and the OpenAPI document are both made of these, so that neither has what the other
/// lacks.
struct Operation: Sendable {
  enum Method: String, Sendable {
    case get, post

    var http: HTTPRequest.Method {
      switch self {
      case .get: .get
      case .post: .post
      }
    }
  }

  /// What a caller must be let in for.
  enum Access: Sendable {
    /// Nothing: monitors ask without a key.
    case open
    case read
    case write
    /// The one-time token of `deed init`, and nothing else.
    case setUp
  }

  /// Something a request may say beside its body.
  struct Parameter: Sendable {
    enum Place: String, Sendable { case path, query, header }

    let name: String
    let place: Place
    let isRequired: Bool
    /// May stand several times.
    let isRepeated: Bool
    let schema: JSON
    let summary: String

    init(
      _ name: String, in place: Place = .query, isRequired: Bool = false, isRepeated: Bool = false,
      schema: JSON, _ summary: String
    ) {
      self.name = name
      self.place = place
      self.isRequired = isRequired || place == .path
      self.isRepeated = isRepeated
      self.schema = schema
      self.summary = summary
    }
  }

  /// What it answers when it is done.
  struct Success: Sendable {
    var status = 200
    let contentType: String
    let schema: JSON
    let summary: String
    /// Further content types that it may have.
    var others: [String] = []

    /// JSON of this schema.
    static func json(_ schema: JSON = Schemas.anything, _ summary: String) -> Self {
      Self(contentType: "application/json", schema: schema, summary: summary)
    }
  }

  /// The request's JSON body.
  struct Body: Sendable {
    let schema: JSON
    let summary: String
    var isRequired = true
  }

  let id: String
  let method: Method
  /// Such as `/v1/accounts/{id}`.
  let path: String
  /// The router's pattern, where that is another; the operation answers 404 for what isn't its own,
  /// and looks at the request's target as it came.
  var pattern: String?
  let tag: String
  let summary: String
  var parameters: [Parameter] = []
  var body: Body?
  var access = Access.read
  /// How many requests it counts for where callers are limited.
  var cost = 1
  let success: Success
  /// The statuses of its problems beside those that any may have.
  var problems: [Int] = []
  let handle: @Sendable (Call) async throws -> Response

  /// What the router compares paths with.
  var route: String { pattern ?? path }
}

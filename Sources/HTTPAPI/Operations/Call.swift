internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import NIOPosix
internal import Service

/// One request on its way through an operation.
struct Call: Sendable {
  let request: Request
  let context: APIContext
  let operation: Operation
  /// The workspace, as the caller may use it.
  let workspace: Workspace
  /// Whether the caller is still let in: asked again and again by what lasts.
  let isStillLetIn: @Sendable () async -> Bool
  /// The most bytes of its body.
  let bodyByteLimit: Int
  let tracer: Tracer?
  /// Where in a trace it stands: its own span's place, or what its caller said; `nil` for nowhere.
  let place: TraceParent?

  /// Refuses what the operation doesn't know, and what stands twice.
  init(
    _ request: Request, _ context: APIContext, _ operation: Operation, _ caller: Caller,
    bodyByteLimit: Int, tracer: Tracer? = nil, place: TraceParent? = nil
  ) throws {
    self.bodyByteLimit = bodyByteLimit
    self.tracer = tracer
    self.place = place
    self.request = request
    self.context = context
    self.operation = operation
    workspace = caller.workspace
    isStillLetIn = caller.isStillLetIn
    // Who looks at the whole target refuses its parameters with it.
    guard request.uri.query != nil, operation.pattern == nil else { return }
    let known = operation.parameters.filter { $0.place == .query }
    var seen: Set<String> = []
    for (key, _) in request.uri.queryParameters {
      let name = String(key)
      guard let parameter = known.first(where: { $0.name == name }) else {
        throw Problem(
          400, "VALIDATION.PARAMETER",
          "There is no parameter “\(name.prefix(40))” here: there are "
            + "\(known.isEmpty ? "none" : known.map(\.name).joined(separator: ", ")).")
      }
      guard seen.insert(name).inserted || parameter.isRepeated else {
        throw Problem(
          400, "VALIDATION.PARAMETER", "“\(parameter.name)” stands twice: give it once.")
      }
    }
  }

  /// The value of a parameter in the path.
  func path(_ name: String) throws -> String {
    guard let raw = context.parameters.get(name), let text = Self.decoded(raw), !text.isEmpty,
      text.utf8.count <= 300
    else { throw Problem(400, "VALIDATION.PATH", "The path's \(name) can't be read.") }
    return text
  }

  private static func decoded(_ text: String) -> String? {
    text.utf8.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding : text
  }

  /// The value of a query parameter; `nil` when it is not given.
  func query(_ name: String) -> String? {
    request.uri.queryParameters.first { $0.key == name[...] }.map { String($0.value) }
  }

  /// All values of a query parameter.
  func queries(_ name: String) throws -> [String] {
    let values = request.uri.queryParameters.filter { $0.key == name[...] }
      .map { String($0.value) }
    guard values.count <= Self.valueLimit else {
      throw Problem(
        400, "VALIDATION.PARAMETER", "“\(name)” has more than \(Self.valueLimit) values.")
    }
    return values
  }

  static let valueLimit = 64

  /// `true` or `false`; false when it is not given.
  func flag(_ name: String) throws -> Bool {
    switch query(name) {
    case nil, "false"?: return false
    case "true"?: return true
    case .some: throw Problem(400, "VALIDATION.PARAMETER", "\(name) is neither true nor false.")
    }
  }

  /// A number in decimal digits, without a sign and without leading zeros.
  func number(_ name: String) throws -> UInt64? {
    try query(name).map { try Self.number($0, name) }
  }

  static func number(_ text: String, _ name: String) throws -> UInt64 {
    let digits = text.utf8
    guard (1...18).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
      digits.count == 1 || digits.first != UInt8(ascii: "0"), let number = UInt64(text)
    else {
      throw Problem(
        400, "VALIDATION.NUMBER", "\(name) is no number: give decimal digits, such as 120.")
    }
    return number
  }

  /// How many are wanted.
  func limit(_ usual: Int, greatest: Int) throws -> Int {
    guard let number = try number("limit") else { return usual }
    guard (1...UInt64(greatest)).contains(number) else {
      throw Problem(400, "VALIDATION.LIMIT", "limit is not within 1 to \(greatest).")
    }
    return Int(number)
  }

  func moment(_ name: String) throws -> Moment? {
    guard let text = query(name) else { return nil }
    do throws(ServiceError) { return try Moment(text) } catch {
      throw Problem(400, error.code, error.sentence)
    }
  }

  func period() throws -> Period { Period(from: try moment("from"), to: try moment("to")) }

  /// As of when: `as-of` by what was recorded, `effective` by what is said to have happened.
  func view() throws -> PointOfView {
    let recorded = try moment("as-of")
    let effective = try moment("effective")
    if let recorded, effective == nil { return .recorded(recorded) }
    if let effective, recorded == nil { return .effective(effective) }
    guard recorded == nil else {
      throw Problem(400, "VALIDATION.PARAMETER", "Give as-of or effective, not both.")
    }
    return .now
  }

  /// A header's one value.
  func header(_ name: HTTPField.Name) throws -> String? {
    let values = request.headers[values: name]
    guard values.count <= 1 else {
      throw Problem(
        400, "VALIDATION.HEADER", "The header \(name.rawName) stands twice: give it once.")
    }
    return values.first
  }

  /// The JSON body as text.
  func jsonBody() async throws -> String {
    guard Self.isJSON(try header(.contentType) ?? "") else {
      throw Problem(415, "VALIDATION.CONTENT_TYPE", "The body is no application/json: send JSON.")
    }
    let buffer: ByteBuffer
    do { buffer = try await request.body.collect(upTo: bodyByteLimit) } catch {
      guard error is NIOTooManyBytesError else { throw error }
      throw Problem(413, "VALIDATION.BODY", "The body has more than \(bodyByteLimit) bytes.")
    }
    guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
      throw Problem(400, "VALIDATION.BODY", "The body is no UTF-8.")
    }
    return text
  }

  private static func isJSON(_ type: String) -> Bool {
    if type == "application/json" { return true }
    let essence = type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    return essence == "application/json"
  }

  /// Runs what reads files on a thread that may wait.
  func reading<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    let workspace = workspace
    return try await NIOThreadPool.singleton.runIfActive {
      workspace.awaitAccessLog()
      return try body()
    }
  }
}

/// What a request carries beside itself.
struct APIContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The caller's address as the connection has it; headers say nothing of it.
  let remoteAddress: String

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    remoteAddress = source.channel.remoteAddress?.ipAddress ?? ""
  }
}

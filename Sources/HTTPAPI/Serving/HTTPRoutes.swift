internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import Service

/// All operations of a server on their paths, with what holds for each: hosts, problems, figures.
struct HTTPRoutes: Sendable {
  let door: Door
  let life: ServerLife
  let options: HTTPServer.Options
  let watch: HealthWatch

  /// Where keys are kept, if there are any.
  private var keys: APIKeyRing? {
    if case .bearer(let keys, _) = door.authentication { keys } else { nil }
  }

  /// What a server of a CRM's workspace can do.
  var operations: [Operation] {
    let operations =
      StateOperations.all(watch, life, options) + CommandOperations.all()
      + RecordOperations.all()
      + EventOperations.all(life, streamLimit: options.limits.streams) + ReportOperations.all()
      + LogOperations.all() + AuditOperations.all() + ExportOperations.all()
      + ActorKeyOperations.all()
      + WorkOperations.all() + InsightOperations.all() + EvidenceOperations.all()
      + ModelOperations.all()
      + AdminOperations.all(keys, backupFolder: options.backupFolder)
      + StreamOperations.all(life, streamLimit: options.limits.streams)
      + SubscriptionOperations.all()
    return operations + [Self.description(of: operations)]
  }

  /// The OpenAPI document, which describes itself too.
  private static func description(of operations: [Operation]) -> Operation {
    func operation(_ document: OpenAPIDocument.Kept) -> Operation {
      Operation(
        id: "getDescription", method: .get, path: "/openapi.json", tag: "state",
        summary: "This description.",
        success: .init(
          contentType: "application/json", schema: Schemas.anything,
          summary: "An OpenAPI 3.1 document.")
      ) { _ in .bytes(document.bytes, contentType: "application/json") }
    }
    return operation(.init(operations + [operation(.init([]))]))
  }

  /// Those that HTTP itself has.
  fileprivate static let methods: [HTTPRequest.Method] = [
    .get, .post, .put, .patch, .delete, .head, .options, .trace,
  ]

  var responder: some HTTPResponder<APIContext> {
    let router = Router(context: APIContext.self)
    let operations = operations
    var methods: [String: Set<String>] = [:]
    for operation in operations {
      methods[operation.route, default: []].insert(operation.method.rawValue.uppercased())
    }
    for operation in operations {
      router.on(RouterPath(operation.route), method: operation.method.http) { request, context in
        await carryOut(operation, request, context)
      }
    }
    for (path, allowed) in methods {
      for method in Self.methods where !allowed.contains(method.rawValue) {
        let allow = allowed.sorted().joined(separator: ", ")
        router.on(RouterPath(path), method: method) { _, _ in
          Response.problem(
            Problem(405, "VALIDATION.METHOD", "This path takes \(allow)."),
            headers: [.allow: allow])
        }
      }
    }
    return OuterLayer(inner: router.buildResponder(), options: options)
  }

  private func carryOut(
    _ operation: Operation, _ request: Request, _ context: APIContext
  ) async -> Response {
    let start = ContinuousClock.now
    let id = life.nextRequestID()
    let parent = Self.parent(of: request)
    var span = options.tracer?.begin(
      "\(operation.method.rawValue.uppercased()) \(operation.path)", .server, within: parent)
    let place = span?.place ?? parent
    var response: Response
    var name = ""
    do {
      let caller = try await door.letIn(request, from: context.remoteAddress, for: operation)
      name = caller.name
      let limits = options.limits
      let call = try Call(
        request, context, operation, caller,
        bodyByteLimit: operation.id == "carryOutCommands" ? limits.bulkBodyBytes : limits.bodyBytes,
        tracer: options.tracer, place: place)
      response = try await operation.handle(call)
    } catch {
      let problem = Problem(answering: error)
      response = answer(problem, error, operation)
      span?.set("deed.problem.code", problem.code)
    }
    let took = ContinuousClock.now - start
    response.headers[.requestID] = id
    if var span {
      span.set("http.request.method", operation.method.rawValue.uppercased())
      span.set("http.route", operation.path)
      span.set("http.response.status_code", response.status.code)
      span.set("deed.request.id", id)
      span.isFailed = response.status.code >= 500
      if span.isFailed { span.set("error.type", String(response.status.code)) }
      options.tracer?.end(span)
    }
    life.figures.add(.init(operation: operation.id, status: response.status.code), took: took)
    life.logger.info(
      "request",
      metadata: [
        "request": "\(id)", "operation": "\(operation.id)",
        "status": "\(response.status.code)", "caller": "\(name)",
        "trace": "\(place?.traceID ?? "")",
        "milliseconds":
          "\(took.components.seconds * 1_000 + took.components.attoseconds / 1_000_000_000_000_000)",
      ])
    return response
  }

  /// Where its caller stands in a trace.
  private static func parent(of request: Request) -> TraceParent? {
    let values = request.headers[values: .traceParent]
    return values.count == 1 ? TraceParent(values[0]) : nil
  }

  /// The problem that a caller is told; what failed inside is for the log.
  private func answer(
    _ problem: Problem, _ error: any Error, _ operation: Operation
  ) -> Response {
    if problem.status >= 500 {
      life.logger.error(
        "failed", metadata: ["operation": "\(operation.id)", "error": "\(error)"])
    }
    switch problem.status {
    case 401: return .problem(problem, headers: [.wwwAuthenticate: "Bearer"])
    case 429, 503: return .problem(problem, headers: [.retryAfter: "1"])
    default: return .problem(problem)
    }
  }
}

extension Problem {
  /// What a caller is told of `error`.
  init(answering error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as ServiceError: self.init(error)
    case is NIOTooManyBytesError:
      self.init(413, "VALIDATION.BODY", "The body has more bytes than it may.")
    case let error as any HTTPResponseError where error.status == .notFound:
      self.init(404, "VALIDATION.PATH", "There is nothing at this path: see /openapi.json.")
    case let error as any HTTPResponseError:
      self.init(
        error.status.code, "VALIDATION.REQUEST", "The request can't be answered as it stands.")
    default:
      self.init(
        500, "SERVER.FAILED",
        "The server failed to answer: its operator finds the reason in its log.")
    }
  }
}

/// What holds for every request, also one to no path.
private struct OuterLayer<Inner: HTTPResponder<APIContext>>: HTTPResponder {
  let inner: Inner
  let options: HTTPServer.Options

  func respond(to request: Request, context: APIContext) async throws -> Response {
    var response: Response
    if options.acceptsLoopbackHostsOnly, !Self.isLoopback(request.head.authority) {
      response = .problem(
        Problem(421, "VALIDATION.HOST", "Without authentication only loopback hosts are served."))
    } else {
      do {
        response = try await inner.respond(to: Self.known(request), context: context)
      } catch {
        response = .problem(Problem(answering: error))
      }
      if response.status == .notFound, response.headers[.contentType] == nil {
        response = .problem(
          request.uri.path.hasPrefix("/v1/commands/")
            ? Problem(
              404, "VALIDATION.COMMAND",
              "There is no command of this name: GET /v1/commands lists them.")
            : Problem(404, "VALIDATION.PATH", "There is nothing at this path: see /openapi.json."))
      }
    }
    response.headers[.xContentTypeOptions] = "nosniff"
    // What may be kept says so itself: it holds nothing personal.
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    return response
  }

  /// A method that nobody has is refused like one that its path doesn't have.
  private static func known(_ request: Request) -> Request {
    guard !HTTPRoutes.methods.contains(request.method) else { return request }
    var head = request.head
    head.method = .put
    return Request(head: head, body: request.body)
  }

  /// `127.0.0.1:8080`, `localhost`, `[::1]:8080`.
  static func isLoopback(_ authority: String?) -> Bool {
    guard let authority else { return false }
    if authority.hasPrefix("[::1]") { return true }
    let name = authority.utf8.prefix { $0 != UInt8(ascii: ":") }
    if name.elementsEqual("127.0.0.1".utf8) { return true }
    let host = authority.prefix { $0 != ":" }.lowercased()
    if host == "localhost" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension HTTPField.Name {
  /// Ties an answer to its line in the log.
  static let requestID = named("X-Request-Id")
  /// W3C Trace Context.
  static let traceParent = named("traceparent")
  static let idempotencyKey = named("Idempotency-Key")
  static let lastEventID = named("Last-Event-ID")
  static let occurredAt = named("X-Occurred-At")
  static let onBehalfOf = named("X-On-Behalf-Of")
  static let prefer = named("Prefer")
  static let reasonCode = named("X-Reason-Code")
  static let reasonText = named("X-Reason-Text")
  static let signature = named("X-Signature")
  static let signatureKey = named("X-Signature-Key")

  static func named(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field's name") }
    return name
  }
}

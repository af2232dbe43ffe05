internal import Schema
package import Service
internal import SwiftProtobuf

/// `umadb.v1.DCB`: the store of a workspace for its clients in many languages.
package struct DCBService: GRPCService {
  private let store: EventStore
  private let keys: APIKeyRing?

  /// Serves `store` to whoever has one of `keys`; to everybody without them.
  package init(store: EventStore, keys: APIKeyRing?) {
    self.store = store
    self.keys = keys
  }

  package func method(at path: String, for head: CallHead) throws(GRPCStatus) -> GRPCMethod? {
    guard path.hasPrefix("/umadb.v1.DCB/") else { return nil }
    let (store, isLetIn) = try letIn(head, path)
    switch path {
    case "/umadb.v1.DCB/Append":
      return .unary { message, answer in Self.append(message, to: store, answer) }
    case "/umadb.v1.DCB/Head":
      return .unary { message, answer in answer(Self.head(message, of: store)) }
    case "/umadb.v1.DCB/GetTrackingInfo":
      return .unary { message, answer in answer(Self.tracking(message, of: store)) }
    case "/umadb.v1.DCB/Read":
      return .serverStreaming { message throws(GRPCStatus) in
        try ReadSource(Self.decoded(message), of: store, isLetIn)
      }
    case "/umadb.v1.DCB/Subscribe":
      return .serverStreaming { message throws(GRPCStatus) in
        try SubscriptionSource(
          Self.decoded(message) as DCBSubscribeRequest, of: store, isLetIn)
      }
    default: return nil
    }
  }

  package func requestByteLimit(at path: String) -> Int {
    path == "/umadb.v1.DCB/Append" ? .max : 1 << 20
  }

  /// The store as the caller may use it, and whether they are still let in.
  private func letIn(
    _ head: CallHead, _ path: String
  ) throws(GRPCStatus) -> (EventStore, @Sendable () -> Bool) {
    guard let keys else { return (store, { true }) }
    do throws(ServiceError) {
      let text = head.authorization ?? ""
      guard text.utf8.count <= 200, text.prefix(7).lowercased() == "bearer ",
        let key = try keys.holder(of: String(text.dropFirst(7)))
      else {
        throw ServiceError(
          .refused, code: "AUTH.KEY",
          "The call has no valid key: send authorization: Bearer deed_….")
      }
      let needed: APIKeyScope = path == "/umadb.v1.DCB/Append" ? .write : .read
      guard key.scopes.contains(needed) else {
        throw ServiceError(
          .refused, code: "PERMISSION.SCOPE",
          "The key \(key.id) has not the scope \(needed.rawValue): make another.")
      }
      let identifier = key.id
      return (
        try store.acting(as: key.userID),
        {
          // Who can't be checked is not let in.
          do throws(ServiceError) { return try keys.isValid(identifier) } catch { return false }
        }
      )
    } catch { throw GRPCStatus(error) }
  }

  private static func append(
    _ message: [UInt8], to store: EventStore,
    _ answer: @escaping @Sendable (Result<[UInt8], GRPCStatus>) -> Void
  ) {
    let request: AppendMessage
    do throws(GRPCStatus) {
      request = try AppendMessage(message)
    } catch { return answer(.failure(error)) }
    store.append(request.events, condition: request.condition, tracking: request.tracking) {
      switch $0 {
      case .success(let position):
        answer(encoded(DCBAppendResponse.with { $0.position = position }))
      case .failure(let error): answer(.failure(GRPCStatus(error)))
      }
    }
  }

  private static func head(_ message: [UInt8], of store: EventStore) -> Result<[UInt8], GRPCStatus>
  {
    do throws(GRPCStatus) {
      _ = try decoded(message) as DCBHeadRequest
    } catch { return .failure(error) }
    var response = DCBHeadResponse()
    if let head = store.head { response.position = head }
    return encoded(response)
  }

  private static func tracking(
    _ message: [UInt8], of store: EventStore
  ) -> Result<[UInt8], GRPCStatus> {
    let request: DCBTrackingRequest
    do throws(GRPCStatus) {
      request = try decoded(message)
    } catch { return .failure(error) }
    var response = DCBTrackingResponse()
    do throws(ServiceError) {
      if let position = try store.trackedPosition(of: request.source) {
        response.position = position
      }
    } catch { return .failure(GRPCStatus(error)) }
    return encoded(response)
  }

  private static func decoded<Message: SwiftProtobuf.Message>(
    _ bytes: [UInt8]
  ) throws(GRPCStatus) -> Message {
    do {
      return try Message(serializedBytes: bytes)
    } catch { throw ProtobufReader.malformed }
  }

  private static func encoded(_ message: some SwiftProtobuf.Message) -> Result<[UInt8], GRPCStatus>
  {
    do {
      return .success(try message.serializedBytes())
    } catch {
      return .failure(GRPCStatus(.internalError, "The answer could not be encoded."))
    }
  }
}

extension GRPCStatus {
  /// A refusal with its stable code, and for clients of `umadb.v1` the kind they know.
  package init(_ error: ServiceError) {
    let (code, kind): (Code, DCBErrorResponse.ErrorType) =
      switch (error.kind, error.code) {
      case (_, "DCB.CONDITION"), (_, "DCB.TRACKING"): (.failedPrecondition, .integrity)
      case (_, "AUTH.KEY"): (.unauthenticated, .authentication)
      case (_, "PERMISSION.SCOPE"), (_, "PERMISSION.DENIED"): (.permissionDenied, .authentication)
      case (_, "SUBSCRIPTION.GRANTS"): (.permissionDenied, .authentication)
      case (_, "SUBSCRIPTION.LAG"): (.resourceExhausted, .invalidArgument)
      case (_, "STATE.NOT_FOUND"): (.notFound, .invalidArgument)
      case (_, "STORAGE.FULL"): (.resourceExhausted, .io)
      case (_, "STORAGE.CLOSED"): (.unavailable, .io)
      case (.usage, _): (.invalidArgument, .invalidArgument)
      case (.refused, _): (.failedPrecondition, .invalidArgument)
      case (.notVerified, _): (.dataLoss, .corruption)
      case (.failed, _): (.internalError, .internal)
      }
    let response = DCBErrorResponse.with {
      $0.message = error.description
      $0.errorType = kind
    }
    do {
      self.init(code, error.description, details: try response.serializedBytes())
    } catch {
      preconditionFailure("a message of a text and a number can be encoded: \(error)")
    }
  }
}

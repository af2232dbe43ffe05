internal import Schema
package import Service
internal import SwiftProtobuf

/// `deed.streams.v1.Streams`: a CRM's events for services that must not miss one.
package struct StreamsService: GRPCService {
  private let workspace: Workspace
  private let keys: APIKeyRing?

  /// Serves `workspace` to whoever has one of `keys`; to everybody without them.
  package init(workspace: Workspace, keys: APIKeyRing?) {
    self.workspace = workspace
    self.keys = keys
  }

  package func method(at path: String, for head: CallHead) throws(GRPCStatus) -> GRPCMethod? {
    guard path.hasPrefix("/deed.streams.v1.Streams/") else { return nil }
    let caller = try letIn(head)
    switch path {
    case "/deed.streams.v1.Streams/Subscribe":
      return .serverStreaming { message throws(GRPCStatus) in
        try EventStreamSource(Self.decoded(message), for: caller)
      }
    case "/deed.streams.v1.Streams/Consume":
      return .serverStreaming { message throws(GRPCStatus) in
        ConsumerSource(try Self.decoded(message), for: caller)
      }
    case "/deed.streams.v1.Streams/Settle":
      return .unary { message, answer in Self.settle(message, for: caller, answer) }
    default: return nil
    }
  }

  package func requestByteLimit(at path: String) -> Int { 1 << 20 }

  private func letIn(_ head: CallHead) throws(GRPCStatus) -> StreamCaller {
    do throws(ServiceError) {
      guard let keys else {
        // Who opened it is found out once a call, not at every step.
        return StreamCaller(workspace: try workspace.opened(over: .api)) { true }
      }
      let text = head.authorization ?? ""
      guard text.utf8.count <= 200, text.prefix(7).lowercased() == "bearer ",
        let key = try keys.holder(of: String(text.dropFirst(7)))
      else {
        throw ServiceError(
          .refused, code: "AUTH.KEY",
          "The call has no valid key: send authorization: Bearer deed_….")
      }
      guard key.scopes.contains(.read) else {
        throw ServiceError(
          .refused, code: "PERMISSION.SCOPE",
          "The key \(key.id) has not the scope read: make another.")
      }
      let identifier = key.id
      let principal = Principal(
        key.userID, kind: .apiClient, channel: .api, authenticationMethod: "apiKey")
      return StreamCaller(workspace: try workspace.acting(as: principal)) {
        // Who can't be checked is not let in.
        do throws(ServiceError) { return try keys.isValid(identifier) } catch { return false }
      }
    } catch { throw GRPCStatus(error) }
  }

  private static func settle(
    _ message: [UInt8], for caller: StreamCaller,
    _ answer: @escaping @Sendable (Result<[UInt8], GRPCStatus>) -> Void
  ) {
    let request: StreamsSettleRequest
    let answers: [(position: UInt64, answer: DeliveryAnswer)]
    do throws(GRPCStatus) {
      request = try decoded(message)
      answers = try request.answers.map { text throws(GRPCStatus) in
        (text.position, try DeliveryAnswer(text))
      }
    } catch { return answer(.failure(error)) }
    Task {
      do throws(ServiceError) {
        let stale = try await caller.workspace.settle(
          request.group, consumer: request.consumerID, answers)
        answer(encoded(StreamsSettleResponse.with { $0.stale = stale }))
      } catch { answer(.failure(GRPCStatus(error))) }
    }
  }

  static func decoded<Message: SwiftProtobuf.Message>(
    _ bytes: [UInt8]
  ) throws(GRPCStatus) -> Message {
    do {
      return try Message(serializedBytes: bytes)
    } catch { throw ProtobufReader.malformed }
  }

  static func encoded(_ message: some SwiftProtobuf.Message) -> Result<[UInt8], GRPCStatus> {
    do {
      return .success(try message.serializedBytes())
    } catch {
      return .failure(GRPCStatus(.internalError, "The answer could not be encoded."))
    }
  }
}

/// Who follows, and whether it still may.
struct StreamCaller: Sendable {
  let workspace: Workspace
  let isLetIn: @Sendable () -> Bool

  func check() throws(GRPCStatus) {
    guard isLetIn() else {
      throw GRPCStatus(.permissionDenied, "The key was revoked, or has expired.")
    }
  }
}

extension DeliveryAnswer {
  init(_ answer: StreamsAnswer) throws(GRPCStatus) {
    switch answer.kind {
    case .done: self = .done
    case .retry:
      self = .retry(
        reason: answer.reason.isEmpty ? "the consumer asked for it" : answer.reason,
        seconds: answer.hasSeconds ? Int64(answer.seconds) : nil)
    case .park:
      self = .park(reason: answer.reason.isEmpty ? "the consumer asked for it" : answer.reason)
    case .skip: self = .skip
    case .extend:
      guard answer.hasSeconds else {
        throw GRPCStatus(.invalidArgument, "An extension says for how many seconds it is.")
      }
      self = .extend(seconds: Int64(answer.seconds))
    case .unspecified, .UNRECOGNIZED:
      throw GRPCStatus(
        .invalidArgument, "The answer to \(answer.position) is of no kind that this server knows.")
    }
  }
}

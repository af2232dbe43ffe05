/// `grpc.health.v1.Health`: whether a service answers.
///
/// Source: grpc/doc/health-checking.md; its messages have one field each.
package struct HealthService: GRPCService {
  private let names: Set<String>
  private let isServing: @Sendable () -> Bool

  /// - Parameters:
  ///   - names: the services there are, beside the server as a whole.
  ///   - isServing: whether they answer now.
  package init(names: Set<String>, isServing: @escaping @Sendable () -> Bool) {
    self.names = names.union(["", "grpc.health.v1.Health"])
    self.isServing = isServing
  }

  private enum Status: UInt8 {
    case serving = 1
    case notServing = 2
    case unknownService = 3

    /// A `HealthCheckResponse`.
    var message: [UInt8] { [1 << 3, rawValue] }
  }

  package func method(at path: String, for head: CallHead) -> GRPCMethod? {
    let names = names
    let isServing = isServing
    switch path {
    case "/grpc.health.v1.Health/Check":
      return .unary { message, answer in
        do throws(GRPCStatus) {
          guard names.contains(try Self.service(message)) else {
            throw GRPCStatus(.notFound, "There is no service of this name.")
          }
          let status = isServing() ? Status.serving : .notServing
          answer(.success(status.message))
        } catch { answer(.failure(error)) }
      }
    case "/grpc.health.v1.Health/Watch":
      return .serverStreaming { message throws(GRPCStatus) in
        let isKnown = names.contains(try Self.service(message))
        return WatchSource { isKnown ? (isServing() ? .serving : .notServing) : .unknownService }
      }
    default: return nil
    }
  }

  /// It is asked without a key: a name is short.
  package func requestByteLimit(at path: String) -> Int { 4 << 10 }

  /// The name that a `HealthCheckRequest` asks for.
  private static func service(_ message: [UInt8]) throws(GRPCStatus) -> String {
    var reader = ProtobufReader(message)
    var name = ""
    while let field = try reader.next() {
      if field.number == 1, case .bytes(let range) = field.value { name = try reader.text(range) }
    }
    return name
  }

  /// Says the status at first, and whenever it is another one.
  private final class WatchSource: ResponseSource {
    private let status: () -> Status
    private var said: Status?

    init(_ status: @escaping () -> Status) { self.status = status }

    func next() throws(GRPCStatus) -> ResponseStep {
      let now = status()
      guard now == said else {
        said = now
        return .message(now.message)
      }
      return .wait {
        do {
          try await Task.sleep(for: .seconds(1))
          return true
        } catch {
          // Cancelled: the caller is gone.
          return false
        }
      }
    }
  }
}

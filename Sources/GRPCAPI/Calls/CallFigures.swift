internal import Synchronization

/// How many calls there were of each method, by their status.
package final class CallFigures: Sendable {
  private struct Key: Hashable {
    let method: String
    let code: Int
  }

  // As many keys as methods have statuses: bounded by the code, not by callers.
  private let counts = Mutex<[Key: Int]>([:])

  package init() {}

  /// A call of `method` ended; of no method that there is when `nil`.
  func add(_ method: String?, _ code: GRPCStatus.Code) {
    let key = Key(method: method ?? "other", code: Int(code.rawValue))
    counts.withLock { $0[key, default: 0] += 1 }
  }

  /// In Prometheus' text form.
  package var text: String {
    let rows = counts.withLock { $0 }.sorted {
      ($0.key.method, $0.key.code) < ($1.key.method, $1.key.code)
    }
    let lines = rows.map { row in
      "deed_grpc_calls_total{method=\"\(row.key.method)\",code=\"\(row.key.code)\"} \(row.value)\n"
    }
    return "# HELP deed_grpc_calls_total Calls over gRPC that ended.\n"
      + "# TYPE deed_grpc_calls_total counter\n" + lines.joined()
  }
}

import GRPCAPI
import Synchronization

/// Methods that answer, wait, never end, and fail.
final class TrialService: GRPCService {
  /// Answers that are held back.
  let held = Mutex<[@Sendable (Result<[UInt8], GRPCStatus>) -> Void]>([])
  /// How many messages of `Pour` were made.
  let poured = Atomic(0)
  /// Something happened that a test waits for: a held call came, a stream's source was let go of.
  private let news: AsyncStream<String>
  private let tell: AsyncStream<String>.Continuation

  init() { (news, tell) = AsyncStream.makeStream(of: String.self) }

  static let failure = "100 % wrong: ä"

  func method(at path: String, for head: CallHead) throws(GRPCStatus) -> GRPCMethod? {
    switch path {
    case "/trial.T/Echo": return .unary { message, answer in answer(.success(message)) }
    case "/trial.T/Fail":
      return .unary { _, answer in
        answer(.failure(GRPCStatus(.internalError, Self.failure, details: [1])))
      }
    case "/trial.T/Hold":
      return .unary { [self] _, answer in
        held.withLock { $0.append(answer) }
        tell.yield("held")
      }
    case "/trial.T/Pour": return .serverStreaming { [self] _ in PourSource(self) }
    case "/trial.T/Barred":
      return .serverStreaming { [self] _ in WaitSource(self, forSeconds: 3_600, isBarred: true) }
    case "/trial.T/Wait": return .serverStreaming { [self] _ in WaitSource(self) }
    case "/trial.T/Sleep": return .serverStreaming { _ in SleepingSource(asks: false) }
    case "/trial.T/Ask": return .serverStreaming { _ in SleepingSource(asks: true) }
    case "/trial.T/Refuse": throw GRPCStatus(.unauthenticated, "No key.")
    default: return nil
    }
  }

  /// Returns when `name` has happened.
  func waits(for name: String) async {
    for await happened in news where happened == name { return }
  }

  func answerHeld() {
    for answer in held.withLock({ $0 }) { answer(.success([7])) }
  }

  fileprivate func ended(_ name: String) { tell.yield(name) }

  /// Messages without end, as many as the caller takes.
  private final class PourSource: ResponseSource {
    private let service: TrialService

    init(_ service: TrialService) { self.service = service }

    deinit { service.ended("Pour") }

    func next() -> ResponseStep {
      service.poured.add(1, ordering: .relaxed)
      return .message([UInt8](repeating: 1, count: 1_000))
    }
  }

  /// Nothing, and nothing wakes it.
  private final class SleepingSource: ResponseSource {
    private let asks: Bool

    init(asks: Bool) { self.asks = asks }

    func next() -> ResponseStep {
      if asks { return .ask { _ in {} } }
      return .wait {
        do { try await Task.sleep(for: .seconds(3_600)) } catch {
          // Cancelled: the call is over.
        }
        return true
      }
    }
  }

  /// Nothing, until the call is cancelled.
  private final class WaitSource: ResponseSource {
    private let service: TrialService

    private let seconds: Int
    private let isBarred: Bool

    init(_ service: TrialService, forSeconds seconds: Int = 1, isBarred: Bool = false) {
      self.service = service
      self.seconds = seconds
      self.isBarred = isBarred
    }

    deinit { service.ended("Wait") }

    func check() throws(GRPCStatus) {
      if isBarred { throw GRPCStatus(.permissionDenied, "The key was revoked.") }
    }

    func next() -> ResponseStep {
      let seconds = seconds
      return .wait {
        do {
          try await Task.sleep(for: .seconds(seconds))
          return true
        } catch {
          // Cancelled: the caller is gone.
          return false
        }
      }
    }
  }
}

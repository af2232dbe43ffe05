import Dispatch
import HTTPAPI
import NIOPosix
import Subscriptions
import Testing

@Suite struct ResolverTests {
  @Test(.timeLimit(.minutes(1)))
  func `name servers that never answer hold up deliveries for a while, and nobody else`()
    async throws
  {
    let answer = DispatchSemaphore(value: 0)
    let sender = VettedSender(isOpenToAll: true) { _, _ in
      answer.wait()
      return nil
    }
    let url = try #require(WebhookURL("https://hooks.example.com/crm", allowsPlain: false))
    let delivery = WebhookDelivery(
      url: url, headers: [], body: [], traceParent: "", timeoutSeconds: 1)
    // More than there are threads for it.
    let count = 40
    let outcomes = try await withThrowingTaskGroup(of: WebhookOutcome.self) { group in
      for _ in 0..<count { group.addTask { await sender.send(delivery) } }
      // The threads of those who read files are free.
      for _ in 0..<8 { try await NIOThreadPool.singleton.runIfActive {} }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    for _ in 0..<count { answer.signal() }
    #expect(
      outcomes
        == Array(repeating: .failed("the host hooks.example.com can't be resolved"), count: 40))
  }
}

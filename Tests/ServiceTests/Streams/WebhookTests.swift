import EventModel
import Foundation
import Service
import Subscriptions
import Synchronization
import TestSupport
import Testing

/// Takes deliveries as a receiver would, and answers as it is told.
final class RecordingSender: WebhookSender {
  private struct State {
    var deliveries: [WebhookDelivery] = []
    var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())
  private let answer: @Sendable (_ number: Int) -> WebhookOutcome
  let isOpenToAll = true

  init(
    _ answer: @escaping @Sendable (_ number: Int) -> WebhookOutcome = { _ in
      .answered(status: 204, retryAfterSeconds: nil)
    }
  ) { self.answer = answer }

  var deliveries: [WebhookDelivery] { state.withLock { $0.deliveries } }

  func send(_ delivery: WebhookDelivery) async -> WebhookOutcome {
    let (number, woken) = state.withLock { state in
      state.deliveries.append(delivery)
      let count = state.deliveries.count
      let woken = state.waiting.filter { $0.count <= count }
      state.waiting.removeAll { $0.count <= count }
      return (count, woken)
    }
    for waiting in woken { waiting.continuation.resume() }
    return answer(number)
  }

  /// Returns when so many deliveries were sent.
  func wait(for count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.deliveries.count >= count { return true }
        state.waiting.append((count, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}

func removeConsumers(in folder: String) throws {
  try FileManager.default.removeItem(atPath: folder)
}

@Suite struct WebhookDeliveryTests {
  private static let teams = StreamFilter(types: ["TeamCreated"])

  private static func hook(_ workspace: Workspace) async throws -> WebhookSecret {
    let made = try await workspace.createConsumer(
      NewConsumer(
        name: "crm-hook", filter: teams, start: .beginning,
        webhook: NewWebhook(url: "https://hooks.example.com/crm")))
    let text = made.text("secret") ?? ""
    return try #require(WebhookSecret(text))
  }

  @Test func `each event is posted once, signed, as a CloudEvent`() async throws {
    try await StreamWorkplace.open { workspace in
      let secret = try await Self.hook(workspace)
      let sender = RecordingSender()
      try await workspace.startWebhooks(sender)
      await sender.wait(for: 5)
      try await StreamWorkplace.addTeams(6...6, to: workspace)
      await sender.wait(for: 6)
      await workspace.closeConsumers()
      let deliveries = sender.deliveries
      #expect(deliveries.count == 6)
      var identifiers: Set<String> = []
      for delivery in deliveries {
        let headers = Dictionary(uniqueKeysWithValues: delivery.headers.map { ($0.name, $0.value) })
        let id = try #require(headers["webhook-id"])
        identifiers.insert(id)
        let timestamp = try #require(headers["webhook-timestamp"].flatMap { Int64($0) })
        #expect(
          headers["webhook-signature"]
            == secret.signature(id: id, timestamp: timestamp, body: delivery.body))
        let text = String(decoding: delivery.body, as: UTF8.self)
        #expect(text.contains(#""specversion":"1.0""#))
        #expect(text.contains(#""type":"deed.TeamCreated""#))
      }
      #expect(identifiers.count == 6)
      let shown = try workspace.showConsumer("crm-hook")
      #expect(shown.number("lag") == 0 || shown.number("retrying") == 0)
    }
  }

  @Test func `what a receiver refuses is tried again later, under the same identifier`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      _ = try await Self.hook(workspace)
      let sender = RecordingSender { number in
        .answered(status: number == 1 ? 503 : 204, retryAfterSeconds: 3_600)
      }
      try await workspace.startWebhooks(sender)
      await sender.wait(for: 5)
      await workspace.closeConsumers()
      #expect(try workspace.showConsumer("crm-hook").number("retrying") == 1)
      #expect(sender.deliveries.count == 5)
    }
  }

  @Test func `an address that is closed parks the event, and nothing is tried again`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      _ = try await Self.hook(workspace)
      let sender = RecordingSender { _ in .refused("10.0.0.1 is no address of the open network") }
      try await workspace.startWebhooks(sender)
      await sender.wait(for: 5)
      await workspace.closeConsumers()
      let rows = try workspace.parkedEvents(of: "crm-hook").tables[0].rows
      #expect(rows.count == 5)
      #expect(rows[0][5] == .text("10.0.0.1 is no address of the open network"))
    }
  }

  @Test func `changes at once leave one secret, and a webhook that runs by the last of them`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      _ = try await Self.hook(workspace)
      let sender = RecordingSender()
      try await workspace.startWebhooks(sender)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          group.addTask {
            if number.isMultiple(of: 3) {
              _ = try await workspace.pauseConsumer("crm-hook", number.isMultiple(of: 2))
            } else {
              _ = try await workspace.rotateWebhookSecret("crm-hook", overlapHours: number % 2)
            }
          }
        }
        try await group.waitForAll()
      }
      _ = try await workspace.pauseConsumer("crm-hook", false)
      let last = try await workspace.rotateWebhookSecret("crm-hook", overlapHours: 0)
      let secret = try #require(WebhookSecret(last.text("secret") ?? ""))
      let count = sender.deliveries.count
      try await StreamWorkplace.addTeams(6...6, to: workspace)
      await sender.wait(for: max(count + 1, 6))
      await workspace.closeConsumers()
      let delivery = try #require(sender.deliveries.last)
      let headers = Dictionary(uniqueKeysWithValues: delivery.headers.map { ($0.name, $0.value) })
      #expect(
        headers["webhook-signature"]
          == secret.signature(
            id: headers["webhook-id"] ?? "",
            timestamp: Int64(headers["webhook-timestamp"] ?? "") ?? 0, body: delivery.body))
    }
  }

  @Test func `a webhook without its secret says so, and the others are posted`() async throws {
    try await StreamWorkplace.open { workspace in
      _ = try await Self.hook(workspace)
      _ = try await workspace.createConsumer(
        NewConsumer(
          name: "lost", filter: Self.teams, start: .beginning,
          webhook: NewWebhook(url: "https://hooks.example.com/lost")))
      try FileManager.default.removeItem(atPath: workspace.folder.webhookSecretsFolder + "/lost")
      let sender = RecordingSender()
      try await workspace.startWebhooks(sender)
      await sender.wait(for: 5)
      let lost = try workspace.showConsumer("lost")
      #expect(lost.text("state") == "paused")
      let why = lost.facts.contains { fact in
        if case .text(let text) = fact.value { text.contains("can't be read") } else { false }
      }
      #expect(why)
      // It goes on once it has one again, and not before.
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.pauseConsumer("lost", false)
      }
      #expect(error?.code == "SUBSCRIPTION.SECRET")
      #expect(try workspace.showConsumer("lost").text("state") == "paused")
      await workspace.closeConsumers()
    }
  }

  @Test func `while a secret is changed both sign, and afterwards the new one alone`()
    async throws
  {
    try await StreamWorkplace.open { workspace in
      let first = try await Self.hook(workspace)
      let sender = RecordingSender()
      try await workspace.startWebhooks(sender)
      await sender.wait(for: 5)
      let rotated = try await workspace.rotateWebhookSecret("crm-hook", overlapHours: 1)
      let second = try #require(WebhookSecret(rotated.text("secret") ?? ""))
      try await StreamWorkplace.addTeams(6...6, to: workspace)
      await sender.wait(for: 6)
      // Within the overlap another change ends the first one's.
      let last = try await workspace.rotateWebhookSecret("crm-hook", overlapHours: 0)
      let third = try #require(WebhookSecret(last.text("secret") ?? ""))
      try await StreamWorkplace.addTeams(7...7, to: workspace)
      await sender.wait(for: 7)
      await workspace.closeConsumers()
      let expected = [[first], [second, first], [third]]
      for (delivery, secrets) in zip([0, 5, 6].map { sender.deliveries[$0] }, expected) {
        let headers = Dictionary(uniqueKeysWithValues: delivery.headers.map { ($0.name, $0.value) })
        let id = try #require(headers["webhook-id"])
        let timestamp = try #require(headers["webhook-timestamp"].flatMap { Int64($0) })
        #expect(
          headers["webhook-signature"]
            == secrets.map { $0.signature(id: id, timestamp: timestamp, body: delivery.body) }
            .joined(separator: " "))
      }
    }
  }

  /// Whoever rebuilds, replays, rehearses or opens anew has no sender, and can't name one.
  @Test func `a rebuild, a replay, a rehearsal and a reopening send nothing`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      let sender = RecordingSender()
      func first() async throws {
        _ = try await Workspace.create(folder, NewWorkspace(organization: "O", administrator: "A"))
        let workspace = try Workspace(opening: folder)
        try await StreamWorkplace.addTeams(1...5, to: workspace)
        _ = try await Self.hook(workspace)
        try await workspace.startWebhooks(sender)
        await sender.wait(for: 5)
        _ = try workspace.replay(EventFilter(), limit: 1_000)
        #expect(try !workspace.rehearseModels(sample: nil) { _ in }.isRefused)
        #expect(try !workspace.rebuild(ModelRebuild(models: [])) { _ in }.isRefused)
        #expect(sender.deliveries.count == 5)
        await workspace.closeConsumers()
        try workspace.close()
      }
      try await first()
      let again = try Workspace(opening: folder)
      _ = try again.replay(EventFilter(), limit: 1_000)
      // What was delivered is not delivered again by a server that starts anew.
      try await again.startWebhooks(sender)
      try await StreamWorkplace.addTeams(6...6, to: again)
      await sender.wait(for: 6)
      await again.closeConsumers()
      #expect(sender.deliveries.count == 6)
      try again.close()
    }
  }
}

import EventLog
import EventModel
import Schema
import Service
import Subscriptions
import TestSupport
import Testing

/// What durable subscriptions hand to one of a company's people: over a group, and as a webhook's
/// bodies.
struct DeliveredPaths {
  let place: AccessWorkplace
  let name: String

  private static let categories = ["account", "contact", "opportunity", "activity"]

  /// The answers by path; refused ones say so.
  func answers() async throws -> [String: String] {
    let (group, count) = try await grouped()
    var said = ["group": group]
    if count > 0 { said["webhook"] = try await posted(count) }
    return said
  }

  private func consumer(_ kind: String, webhook: NewWebhook? = nil) -> NewConsumer {
    NewConsumer(
      name: "\(kind)-\(name.lowercased())", filter: StreamFilter(categories: Self.categories),
      start: .beginning, user: place.users[name] ?? place.administrator, webhook: webhook)
  }

  /// Where the last event of these categories stands.
  private func last() throws -> UInt64 {
    let events = try Self.categories.flatMap { category in
      try place.founder.log.events(
        EventSelection(.category(category), direction: .backwards, limit: 1))
    }
    return try #require(events.map(\.position.rawValue).max())
  }

  /// Takes all there is; what was said, and how many events came with something in them.
  private func grouped() async throws -> (String, Int) {
    let founder = place.founder
    let made = consumer("group")
    _ = try await founder.createConsumer(made)
    let last = try last()
    var texts: [String] = []
    do throws(ServiceError) {
      let session = try await founder.consume(made.name, as: "test", credit: 1_000)
      reading: while let deliveries = try await session.next() {
        for delivery in deliveries {
          if let content = delivery.event.content { texts.append(content.json) }
        }
        _ = try await founder.settle(
          made.name, consumer: session.number, deliveries.map { ($0.event.position, .done) })
        if deliveries.contains(where: { $0.event.position >= last }) { break reading }
      }
      await session.end()
    } catch { texts = ["refused: \(error)"] }
    _ = try await founder.deleteConsumer(made.name)
    let count = texts.first?.hasPrefix("refused: ") == true ? 0 : texts.count
    return (texts.joined(separator: "\n"), count)
  }

  private func posted(_ count: Int) async throws -> String {
    let founder = place.founder
    let sender = RecordingSender()
    try await founder.startWebhooks(sender)
    let made = consumer("hook", webhook: NewWebhook(url: "https://hooks.example.com/\(name)"))
    _ = try await founder.createConsumer(made)
    await sender.wait(for: count)
    _ = try await founder.deleteConsumer(made.name)
    await founder.closeConsumers()
    return sender.deliveries.map { String(decoding: $0.body, as: UTF8.self) }
      .joined(separator: "\n")
  }
}

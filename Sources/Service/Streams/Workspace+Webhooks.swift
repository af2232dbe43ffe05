internal import EventModel
internal import LMDB
package import Subscriptions
internal import Vault

/// Posting events to receivers: what a server does, and nothing that reads the log.
extension Workspace {
  /// Begins to deliver all webhooks with `sender`, until ``closeConsumers()``.
  package func startWebhooks(_ sender: any WebhookSender) async throws(ServiceError) {
    try requireWriter()
    guard kind == .crm else { return }
    consumerShelf.sender = sender
    for record in try consumerRecords() where !record.isDeleted {
      do throws(ServiceError) {
        try await startWebhook(record.definition)
      } catch {
        // The others go on; its state says why it does not.
        guard error.code != "SUBSCRIPTION.STATE" else { continue }
        guard error.code == "SUBSCRIPTION.SECRET" || error.code == "VALIDATION.URL" else {
          throw error
        }
        try disableWebhook(record.definition.name, error.description)
      }
    }
  }

  func startWebhook(_ definition: ConsumerDefinition) async throws(ServiceError) {
    guard let sender = consumerShelf.sender, let endpoint = definition.webhook,
      !definition.isPaused
    else { return }
    guard let url = WebhookURL(endpoint.url, allowsPlain: true) else {
      throw ServiceError(
        .failed, code: "VALIDATION.URL", "The URL of “\(definition.name)” can't be read.")
    }
    let name = definition.name
    let secrets = try secrets(of: definition)
    let content = ReaderContent(reader: try reader(of: definition))
    let (clock, random) = (clock, random)
    let group: ConsumerGroup
    do throws(ConsumerFailure) {
      group = try await consumerShelf.group(definition)
    } catch { throw ServiceError(error) }
    let reactor = WebhookReactor(
      group, url: url, concurrency: endpoint.concurrency, secrets: secrets, sender: sender,
      content: content, clock: clock, random: random
    ) {
      do throws(ServiceError) {
        try self.disableWebhook(name, "Its receiver answered 410: it is gone.")
      } catch {
        // Somebody changed it meanwhile: that holds.
      }
    }
    consumerShelf.run(name) { await reactor.run() }
  }

  static func endpoint(_ new: NewWebhook) throws(ServiceError) -> WebhookEndpoint {
    guard WebhookURL(new.url, allowsPlain: true) != nil else {
      throw ServiceError(
        .usage, code: "VALIDATION.URL",
        "“\(new.url.prefix(200))” can't be a webhook's URL: give one such as "
          + "https://example.com/hooks, without a user or a fragment.")
    }
    let concurrency = new.concurrency ?? 8
    guard (1...64).contains(concurrency) else {
      throw ServiceError(
        .usage, code: "VALIDATION.CONCURRENCY",
        "A webhook has 1 to 64 deliveries on their way at a time, not \(concurrency).")
    }
    return WebhookEndpoint(url: new.url, concurrency: concurrency, secretMark: "")
  }
}

/// Events as a webhook's user may see them.
private struct ReaderContent: WebhookContent {
  let reader: Workspace

  /// Receivers should not get more: a greater event comes without its data, and says where it is.
  private static let byteLimit = 20_000

  func event(
    at position: UInt64
  ) -> Result<WebhookEvent?, WebhookContentFailure> {
    do throws(ServiceError) {
      let event = try reader.delivered(at: position, contentByteLimit: Self.byteLimit)
      return .success(
        event.content.map {
          WebhookEvent(id: $0.id, body: Array($0.json.utf8), traceParent: $0.traceParent)
        })
    } catch { return .failure(WebhookContentFailure(error.description)) }
  }
}

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
      } catch  where error.code == "SUBSCRIPTION.STATE" {
        // Its state says so; the others go on.
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
    let secret = try secret(of: name)
    let content = ReaderContent(reader: try reader(of: definition))
    let (clock, random) = (clock, random)
    let group: ConsumerGroup
    do throws(ConsumerFailure) {
      group = try await consumerShelf.group(definition)
    } catch { throw ServiceError(error) }
    let reactor = WebhookReactor(
      group, url: url, concurrency: endpoint.concurrency, secret: secret, sender: sender,
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

/// Secrets: files beside the log's key, never in the log.
extension Workspace {
  private func secretFile(of name: String) -> String {
    "\(folder.webhookSecretsFolder)/\(name)"
  }

  func store(_ secret: WebhookSecret, of name: String) throws(ServiceError) {
    do throws(FileError) {
      try DurableFile.makeFolder(folder.webhookSecretsFolder)
    } catch { throw ServiceError(.failed, code: "STORAGE.FAILED", error.description) }
    do throws(VaultError) {
      try SecretFile.replace(Array(secret.text.utf8), at: secretFile(of: name))
    } catch { throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error)") }
  }

  private func secret(of name: String) throws(ServiceError) -> WebhookSecret {
    let bytes: [UInt8]
    do throws(VaultError) { bytes = try SecretFile.read(secretFile(of: name)) } catch {
      throw ServiceError(
        .refused, code: "SUBSCRIPTION.SECRET",
        "The secret of the webhook “\(name)” can't be read: restore the folder of keys, or delete "
          + "the webhook and make it anew.")
    }
    guard let secret = WebhookSecret(String(decoding: bytes, as: UTF8.self)) else {
      throw ServiceError(
        .failed, code: "SUBSCRIPTION.SECRET", "The secret of the webhook “\(name)” is damaged.")
    }
    return secret
  }

  func destroySecret(of name: String) throws(ServiceError) {
    do throws(VaultError) { try SecretFile.destroy(secretFile(of: name)) } catch {
      throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error)")
    }
  }
}

/// Events as a webhook's user may see them.
private struct ReaderContent: WebhookContent {
  let reader: Workspace

  /// Receivers should not get more: a greater event comes without its data, and says where it is.
  private static let byteLimit = 20_000

  func event(
    at position: UInt64
  ) -> Result<(id: String, body: [UInt8])?, WebhookContentFailure> {
    do throws(ServiceError) {
      let event = try reader.delivered(at: position, contentByteLimit: Self.byteLimit)
      return .success(event.content.map { ($0.id, Array($0.json.utf8)) })
    } catch { return .failure(WebhookContentFailure(error.description)) }
  }
}

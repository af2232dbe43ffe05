internal import EventModel
internal import LMDB
internal import Subscriptions
internal import Vault

/// Secrets of webhooks: files beside the log's key, never in the log.
extension Workspace {
  /// The longest that two secrets sign: a week.
  private static let overlapHourLimit = 168

  /// Gives a webhook a new secret, which is in the answer and nowhere else again; the one it had
  /// signs beside it for so long.
  ///
  /// The file has both before the log says which of them sign, so that a crash between the two
  /// leaves the webhook as it was.
  public func rotateWebhookSecret(
    _ name: String, overlapHours: Int = 24
  ) async throws(ServiceError) -> Answer {
    guard (0...Self.overlapHourLimit).contains(overlapHours) else {
      throw ServiceError(
        .usage, code: "VALIDATION.OVERLAP",
        "Two secrets sign for 0 to \(Self.overlapHourLimit) hours, not \(overlapHours).")
    }
    try requireConfigure("subscription")
    try requireWriter()
    return try await consumerShelf.changing(name) { () throws(ServiceError) in
      try await rotate(name, overlapHours)
    }
  }

  private func rotate(_ name: String, _ overlapHours: Int) async throws(ServiceError) -> Answer {
    let definition = try consumerRecord(name).definition
    guard definition.webhook != nil else {
      throw ServiceError(
        .usage, code: "VALIDATION.URL", "“\(name)” is no webhook, so it has no secret.")
    }
    let known = try secrets(of: definition)
    let current = known.current
    let made = WebhookSecret(random: random)
    try store([made, current] + (known.earlier.map { [$0] } ?? []), of: name)
    let until = clock().advanced(byMicroseconds: Int64(overlapHours) * 3_600_000_000)
    var answer = try await carryOut(name) { definition throws(ServiceError) in
      definition.webhook?.secretMark = made.mark
      definition.webhook?.earlierMark = overlapHours == 0 ? nil : current.mark
      definition.webhook?.earlierUntil = overlapHours == 0 ? nil : until.microseconds
    }
    answer.title = "Subscription \(name) has a new secret"
    answer.facts.append(.init("secret", "Secret", .text(made.text)))
    answer.notes.append(
      overlapHours == 0
        ? "The secret is shown once; the old one signs no more."
        : "The secret is shown once; the old one signs beside it until \(until).")
    return answer
  }

  private func secretFile(of name: String) -> String {
    "\(folder.webhookSecretsFolder)/\(name)"
  }

  /// Keeps `secrets`, a line each.
  func store(_ secrets: [WebhookSecret], of name: String) throws(ServiceError) {
    do throws(FileError) {
      try DurableFile.makeFolder(folder.webhookSecretsFolder)
    } catch { throw ServiceError(.failed, code: "STORAGE.FAILED", error.description) }
    let text = secrets.map(\.text).joined(separator: "\n")
    do throws(VaultError) {
      try SecretFile.replace(Array(text.utf8), at: secretFile(of: name))
    } catch { throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error)") }
  }

  /// Those that sign the deliveries of a webhook.
  func secrets(of definition: ConsumerDefinition) throws(ServiceError) -> WebhookSecrets {
    let name = definition.name
    let bytes: [UInt8]
    do throws(VaultError) { bytes = try SecretFile.read(secretFile(of: name)) } catch {
      throw ServiceError(
        .refused, code: "SUBSCRIPTION.SECRET",
        "The secret of the webhook “\(name)” can't be read: restore the folder of keys, or delete "
          + "the webhook and make it anew.")
    }
    let kept = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .compactMap { WebhookSecret(String($0)) }
    guard let endpoint = definition.webhook, let secrets = WebhookSecrets(of: endpoint, among: kept)
    else {
      throw ServiceError(
        .failed, code: "SUBSCRIPTION.SECRET",
        "The secret of the webhook “\(name)” is damaged, or another one: restore the folder of "
          + "keys, or delete the webhook and make it anew.")
    }
    return secrets
  }

  func destroySecret(of name: String) throws(ServiceError) {
    do throws(VaultError) { try SecretFile.destroy(secretFile(of: name)) } catch {
      throw ServiceError(.failed, code: "STORAGE.FAILED", "\(error)")
    }
  }
}

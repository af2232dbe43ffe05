internal import Crypto
package import EventModel
internal import Foundation

/// What a webhook's deliveries are signed with.
///
/// Source: Standard Webhooks 1.0.0, "Signature scheme": `whsec_` and base64 of 24 to 64 bytes.
package struct WebhookSecret: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(random: RandomSource) { bytes = random.bytes(32) }

  /// Reads ``text``; `nil` for anything else.
  package init?(_ text: String) {
    guard text.hasPrefix("whsec_"), text.utf8.count <= 100,
      let data = Data(base64Encoded: String(text.dropFirst(6))), (24...64).contains(data.count)
    else { return nil }
    bytes = Array(data)
  }

  package var text: String { "whsec_\(Data(bytes).base64EncodedString())" }

  /// Enough of its digest to tell it from others.
  package var mark: String { String(Digest.sha256(bytes).hex.prefix(16)) }

  /// The value of the header `webhook-signature`.
  package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
    let content = Array("\(id).\(timestamp).".utf8) + body
    let code = HMAC<SHA256>.authenticationCode(
      for: content, using: SymmetricKey(data: Data(bytes)))
    return "v1,\(Data(code).base64EncodedString())"
  }
}

/// The secrets that a webhook's deliveries are signed with: one, or while it is rotated two.
package struct WebhookSecrets: Hashable, Sendable {
  package let current: WebhookSecret
  package let earlier: WebhookSecret?
  /// Until when ``earlier`` signs, in microseconds since 1970.
  package let earlierUntil: Int64

  /// Those of `endpoint` among all that are at hand; `nil` when the one that signs is missing.
  package init?(of endpoint: WebhookEndpoint, among kept: [WebhookSecret]) {
    guard let current = kept.first(where: { $0.mark == endpoint.secretMark }) else { return nil }
    self.current = current
    earlier = kept.first { $0.mark == endpoint.earlierMark }
    earlierUntil = endpoint.earlierUntil ?? 0
  }

  /// The value of the header `webhook-signature`: one signature, or two with a space between.
  package func signature(
    id: String, timestamp: Int64, body: [UInt8], at now: Timestamp
  ) -> String {
    let first = current.signature(id: id, timestamp: timestamp, body: body)
    guard let earlier, now.microseconds < earlierUntil else { return first }
    return "\(first) \(earlier.signature(id: id, timestamp: timestamp, body: body))"
  }
}

extension ConsumerRules {
  /// Of a webhook: a delivery takes 15 s at the most, and is tried ten times in some three days.
  package static var webhook: ConsumerRules {
    var rules = ConsumerRules()
    rules.ackSeconds = 60
    rules.attemptLimit = RetrySchedule.webhook.count
    return rules
  }
}

/// The waits between the attempts of a webhook.
package enum RetrySchedule {
  /// Seconds before each attempt.
  ///
  /// Source: Standard Webhooks 1.0.0, "Deliverability and reliability".
  package static let webhook: [Int64] = [
    0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ]

  /// The wait after the attempt of this number, which is 1 or more; up to a tenth longer by `chance`,
  /// so that what failed together doesn't come back together.
  package static func seconds(afterAttempt attempt: Int, chance: UInt64) -> Int64 {
    let wait = webhook[min(max(attempt, 1), webhook.count - 1)]
    return wait + Int64(chance % UInt64(max(1, wait / 10)))
  }
}

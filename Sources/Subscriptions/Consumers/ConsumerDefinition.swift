internal import Foundation

/// A durable consumer as somebody made it: what the log keeps of it, and nothing that moves.
package struct ConsumerDefinition: Hashable, Sendable, Codable {
  /// What is done with its events.
  package enum Kind: String, Hashable, Sendable, Codable {
    /// Consumers connect and answer.
    case group
    /// They are posted to a URL.
    case webhook
  }

  /// The terms of its filter.
  package struct Terms: Hashable, Sendable, Codable {
    package var types: [String] = []
    package var categories: [String] = []
    package var streams: [String] = []
    package var tags: [String] = []
    package var actors: [String] = []

    package init() {}
  }

  package var name: String
  package var kind: Kind
  package var terms: Terms
  package var rules: ConsumerRules
  /// As whom its events are read: what this user may not see is withheld.
  package var user: String
  /// The first position it gets.
  package var start: UInt64
  /// Counts the creations and resets: what an older one did is void.
  package var generation: UInt64
  package var isPaused: Bool
  /// Why it is paused, in a word or a sentence of the product's.
  package var pauseReason: String?
  package var webhook: WebhookEndpoint?

  package init(
    name: String, kind: Kind, terms: Terms = Terms(), rules: ConsumerRules = ConsumerRules(),
    user: String, start: UInt64, webhook: WebhookEndpoint? = nil
  ) {
    self.name = name
    self.kind = kind
    self.terms = terms
    self.rules = rules
    self.user = user
    self.start = start
    self.webhook = webhook
    generation = 1
    isPaused = false
  }

  /// What stands in paths of the server beside names.
  private static let reserved: Set = ["stream", "verification"]

  /// 1 to 60 of a–z, 0–9 and “-”, a letter first; “stream” and “verification” mean other things.
  package static func isName(_ text: String) -> Bool {
    guard !reserved.contains(text), (1...60).contains(text.utf8.count), let first = text.utf8.first,
      (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= first
    else { return false }
    return text.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0
        || $0 == UInt8(ascii: "-")
    }
  }

  package var filter: SubscriptionFilter {
    get throws(FilterError) {
      try SubscriptionFilter(
        types: terms.types, categories: terms.categories, streams: terms.streams,
        tags: terms.tags, actors: terms.actors)
    }
  }
}

/// Where a webhook goes; its secret is no part of it.
package struct WebhookEndpoint: Hashable, Sendable, Codable {
  package var url: String
  /// How many deliveries are on their way at a time.
  package var concurrency: Int
  /// Enough of the secret's digest to tell which one it is.
  package var secretMark: String
  /// The one before, which signs as well until ``earlierUntil``; `nil` when there is none.
  package var earlierMark: String?
  /// Microseconds since 1970.
  package var earlierUntil: Int64?

  package init(url: String, concurrency: Int = 8, secretMark: String) {
    self.url = url
    self.concurrency = concurrency
    self.secretMark = secretMark
  }
}

/// The definition as the JSON of an event.
extension ConsumerDefinition {
  package var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do { return Array(try encoder.encode(self)) } catch {
      preconditionFailure("a definition of texts and integers can be encoded: \(error)")
    }
  }

  /// Reads ``json``; `nil` for what a newer version wrote, or nobody.
  package init?(json: [UInt8]) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch { return nil }
  }
}

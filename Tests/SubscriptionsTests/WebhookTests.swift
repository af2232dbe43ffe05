import EventModel
import Subscriptions
import TestSupport
import Testing

@Suite struct WebhookRulesTests {
  /// Source: Standard Webhooks 1.0.0, the example of its reference libraries.
  @Test func `a signature is the one of the reference libraries`() throws {
    let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    let signature = secret.signature(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330,
      body: Array(#"{"test": 2432232314}"#.utf8))
    #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    #expect(secret.text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
  }

  @Test(arguments: ["", "whsec_", "whsec_AAAA", "secret", "whsec_!!!!"])
  func `what is no secret is refused`(text: String) {
    #expect(WebhookSecret(text) == nil)
  }

  @Test(
    arguments: [
      [127, 0, 0, 1], [10, 1, 2, 3], [172, 16, 0, 1], [172, 31, 255, 255], [192, 168, 1, 1],
      [169, 254, 169, 254], [100, 64, 0, 1], [0, 0, 0, 0], [224, 0, 0, 1], [255, 255, 255, 255],
      [192, 0, 2, 1], [198, 18, 0, 1], [198, 51, 100, 7], [203, 0, 113, 9], [240, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0xfc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0xfd, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1],
      [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1],
      [0x20, 0x02, 192, 168, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [1, 2, 3], [],
    ] as [[UInt8]])
  func `closed addresses are told from open ones`(address: [UInt8]) {
    #expect(!AddressRules.isOpen(address))
  }

  @Test(
    arguments: [
      [93, 184, 216, 34], [8, 8, 8, 8], [172, 32, 0, 1], [100, 128, 0, 1],
      [0x26, 0x06, 0x28, 0, 2, 32, 0, 1, 2, 72, 24, 0x93, 37, 0xc8, 25, 0x46],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 8, 8, 8, 8],
    ] as [[UInt8]])
  func `open addresses are taken`(address: [UInt8]) {
    #expect(AddressRules.isOpen(address))
  }

  @Test(
    arguments: [
      ("127.0.0.1", [127, 0, 0, 1]), ("::", [UInt8](repeating: 0, count: 16)),
      ("::1", [UInt8](repeating: 0, count: 15) + [1]),
      ("fe80::1:2", [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]),
      ("::ffff:10.0.0.1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]),
      ("2001:db8:1:2:3:4:5:6", [0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6]),
      ("", nil), ("1.2.3", nil), ("1.2.3.256", nil), ("01.2.3.4", nil), ("1:2:3", nil),
      ("::1::", nil), ("1:2:3:4:5:6:7:8:9", nil), ("g::", nil), ("::%eth0", nil), ("+1::", nil),
    ] as [(String, [UInt8]?)])
  func `an address is read from its text`(text: String, bytes: [UInt8]?) {
    #expect(AddressRules.bytes(of: text) == bytes)
  }

  @Test(arguments: [
    "", "https://", "ftp://example.com/", "http://example.com/", "https://user@example.com/",
    "https://user:word@example.com/", "https://exa mple.com/", "https://example.com:0/",
    "https://example.com:65536/", "https://example.com:443:1/", "https://example.com/#part",
    "https://[::1", "https://[example]/", "https://example.com\\@evil.example/",
    "https://exämple.com/", "//example.com/", "https:///path", "https://127.0.0.1%2f@x/",
  ])
  func `what can't be a webhook's URL is refused`(text: String) {
    #expect(WebhookURL(text) == nil)
  }

  @Test func `a URL's parts are read`() throws {
    let plain = try #require(WebhookURL("https://hooks.example.com/a?b=c"))
    #expect((plain.host, plain.port, plain.isSecure) == ("hooks.example.com", 443, true))
    let six = try #require(WebhookURL("http://[::1]:8080/x", allowsPlain: true))
    #expect((six.host, six.port, six.isSecure) == ("::1", 8080, false))
  }

  @Test func `the secret before signs until its time is over, and no other does`() throws {
    let secrets = (0..<3).map { _ in WebhookSecret(random: .system) }
    var endpoint = WebhookEndpoint(url: "https://a.example/", secretMark: secrets[0].mark)
    #expect(WebhookSecrets(of: endpoint, among: [secrets[1]]) == nil)
    endpoint.earlierMark = secrets[1].mark
    endpoint.earlierUntil = 1_000
    let both = try #require(WebhookSecrets(of: endpoint, among: secrets))
    func count(at microseconds: Int64) -> Int {
      both.signature(id: "i", timestamp: 1, body: [], at: Timestamp(microseconds: microseconds))
        .split(separator: " ").count
    }
    #expect(count(at: 999) == 2)
    #expect(count(at: 1_000) == 1)
    #expect(WebhookSecrets(of: endpoint, among: [secrets[0]])?.earlier == nil)
  }

  @Test func `the waits are those of the schedule, and up to a tenth more`() {
    for attempt in 1...12 {
      let base = RetrySchedule.webhook[min(attempt, 9)]
      for chance: UInt64 in [0, 1, 12_345, .max] {
        let wait = RetrySchedule.seconds(afterAttempt: attempt, chance: chance)
        #expect(base...(base + base / 10) ~= wait)
      }
    }
  }
}

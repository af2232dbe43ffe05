import Crypto
import Foundation
import HTTPAPI
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// An identity provider whose key set moves, hangs, grows and dies.
@Suite struct KeySetTests {
  /// Answers every connection with what it is told to.
  private final class Provider: Sendable {
    struct State {
      var answer = ""
      var count = 0
    }
    let state = Mutex(State())
    let channel: any Channel

    init() async throws {
      let handed = Handed()
      channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Answering(handed))
          }
        }.bind(host: "127.0.0.1", port: 0).get()
      handed.provider.withLock { $0 = self }
    }

    var address: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/keys" }
    var count: Int { state.withLock { $0.count } }

    func answer(_ status: String, _ body: String, _ headers: String = "") {
      state.withLock {
        $0.answer =
          "HTTP/1.1 \(status)\r\n\(headers)Connection: close\r\nContent-Length: "
          + "\(body.utf8.count)\r\n\r\n\(body)"
      }
    }

    /// Takes requests and never answers.
    func hang() { state.withLock { $0.answer = "" } }

    func stop() async throws { try await channel.close() }
  }

  private final class Handed: Sendable {
    let provider = Mutex<Provider?>(nil)
  }

  private final class Answering: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let handed: Handed

    init(_ handed: Handed) { self.handed = handed }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let answer =
        handed.provider.withLock { $0 }?.state.withLock { state in
          state.count += 1
          return state.answer
        } ?? ""
      guard !answer.isEmpty else { return }
      let channel = context.channel
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer))).whenComplete { _ in
        channel.close(promise: nil)
      }
    }
  }

  private final class Hand: Sendable {
    private let now = Mutex<Int64>(1_800_000_000)
    func read() -> Int64 { now.withLock { $0 } }
    func advance(_ seconds: Int64) { now.withLock { $0 += seconds } }
  }

  private static func set(_ keys: [(String, P256.Signing.PrivateKey)]) -> String {
    let entries = keys.map { name, key in
      let point = key.publicKey.rawRepresentation
      return #"{"kty":"EC","crv":"P-256","kid":"\#(name)","#
        + #""x":"\#(base64(point.prefix(32)))","y":"\#(base64(point.suffix(32)))"}"#
    }
    return #"{"keys":[\#(entries.joined(separator: ","))]}"#
  }

  private static func token(
    _ name: String, _ key: P256.Signing.PrivateKey, at now: Int64
  ) throws -> String {
    let head = #"{"alg":"ES256","kid":"\#(name)"}"#
    let payload = #"{"iss":"i","aud":"a","sub":"u","exp":\#(now + 300)}"#
    let signed = base64(Data(head.utf8)) + "." + base64(Data(payload.utf8))
    return signed + "." + base64(try key.signature(for: Data(signed.utf8)).rawRepresentation)
  }

  @Test func `keys are kept, fetched again when they rotate, and not for ever`() async throws {
    let provider = try await Provider()
    let hand = Hand()
    let (first, second) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
    let verifier = TokenVerifier(
      TokenRules(issuer: "i", audience: "a", keys: .address(provider.address)), now: hand.read)
    func outcome(_ name: String, _ key: P256.Signing.PrivateKey) async throws -> TokenRefusal? {
      let token = try Self.token(name, key, at: hand.read())
      do throws(TokenRefusal) {
        _ = try await verifier.verify(token)
        return nil
      } catch { return error }
    }
    provider.answer("200 OK", Self.set([("k1", first)]))
    for _ in 0..<5 { #expect(try await outcome("k1", first) == nil) }
    #expect(provider.count == 1)
    // A name that is not known is looked for at most once a minute, whoever asks for it.
    for number in 0..<5 { #expect(try await outcome("guess-\(number)", first) == .unknownKey) }
    #expect(provider.count == 1)
    hand.advance(61)
    for _ in 0..<5 { #expect(try await outcome("k2", second) == .unknownKey) }
    #expect(provider.count == 2)
    provider.answer("200 OK", Self.set([("k2", second)]))
    hand.advance(61)
    #expect(try await outcome("k2", second) == nil)
    #expect(try await outcome("k1", first) == .unknownKey)
    // A provider that fails in any way leaves the keys as they are, for a day.
    for (status, body, headers) in [
      ("500 Oh", "", ""), ("200 OK", "no JSON", ""),
      ("302 Found", "", "Location: http://127.0.0.1:1/\r\n"),
      ("200 OK", Self.set([("k3", first)]) + String(repeating: " ", count: 70_000), ""),
    ] {
      provider.answer(status, body, headers)
      hand.advance(601)
      #expect(try await outcome("k2", second) == nil, "\(status)")
      #expect(try await outcome("k3", first) == .unknownKey)
    }
    try await provider.stop()
    hand.advance(601)
    #expect(try await outcome("k2", second) == nil)
    hand.advance(86_400)
    #expect(try await outcome("k2", second) == .unknownKey)
  }

  @Test func `all who come while the keys are fetched wait for them`() async throws {
    let provider = try await Provider()
    let hand = Hand()
    let key = P256.Signing.PrivateKey()
    let verifier = TokenVerifier(
      TokenRules(issuer: "i", audience: "a", keys: .address(provider.address)), now: hand.read)
    func takenCount() async throws -> Int {
      let token = try Self.token("k1", key, at: hand.read())
      return await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<20 {
          group.addTask {
            do throws(TokenRefusal) {
              _ = try await verifier.verify(token)
              return true
            } catch { return false }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
    }
    // A provider that fails at first is soon asked again.
    provider.answer("500 Oh", "")
    #expect(try await takenCount() == 0)
    hand.advance(5)
    let before = provider.count
    provider.answer("200 OK", Self.set([("k1", key)]))
    #expect(try await takenCount() == 20)
    #expect(provider.count == before + 1)
    try await provider.stop()
  }

  @Test func `a provider that never answers holds nobody up for long`() async throws {
    let provider = try await Provider()
    provider.hang()
    let key = P256.Signing.PrivateKey()
    let verifier = TokenVerifier(
      TokenRules(issuer: "i", audience: "a", keys: .address(provider.address))
    ) { 1_800_000_000 }
    // It ends, although no answer ever comes.
    let token = try Self.token("k1", key, at: 1_800_000_000)
    await #expect(throws: TokenRefusal.unknownKey) { try await verifier.verify(token) }
    #expect(provider.count == 1)
    try await provider.stop()
  }
}

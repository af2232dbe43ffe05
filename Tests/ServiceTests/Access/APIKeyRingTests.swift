import EventModel
import Foundation
import Service
import Synchronization
import TestSupport
import Testing

@Suite struct APIKeyRingTests {
  /// A clock that a test moves.
  private final class Hand: Sendable {
    private let now = Mutex<Int64>(1_800_000_000_000_000)
    func read() -> Timestamp { Timestamp(microseconds: now.withLock { $0 }) }
    func advance(days: Int64) { now.withLock { $0 += days * 86_400_000_000 } }
    func advance(seconds: Int64) { now.withLock { $0 += seconds * 1_000_000 } }
  }

  private static func withStore(
    _ body: @Sendable (_ folder: DataFolder, _ clock: Hand) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      try await body(folder, Hand())
    }
  }

  private static func ring(_ folder: DataFolder, _ clock: Hand) throws -> APIKeyRing {
    try APIKeyRing(of: folder, clock: clock.read, random: .system)
  }

  @Test func `a key lets its holder in until it is revoked, in another process too`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      let server = try Self.ring(folder, clock)
      let made = try ring.make(
        for: "usr_1", name: "billing", scopes: [.read], expiresAfterDays: nil)
      #expect(try ring.holder(of: made.text) == made.key)
      clock.advance(seconds: 1)
      #expect(try server.holder(of: made.text)?.userID == "usr_1")
      _ = try ring.revoke(made.key.id)
      #expect(try ring.holder(of: made.text) == nil)
      clock.advance(seconds: 1)
      #expect(try server.holder(of: made.text) == nil)
      #expect(try !server.isValid(made.key.id))
      #expect(try server.keys().map(\.isRevoked) == [true])
    }
  }

  @Test func `a key ends on its day`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      let made = try ring.make(for: "usr_1", name: "n", scopes: [.write], expiresAfterDays: 2)
      clock.advance(days: 1)
      #expect(try ring.holder(of: made.text) != nil)
      clock.advance(days: 1)
      #expect(try ring.holder(of: made.text) == nil)
    }
  }

  @Test func `any other text lets nobody in`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      let text = try ring.make(for: "usr_1", name: "n", scopes: [.read], expiresAfterDays: nil).text
      let bytes = Array(text.utf8)
      for index in bytes.indices {
        var other = bytes
        other[index] = other[index] == UInt8(ascii: "a") ? UInt8(ascii: "b") : UInt8(ascii: "a")
        #expect(try ring.holder(of: String(decoding: other, as: UTF8.self)) == nil)
      }
      for other in ["", "deed_", text + "a", String(text.dropLast()), text.uppercased(), "ä"] {
        #expect(try ring.holder(of: other) == nil)
      }
    }
  }

  @Test func `the key itself stands nowhere on the disk`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      let text = try ring.make(for: "usr_1", name: "n", scopes: [.read], expiresAfterDays: nil).text
      let secret = Data(text.split(separator: "_", maxSplits: 2)[2].utf8)
      let parent = URL(filePath: folder.path).deletingLastPathComponent()
      let files = Self.files(under: parent)
      for file in files {
        #expect(try Data(contentsOf: file).range(of: secret) == nil, "in \(file.path)")
      }
      #expect(files.count > 2)
    }
  }

  private static func files(under folder: URL) -> [URL] {
    guard
      let found = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    else { return [] }
    return found.compactMap { $0 as? URL }.filter { !$0.hasDirectoryPath }
  }

  @Test func `what can't be a key is not made`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      for (user, name, scopes, days) in [
        ("", "n", [.read], nil), ("system:init", "n", [.read], nil), ("usr_1", "", [.read], nil),
        ("usr_1", "a\tb", [.read], nil),
        ("usr_1", String(repeating: "n", count: 101), [.read], nil),
        ("usr_1", "n", [], nil), ("usr_1", "n", [.read], 0), ("usr_1", "n", [.read], 3_651),
      ] as [(String, String, Set<APIKeyScope>, Int?)] {
        #expect(throws: ServiceError.self) {
          try ring.make(for: user, name: name, scopes: scopes, expiresAfterDays: days)
        }
      }
      #expect(try ring.keys().isEmpty)
      #expect(throws: ServiceError.self) { try ring.revoke("nobody") }
    }
  }

  @Test func `a file that others may read, or that is damaged, lets nobody in`() async throws {
    try await Self.withStore { folder, clock in
      let ring = try Self.ring(folder, clock)
      let text = try ring.make(for: "usr_1", name: "n", scopes: [.read], expiresAfterDays: nil).text
      let path = folder.keysPath + "/" + folder.workspace + "/api-keys"
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      #expect(throws: ServiceError.self) { try Self.ring(folder, clock) }
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      #expect(try Self.ring(folder, clock).holder(of: text) != nil)
      try Data("abc\n".utf8).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      #expect(throws: ServiceError.self) { try Self.ring(folder, clock) }
    }
  }
}

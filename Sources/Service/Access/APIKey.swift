internal import EventModel
internal import Foundation

/// What an API key lets its holder do at all; what its user may do narrows it further.
public enum APIKeyScope: String, Sendable, Hashable, CaseIterable {
  /// Ask.
  case read
  /// Carry out commands.
  case write
  /// Nothing but to be changed, once, for a key of the first administrator.
  case setup
}

/// A key that a program signs in with, without its secret.
public struct APIKey: Sendable, Hashable {
  /// 8 letters and digits; in the key's text, and in logs.
  public let id: String
  /// As whom the program acts.
  public let userID: String
  /// What it is for, in the words of who made it.
  public let name: String
  /// What it lets do.
  public let scopes: Set<APIKeyScope>
  /// Microseconds since 1970, UTC.
  public let createdAt: Int64
  /// When it ends; `nil` for never.
  public let expiresAt: Int64?
  /// Whether it was revoked.
  public var isRevoked: Bool
  /// SHA-256 of the whole key: it has 256 random bits, so a plain hash keeps it.
  let digest: Digest

  /// Whether it lets anybody in at `time`.
  func isValid(at time: Timestamp) -> Bool {
    guard !isRevoked else { return false }
    return expiresAt.map { time.microseconds < $0 } ?? true
  }
}

/// The text of a key: `deed_<id>_<256 random bits>_<checksum>`, so that scanners for secrets find
/// it and tell a mistyped one.
struct APIKeyText {
  let text: String
  let id: String

  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
  private static let idCount = 8
  private static let secretCount = 43
  private static let checksumCount = 6

  /// Makes a new key of 40 random bytes.
  init(random: RandomSource) {
    let bytes = random.bytes(Self.idCount + 32)
    id = String(
      decoding: bytes.prefix(Self.idCount).map { Self.alphabet[Int($0 & 31)] }, as: UTF8.self)
    let secret = Data(bytes.dropFirst(Self.idCount)).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    let body = "deed_\(id)_\(secret)"
    text = "\(body)_\(Self.checksum(body))"
  }

  /// Reads a key; `nil` for text that no key can be.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let count = 5 + Self.idCount + 1 + Self.secretCount + 1 + Self.checksumCount
    guard bytes.count == count, text.hasPrefix("deed_"),
      bytes.allSatisfy({ (0x21...0x7e) ~= $0 }),
      bytes[5 + Self.idCount] == UInt8(ascii: "_")
    else { return nil }
    let body = String(decoding: bytes.dropLast(Self.checksumCount + 1), as: UTF8.self)
    guard text == "\(body)_\(Self.checksum(body))" else { return nil }
    self.text = text
    id = String(decoding: bytes[5..<5 + Self.idCount], as: UTF8.self)
  }

  var digest: Digest { .sha256(Array(text.utf8)) }

  private static func checksum(_ body: String) -> String {
    String(Digest.sha256(Array(body.utf8)).hex.prefix(checksumCount))
  }
}

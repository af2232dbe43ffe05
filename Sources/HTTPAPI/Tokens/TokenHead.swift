internal import Foundation
internal import Service

/// A token's head, read strictly, before anything of it is trusted.
struct TokenHead {
  let algorithm: String
  let type: String
  let keyName: String
  /// Whether it has members that must be understood; none are.
  let isCritical: Bool
  private let payloadText: Substring

  init(_ token: String) throws(TokenRefusal) {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .malformed }
    guard Self.bytes(parts[2]) != nil else { throw .malformed }
    let members = try Self.members(parts[0])
    func text(_ name: String) throws(TokenRefusal) -> String {
      switch members[name] {
      case nil: return ""
      case .string(let text)?: return text
      case .some: throw .malformed
      }
    }
    algorithm = try text("alg")
    type = try text("typ")
    keyName = try text("kid")
    isCritical = members["crit"] != nil || members["b64"] != nil
    payloadText = parts[1]
  }

  /// The members of the payload, no two of one name.
  func payload() throws(TokenRefusal) -> [String: JSONValue] { try Self.members(payloadText) }

  private static func members(_ part: Substring) throws(TokenRefusal) -> [String: JSONValue] {
    guard let bytes = bytes(part) else { throw .malformed }
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: bytes) } catch { throw .malformed }
    guard case .object(let members) = value else { throw .malformed }
    return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
  }

  /// Base64url without padding, and only as it would be written again.
  private static func bytes(_ part: Substring) -> [UInt8]? {
    let padding = String(repeating: "=", count: (4 - part.utf8.count % 4) % 4)
    let usual = String(part).replacing("-", with: "+").replacing("_", with: "/") + padding
    guard !part.contains("="), !part.contains("+"), !part.contains("/"),
      let data = Data(base64Encoded: usual), data.base64EncodedString() == usual
    else { return nil }
    return [UInt8](data)
  }
}

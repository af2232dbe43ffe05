internal import Crypto
package import EventModel
internal import Transparency

/// An actor's signature over a command: the content of a section of kind 3 or 4.
///
/// Source: docs/format/evidence.md, "Actor proofs".
package struct ActorProof: Hashable, Sendable {
  package let keyID: String
  /// The request's method in upper case, such as `POST`.
  package let method: String
  /// The request's target, such as `/v1/commands/TransferOwnership`.
  package let target: String
  package let idempotencyKey: String
  /// SHA-256 of the request's body as it was received.
  package let bodyDigest: EventModel.Digest
  /// Ed25519 over ``signedText(origin:)``: 64 bytes.
  package let signature: [UInt8]

  private static let magic = Array("CAP1".utf8)
  private static let ed25519: UInt8 = 1
  package static let signatureByteCount = 64

  package init(
    keyID: String, method: String, target: String, idempotencyKey: String,
    bodyDigest: EventModel.Digest, signature: [UInt8]
  ) {
    self.keyID = keyID
    self.method = method
    self.target = target
    self.idempotencyKey = idempotencyKey
    self.bodyDigest = bodyDigest
    self.signature = signature
  }

  /// Reads the section's content; `nil` for whatever ``bytes`` can't have made.
  package init?(parsing content: [UInt8]) {
    var rest = content[...]
    guard rest.starts(with: Self.magic) else { return nil }
    rest = rest.dropFirst(4)
    guard rest.popFirst() == Self.ed25519, let keyID = Self.text(&rest),
      let method = Self.text(&rest), let target = Self.text(&rest),
      let key = Self.text(&rest), rest.count == EventModel.Digest.byteCount + 64,
      !keyID.isEmpty, !method.isEmpty, !target.isEmpty, !key.isEmpty,
      let digest = EventModel.Digest(Array(rest.prefix(32)))
    else { return nil }
    self.init(
      keyID: keyID, method: method, target: target, idempotencyKey: key, bodyDigest: digest,
      signature: Array(rest.dropFirst(32)))
  }

  private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let count = rest.popFirst(), rest.count >= Int(count) else { return nil }
    let bytes = rest.prefix(Int(count))
    rest = rest.dropFirst(Int(count))
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The section's content.
  package var bytes: [UInt8] {
    var bytes = Self.magic + [Self.ed25519]
    for text in [keyID, method, target, idempotencyKey] { bytes.append(str8: text) }
    bytes.append(contentsOf: bodyDigest.bytes)
    return bytes + signature
  }

  /// What is signed: five lines, each with its end.
  package static func signedText(
    origin: String, method: String, target: String, idempotencyKey: String,
    bodyDigest: EventModel.Digest
  ) -> String {
    "deed/command/v1\n\(origin)\n\(method) \(target)\n\(idempotencyKey)\n\(bodyDigest.hex)\n"
  }

  /// Whether the signature is of `publicKey`, over this command to the log at `origin`.
  package func isSigned(by publicKey: [UInt8], origin: String) -> Bool {
    let key: Curve25519.Signing.PublicKey
    do {
      key = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
    } catch {
      return false
    }
    let text = Self.signedText(
      origin: origin, method: method, target: target, idempotencyKey: idempotencyKey,
      bodyDigest: bodyDigest)
    return key.isValidSignature(signature, for: Array(text.utf8))
  }
}

/// A person's signing key, as a file keeps it: its name and the private half.
package struct ActorSigningKey: Sendable {
  package let keyID: String
  private let seed: [UInt8]
  private let privateKey: Curve25519.Signing.PrivateKey

  /// `nil` unless `seed` has 32 bytes and the name 1 to 64 printable ASCII characters.
  package init?(keyID: String, seed: [UInt8]) {
    guard Self.isKeyID(keyID) else { return nil }
    do {
      privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
    } catch { return nil }
    self.keyID = keyID
    self.seed = seed
  }

  /// 1 to 64 of `a`–`z`, `A`–`Z`, `0`–`9`, `.`, `_` and `-`.
  package static func isKeyID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= byte
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= byte
          || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= byte
          || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-")].contains(byte)
      }
  }

  package var publicKey: [UInt8] { Array(privateKey.publicKey.rawRepresentation) }

  private static let prefix = "DEED-ACTOR-KEY"

  /// `DEED-ACTOR-KEY <key id> <base64 seed>` and a line's end.
  package var text: String { "\(Self.prefix) \(keyID) \(Base64.encode(seed))\n" }

  /// Reads what ``text`` writes.
  package init?(text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].elementsEqual(Self.prefix.utf8), let id = String(parts[1]),
      parts[2].last == UInt8(ascii: "\n"), let seed = Base64.decode(Array(parts[2].dropLast())[...])
    else { return nil }
    self.init(keyID: id, seed: seed)
  }

  /// Signs a command; `nil` when the key does not sign.
  package func sign(
    origin: String, method: String, target: String, idempotencyKey: String, body: [UInt8]
  ) -> ActorProof? {
    let digest = EventModel.Digest.sha256(body)
    let text = ActorProof.signedText(
      origin: origin, method: method, target: target, idempotencyKey: idempotencyKey,
      bodyDigest: digest)
    let signature: [UInt8]
    do {
      signature = Array(try privateKey.signature(for: Array(text.utf8)))
    } catch { return nil }
    return ActorProof(
      keyID: keyID, method: method, target: target, idempotencyKey: idempotencyKey,
      bodyDigest: digest, signature: signature)
  }
}

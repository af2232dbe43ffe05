import EventModel
import Sealing
import TestSupport
import Testing
import Vault

/// What lies in the vault, and what sealed sections say of themselves.
@Suite struct VaultFuzzTests {
  @Test func `an entry of the vault is written as it was read`() throws {
    try Fuzz("vault-entry", seed: 301).feed { bytes in
      let entry: KeyEntry
      do throws(VaultError) { entry = try KeyEntry(parsing: bytes.span) } catch { return .refused }
      return try .fixpoint(entry.bytes, of: bytes)
    }
  }

  @Test func `a sealed section opens as it was sealed, or not at all`() throws {
    let secret = try #require([UInt8](hex: SealedSample.secret).flatMap { SectionSecret($0) })
    let keyID = try #require([UInt8](hex: SealedSample.keyID).flatMap { KeyID($0) })
    let place = SectionPlace(
      eventID: EventID(high: 0x019a_a7b1_3c56_7f18, low: 0x8dbd_855a_6ab3_c196), section: 1,
      stream: SealedSample.stream, type: SealedSample.type)
    let fuzz = Fuzz("sealed-section", seed: 302)
    let whole = try #require(try fuzz.corpus().first)
    guard
      case .value(let truth) = SealedSection.open(
        whole.span, secret: secret, keyID: keyID, place: place)
    else {
      Issue.record("the sample does not open")
      return
    }
    try fuzz.feed { bytes in
      switch SealedSection.open(bytes.span, secret: secret, keyID: keyID, place: place) {
      case .value(let content):
        // The salt alone may differ: the secret was made of it, and the leaf has the blob's digest.
        return try .same(content, truth)
      case .notThisKey, .damaged, .erased, .unknownKey: return .refused
      }
    }
  }
}

/// The worked example of the specification.
private enum SealedSample {
  static let secret = "6d4a551137c7175d0a9398df589334fc93dc2dade721e2c69e58816991b3394c"
  static let keyID = "ef27145faf6f13ecad17fd2c0ddddfa3"
  static let stream = "contact-con_01KAKV2DC0NGPPYGWPKS7X34ST"
  static let type = "ContactCreated"
}

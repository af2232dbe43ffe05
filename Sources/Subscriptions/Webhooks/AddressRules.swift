/// Which addresses webhooks may go to: those of the open network, so that nobody can make the server
/// speak to its own machine or its neighbours.
///
/// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
package enum AddressRules {
  /// Whether `bytes`, 4 or 16 of them, are an address of the open network.
  package static func isOpen(_ bytes: [UInt8]) -> Bool {
    switch bytes.count {
    case 4: isOpenIPv4(bytes)
    case 16: isOpenIPv6(bytes)
    case _: false
    }
  }

  /// The bytes of an address as the system writes it, 4 or 16; `nil` for anything else.
  package static func bytes(of text: String) -> [UInt8]? {
    text.contains(":") ? bytesIPv6(text) : bytesIPv4(text[...])
  }

  private static func bytesIPv4(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
    return parts.count == 4 && bytes.count == 4 ? bytes : nil
  }

  private static func bytesIPv6(_ text: String) -> [UInt8]? {
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2, let head = groups(halves[0]) else { return nil }
    guard halves.count == 2 else { return head.count == 16 ? head : nil }
    guard let tail = groups(halves[1]), head.count + tail.count <= 14 else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }

  /// The bytes of groups between colons; the last may be an IPv4 address.
  private static func groups(_ text: Substring) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    var bytes: [UInt8] = []
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if part.contains("."), index == parts.count - 1 {
        guard let last = bytesIPv4(part) else { return nil }
        bytes += last
      } else {
        guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16),
          !part.hasPrefix("+")
        else { return nil }
        bytes += [UInt8(group >> 8), UInt8(truncatingIfNeeded: group)]
      }
    }
    return bytes
  }

  private static func isOpenIPv4(_ bytes: [UInt8]) -> Bool {
    let (a, b, c) = (bytes[0], bytes[1], bytes[2])
    switch a {
    // This network, private, loopback.
    case 0, 10, 127: return false
    // Shared by carriers.
    case 100: return !(64...127 ~= b)
    // Link-local, where clouds keep their metadata.
    case 169: return b != 254
    case 172: return !(16...31 ~= b)
    case 192:
      let isSpecial =
        b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99) || (b == 31 && c == 196)
        || (b == 52 && c == 193) || (b == 175 && c == 48)
      return !isSpecial
    // Benchmarks, documentation.
    case 198: return !(b == 18 || b == 19 || (b == 51 && c == 100))
    case 203: return !(b == 0 && c == 113)
    // Multicast, reserved, broadcast.
    case 224...255: return false
    case _: return true
    }
  }

  private static func isOpenIPv6(_ bytes: [UInt8]) -> Bool {
    let tail = Array(bytes[12...])
    if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff {
      return isOpenIPv4(tail)
    }
    // NAT64 and 6to4 carry an IPv4 address.
    if bytes[..<12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] { return isOpenIPv4(tail) }
    if bytes[0] == 0x20, bytes[1] == 0x02 { return isOpenIPv4(Array(bytes[2..<6])) }
    // Global unicast is 2000::/3, without documentation, Teredo, benchmarks and ORCHID.
    guard bytes[0] & 0xe0 == 0x20 else { return false }
    if bytes[0] == 0x20, bytes[1] == 0x01 {
      if bytes[2] < 0x02 { return false }
      if bytes[2] == 0x0d, bytes[3] == 0xb8 { return false }
    }
    return !(bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10)
  }
}

/// A webhook's URL, checked.
package struct WebhookURL: Hashable, Sendable {
  package let text: String
  package let isSecure: Bool
  /// Without the brackets of an IPv6 address.
  package let host: String
  package let port: Int

  /// Reads an `https` URL, or with `allowsPlain` an `http` one; a user, a password and a fragment
  /// are refused.
  package init?(_ text: String, allowsPlain: Bool = false) {
    guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ (0x21...0x7e) ~= $0 }),
      !text.contains("#"), !text.contains("\\")
    else { return nil }
    let rest: Substring
    if text.hasPrefix("https://") {
      isSecure = true
      rest = text.dropFirst(8)
    } else if allowsPlain, text.hasPrefix("http://") {
      isSecure = false
      rest = text.dropFirst(7)
    } else {
      return nil
    }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.isEmpty, !authority.contains("@"),
      let (host, digits) = Self.parts(of: authority)
    else { return nil }
    if let digits {
      guard (1...5).contains(digits.utf8.count),
        digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }),
        let port = Int(digits), (1...65_535).contains(port)
      else { return nil }
      self.port = port
    } else {
      port = isSecure ? 443 : 80
    }
    self.host = host
    self.text = text
  }

  private static func parts(of authority: Substring) -> (host: String, port: Substring?)? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let host = authority[authority.index(after: authority.startIndex)..<end]
      let behind = authority[authority.index(after: end)...]
      guard host.contains(":"), behind.isEmpty || behind.hasPrefix(":") else { return nil }
      return (String(host), behind.isEmpty ? nil : behind.dropFirst())
    }
    let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, let host = parts.first, !host.isEmpty,
      host.utf8.allSatisfy({
        (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0
          || (UInt8(ascii: "A")...UInt8(ascii: "Z")) ~= $0
          || (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 || $0 == UInt8(ascii: "-")
          || $0 == UInt8(ascii: ".")
      })
    else { return nil }
    return (String(host), parts.count == 2 ? parts[1] : nil)
  }
}

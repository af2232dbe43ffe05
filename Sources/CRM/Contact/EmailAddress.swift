/// An e-mail address as it is stored: as given, and in the form that is compared.
package struct EmailAddress: Hashable, Sendable {
  /// As given, without white space around it and with narrow characters.
  package let address: String
  /// Lower case, without what follows a `+` in the local part.
  package let normalized: String

  /// Reads one address; `nil` for anything else.
  ///
  /// An address is a local part of 1 to 64 bytes, an at sign and a domain of two labels or more,
  /// 254 bytes in all. Quoted local parts are not taken.
  package init?(_ text: String) {
    let address = text.narrowed.trimmed
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, address.utf8.count <= 254,
      Self.isLocalPart(parts[0]), Self.isDomain(parts[1])
    else { return nil }
    let local = parts[0].lowercased()
    let untagged = local.prefix { $0 != "+" }
    self.address = address
    normalized = "\(untagged.isEmpty ? local[...] : untagged)@\(parts[1].lowercased())"
  }

  private static func isLocalPart(_ text: Substring) -> Bool {
    guard (1...64).contains(text.utf8.count), text.first != ".", text.last != ".",
      !text.contains("..")
    else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9") ~= scalar
        || "!#$%&'*+-/=?^_`{|}~.".unicodeScalars.contains(scalar)
    }
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2 else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.unicodeScalars.allSatisfy { scalar in
          scalar.properties.isAlphabetic || ("0"..."9") ~= scalar || scalar == "-"
        }
    }
  }
}

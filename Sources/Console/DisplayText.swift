/// Text made safe for a terminal, and as wide as a terminal shows it.
///
/// Data may hold control characters and escape sequences that would move the cursor, change
/// titles or hide text; they are shown as `\u{1b}` and the like, never sent.
package enum DisplayText {
  /// `text` with every control, format and line-separating character written out.
  package static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var safe = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": safe += "\\n"
      case "\r": safe += "\\r"
      case "\t": safe += "\\t"
      case _ where isUnsafe(scalar): safe += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20..<0x7f: false
    // The joiner of emoji and of Indic and Persian letters shows nothing by itself.
    case 0x200c, 0x200d: false
    default:
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
      default: false
      }
    }
  }

  /// The columns that `text` takes: two for wide characters, none for combining ones.
  package static func width(_ text: String) -> Int {
    text.reduce(into: 0) { $0 += width($1) }
  }

  static func width(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    if scalars.contains("\u{fe0f}") { return 2 }
    return scalars.reduce(0) { max($0, width($1)) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return isWide(scalar.value) ? 2 : 1
    }
  }

  /// `text` in `columns` columns at the most, with `…` where something is missing.
  package static func truncated(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      let next = width(character)
      guard used + next <= columns - 1 else { break }
      result.append(character)
      used += next
    }
    return result + "…"
  }

  /// `text` with spaces up to `columns` columns.
  package static func padded(_ text: String, to columns: Int, _ alignment: Alignment) -> String {
    let space = String(repeating: " ", count: max(0, columns - width(text)))
    switch alignment {
    case .leading: return text + space
    case .trailing: return space + text
    }
  }
}

/// On which side of a column its text stands.
package enum Alignment: Hashable, Sendable {
  case leading
  case trailing
}

extension DisplayText {
  /// The blocks that are wide (W) or full-width (F), joined over unassigned gaps.
  ///
  /// Source: Unicode 16.0, EastAsianWidth.txt, and emoji-data.txt for Emoji_Presentation.
  private static let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x231a...0x231b, 0x2329...0x232a, 0x23e9...0x23ec, 0x23f0...0x23f0,
    0x23f3...0x23f3, 0x25fd...0x25fe, 0x2614...0x2615, 0x2630...0x2637, 0x2648...0x2653,
    0x267f...0x267f, 0x268a...0x268f, 0x2693...0x2693, 0x26a1...0x26a1, 0x26aa...0x26ab,
    0x26bd...0x26be, 0x26c4...0x26c5, 0x26ce...0x26ce, 0x26d4...0x26d4, 0x26ea...0x26ea,
    0x26f2...0x26f3, 0x26f5...0x26f5, 0x26fa...0x26fa, 0x26fd...0x26fd, 0x2705...0x2705,
    0x270a...0x270b, 0x2728...0x2728, 0x274c...0x274c, 0x274e...0x274e, 0x2753...0x2755,
    0x2757...0x2757, 0x2795...0x2797, 0x27b0...0x27b0, 0x27bf...0x27bf, 0x2b1b...0x2b1c,
    0x2b50...0x2b50, 0x2b55...0x2b55, 0x2e80...0x303e, 0x3041...0x4dbf, 0x4dc0...0x4dff,
    0x4e00...0xa4cf, 0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
    0xfe30...0xfe6b, 0xff01...0xff60, 0xffe0...0xffe6, 0x1_6fe0...0x1_8cff,
    0x1_aff0...0x1_b2fb, 0x1_d300...0x1_d376, 0x1_f004...0x1_f004, 0x1_f0cf...0x1_f0cf,
    0x1_f18e...0x1_f18e, 0x1_f191...0x1_f19a, 0x1_f1e6...0x1_f202, 0x1_f210...0x1_f23b,
    0x1_f240...0x1_f248, 0x1_f250...0x1_f251, 0x1_f260...0x1_f265, 0x1_f300...0x1_f320,
    0x1_f32d...0x1_f335, 0x1_f337...0x1_f37c, 0x1_f37e...0x1_f393, 0x1_f3a0...0x1_f3ca,
    0x1_f3cf...0x1_f3d3, 0x1_f3e0...0x1_f3f0, 0x1_f3f4...0x1_f3f4, 0x1_f3f8...0x1_f43e,
    0x1_f440...0x1_f440, 0x1_f442...0x1_f4fc, 0x1_f4ff...0x1_f53d, 0x1_f54b...0x1_f54e,
    0x1_f550...0x1_f567, 0x1_f57a...0x1_f57a, 0x1_f595...0x1_f596, 0x1_f5a4...0x1_f5a4,
    0x1_f5fb...0x1_f64f, 0x1_f680...0x1_f6c5, 0x1_f6cc...0x1_f6cc, 0x1_f6d0...0x1_f6d2,
    0x1_f6d5...0x1_f6df, 0x1_f6eb...0x1_f6ec, 0x1_f6f4...0x1_f6fc, 0x1_f7e0...0x1_f7f0,
    0x1_f90c...0x1_f93a, 0x1_f93c...0x1_f945, 0x1_f947...0x1_f9ff, 0x1_fa70...0x1_faff,
    0x2_0000...0x2_fffd, 0x3_0000...0x3_fffd,
  ]

  private static func isWide(_ value: UInt32) -> Bool {
    var low = 0
    var high = wideRanges.count
    while low < high {
      let middle = (low + high) / 2
      if wideRanges[middle].upperBound < value { low = middle + 1 } else { high = middle }
    }
    return low < wideRanges.count && wideRanges[low].contains(value)
  }
}

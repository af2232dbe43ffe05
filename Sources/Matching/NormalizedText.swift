internal import Foundation

/// The forms of text that names are compared in.
package enum NormalizedText {
  /// NFKC, lower case, letters and digits only; the rest separates words.
  package static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    for scalar in folded(text).unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || scalar.properties.generalCategory == .nonspacingMark
      {
        word.append(scalar)
      } else if scalar != "'" && scalar != "\u{2019}" && !word.isEmpty {
        words.append(String(word))
        word = String.UnicodeScalarView()
      }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words
  }

  /// ``words(_:)`` without what stood between them.
  package static func joined(_ text: String) -> String { words(text).joined() }

  private static func folded(_ text: String) -> String {
    // Han characters and lower-case ASCII stand in the form already.
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      (0x4e00...0x9fff).contains(scalar.value)
        || (scalar.value < 0x80 && !(0x41...0x5a).contains(scalar.value))
    }
    return isPlain ? text : text.precomposedStringWithCompatibilityMapping.lowercased()
  }
}

import CRM
import TestSupport
import Testing

/// Every example number of libphonenumber in ten notations: see ../shared/data/phone-vectors.
@Suite struct PhoneVectorTests {
  @Test(.enabled(if: SharedData.isPresent)) func `every notation of a number is one key`() throws {
    let bytes = SharedData.bytes("phone-vectors/phone_vectors_dev.csv")
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    var wrong: [String] = []
    for line in lines.dropFirst() {
      let fields = Self.fields(line)
      let number = PhoneNumber(fields[3], region: fields[4].isEmpty ? nil : fields[4])
      if number?.e164 ?? "" != fields[7] { wrong.append("\(fields[0]) \(fields[2]) \(fields[3])") }
    }
    #expect(lines.count == 3514)
    #expect(wrong == [])
  }

  /// Of a line with quoted fields, none of which holds a quote.
  private static func fields(_ line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  @Test(
    arguments: [
      ("+44 (0)20 7946 0958", nil, "+442079460958"), ("138 0013 8000", "CN", "+8613800138000"),
      ("0571-8888 8888", "CN", "+8657188888888"), ("8613800138000", "CN", "+8613800138000"),
      ("02 1234 5678", "IT", "+390212345678"), ("15 1234-5678", "XX", nil), ("1234567", nil, nil),
      ("+999 1234567", nil, nil), ("+0 1234567", nil, nil), ("00", "DE", nil),
    ] as [(String, String?, String?)])
  func `a number is dialled from somewhere`(text: String, region: String?, e164: String?) {
    #expect(PhoneNumber(text, region: region)?.e164 == e164)
  }
}

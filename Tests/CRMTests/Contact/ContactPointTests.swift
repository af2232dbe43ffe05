import CRM
import Foundation
import TestSupport
import Testing

@Suite struct ContactPointTests {
  @Test(arguments: [
    ("Ada.Lovelace+crm@Example.COM", "ada.lovelace@example.com"),
    (" info@xn--fiqs8s.cn ", "info@xn--fiqs8s.cn"),
    ("张三@例子.公司", "张三@例子.公司"),
    ("ａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "a@example.com"),
    ("+all@example.com", "+all@example.com"),
  ])
  func `an address is compared in lower case and without its tag`(text: String, form: String) {
    #expect(EmailAddress(text)?.normalized == form)
  }

  @Test(arguments: [
    "", "a", "a@b", "@example.com", "a@", "a@b@c.com", "a b@c.com", ".a@c.com", "a..b@c.com",
    "a@-c.com", "a@c..com", "a@c.com\n<b@d.com>",
  ])
  func `what is no address is refused`(text: String) {
    #expect(EmailAddress(text) == nil)
  }

  @Test(arguments: [
    ("138 0013 8000", "CN", "+8613800138000"), ("010-65529988", "CN", "+861065529988"),
    ("010-6552 9988 转 12", "CN", "+861065529988"), ("(020) 7946 0018", "GB", "+442079460018"),
    ("+44 (0)20 7946 0018", nil, "+442079460018"), ("0039 06 698", "DE", "+3906698"),
    ("+1-202-555-0143 x22", nil, "+12025550143"), ("1 202 555 0143", "US", "+12025550143"),
    ("13800138000", nil, nil), ("65529988", "CN", nil), ("6552998", "CN", nil),
    ("95588", "CN", nil), ("400 810 8888", "CN", "+864008108888"), ("+12", nil, nil),
  ])
  func `a number's country is taken from it or from where it was entered`(
    text: String, region: String?, e164: String?
  ) {
    #expect(PhoneNumber(text, region: region)?.raw == text)
    #expect(PhoneNumber(text, region: region)?.e164 == e164)
  }

  @Test(arguments: ["", "12", "call me", "138-0013-8000; DROP", "--- ---"])
  func `what is no number is refused`(text: String) {
    #expect(PhoneNumber(text) == nil)
  }

  /// Google's example numbers of 245 regions, in the notations that name the country.
  @Test(.enabled(if: FileManager.default.fileExists(atPath: vectors)))
  func `numbers of every country are read as libphonenumber reads them`() throws {
    let styles: Set<String> = [
      "international", "e164", "rfc3966", "fullwidth", "extension", "dots",
    ]
    var checked = 0
    for line in try String(contentsOfFile: Self.vectors, encoding: .utf8).split(
      whereSeparator: \.isNewline)
    {
      let row = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard row.count == 12, styles.contains(row[2]), row[4].isEmpty, row[6] == "yes" else {
        continue
      }
      checked += 1
      #expect(PhoneNumber(row[3])?.e164 == row[7], "\(line)")
    }
    #expect(checked > 1000)
  }

  static let vectors = "\(PackageRoot.path)/../shared/data/phone-vectors/phone_vectors_dev.csv"
}

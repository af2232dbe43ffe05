import CRM
import Testing

@Suite struct UnifiedSocialCreditCodeTests {
  @Test(arguments: [
    ("914403001922038216", "914403001922038216"),
    ("91330100799655058b", "91330100799655058B"),
    (" 9144030071526726XG ", "9144030071526726XG"),
  ])
  func `a code with the right check character is read in upper case`(text: String, code: String) {
    #expect(UnifiedSocialCreditCode(text)?.text == code)
  }

  @Test(arguments: [
    "", "914403001922038217", "91440300192203821", "9144030019220382166", "91440300I922038216",
    "９１４４０３００１９２２０３８２１６", "914403001922038-16",
  ])
  func `anything else is no code`(text: String) {
    #expect(UnifiedSocialCreditCode(text) == nil)
  }

  @Test func `every change of one character is noticed`() {
    let alphabet = Array("0123456789ABCDEFGHJKLMNPQRTUWXY")
    let code = Array("91330100799655058B")
    for index in code.indices {
      for other in alphabet where other != code[index] {
        var altered = code
        altered[index] = other
        #expect(UnifiedSocialCreditCode(String(altered)) == nil, "\(String(altered))")
      }
    }
  }
}

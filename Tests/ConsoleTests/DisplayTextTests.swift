import Console
import Testing

@Suite struct DisplayTextTests {
  @Test(arguments: [
    ("abc", 3), ("客户", 4), ("e\u{301}", 1), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("ﾊﾝ", 2), ("ＡＢ", 4), ("❤️", 2),
    ("한글", 4), ("…", 1), ("", 0), ("Müller", 6),
  ])
  func `width is what a terminal takes`(text: String, width: Int) {
    #expect(DisplayText.width(text) == width)
  }

  @Test(arguments: [
    ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"), ("a\r\nb", "a\\r\\nb"), ("\t", "\\t"),
    ("\u{202e}abc", "\\u{202e}abc"), ("\u{9b}31m", "\\u{9b}31m"), ("\u{0}", "\\u{0}"),
    ("\u{2028}", "\\u{2028}"), ("\u{feff}x", "\\u{feff}x"), ("é客👩‍👩‍👧", "é客👩‍👩‍👧"),
  ])
  func `what would steer a terminal is shown`(text: String, shown: String) {
    #expect(DisplayText.escaped(text) == shown)
  }

  @Test func `cutting keeps whole characters and the width`() {
    #expect(DisplayText.truncated("客户公司", to: 8) == "客户公司")
    #expect(DisplayText.truncated("客户公司", to: 7) == "客户公…")
    #expect(DisplayText.truncated("客户公司", to: 6) == "客户…")
    #expect(DisplayText.truncated("abc", to: 1) == "…")
    #expect(DisplayText.truncated("abc", to: 0) == "")
  }

  @Test func `an error is one line on any terminal`() {
    let hostile = "No record “\u{1b}[31m\n”; try again."
    #expect(
      Printing.errorLine(hostile, on: .plain) == "error: No record “\\u{1b}[31m\\n”; try again.\n")
    #expect(
      Printing.errorLine("x.", on: Terminal(columns: 80, hasColours: true))
        == "\u{1b}[31merror:\u{1b}[0m x.\n")
  }
}

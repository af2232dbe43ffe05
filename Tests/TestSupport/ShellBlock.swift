/// A fenced block of a document that is marked `sh`: commands that readers run, and tests do too.
package struct ShellBlock: Hashable, Sendable {
  /// Its lines with their numbers, counted from 1, without empty ones and comments.
  package let lines: [Line]

  package struct Line: Hashable, Sendable {
    package let number: Int
    package let text: String
  }

  /// The blocks of `document`, in order.
  package static func blocks(in document: String) -> [ShellBlock] {
    var blocks: [ShellBlock] = []
    var fence: Substring?
    var lines: [Line] = []
    for (index, line) in document.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      let text = line.drop { $0 == " " }
      if text.hasPrefix("```") {
        if fence == "sh" { blocks.append(ShellBlock(lines: lines)) }
        fence = fence == nil ? text.dropFirst(3) : nil
        lines = []
      } else if fence == "sh", !text.isEmpty, !text.hasPrefix("#") {
        lines.append(Line(number: index + 1, text: String(text)))
      }
    }
    return blocks
  }
}

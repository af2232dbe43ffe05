internal import Foundation

/// Where a command's words go: data to standard output, everything else to standard error.
package enum Printing {
  /// Writes `text` to standard output; a reader that went away ends nothing but the writing.
  package static func output(_ text: String) {
    write(text, to: .standardOutput)
  }

  /// One sentence on standard error, for something that went wrong and what to do about it.
  package static func error(_ sentence: String) {
    let terminal = Terminal.of(.standardError)
    write(errorLine(sentence, on: terminal), to: .standardError)
  }

  /// One sentence on standard error that is no error.
  package static func note(_ sentence: String) {
    write(DisplayText.escaped(sentence) + "\n", to: .standardError)
  }

  /// The line that ``error(_:)`` writes.
  package static func errorLine(_ sentence: String, on terminal: Terminal) -> String {
    terminal.styled("error:", .red) + " " + DisplayText.escaped(sentence) + "\n"
  }

  private static func write(_ text: String, to handle: FileHandle) {
    do { try handle.write(contentsOf: Data(text.utf8)) } catch {
      // The reader of a pipe has closed it, as `head` does: there is nobody left to tell.
    }
  }
}

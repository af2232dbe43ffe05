internal import CTerminal
internal import Foundation

/// What the place that text goes to can show.
package struct Terminal: Hashable, Sendable {
  /// The columns of a line; `nil` where lines have no limit, as in a file.
  package let columns: Int?
  package let hasColours: Bool

  package init(columns: Int?, hasColours: Bool) {
    self.columns = columns
    self.hasColours = hasColours
  }

  /// A file or a pipe: nothing is cut, nothing coloured.
  package static let plain = Terminal(columns: nil, hasColours: false)

  package enum Stream: Hashable, Sendable {
    case standardOutput
    case standardError
  }

  /// Whether a person types what standard input gives.
  package static var hasInteractiveInput: Bool { isatty(0) == 1 }

  /// What `stream` goes to, by the process's environment.
  ///
  /// Colours only on a terminal that is not `dumb`, and not when `NO_COLOR` says something
  /// (https://no-color.org).
  package static func of(_ stream: Stream) -> Terminal {
    let descriptor: Int32
    switch stream {
    case .standardOutput: descriptor = 1
    case .standardError: descriptor = 2
    }
    guard isatty(descriptor) == 1 else { return .plain }
    let environment = ProcessInfo.processInfo.environment
    let found = Int(terminal_columns(descriptor))
    let columns = found > 0 ? found : environment["COLUMNS"].flatMap { Int($0) } ?? 80
    let isQuiet = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    return Terminal(columns: max(20, columns), hasColours: !isQuiet)
  }
}

/// How a piece of text stands out on a terminal with colours.
package enum Style: String, Hashable, Sendable {
  case plain = ""
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
}

extension Terminal {
  /// `text` in `style`, or as it is where there are no colours.
  package func styled(_ text: String, _ style: Style) -> String {
    guard hasColours, style != .plain, !text.isEmpty else { return text }
    return "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m"
  }
}

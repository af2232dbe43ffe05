/// Counts drawn as bars, in eighths of a column.
package struct BarChart: Hashable, Sendable {
  package struct Bar: Hashable, Sendable {
    package let label: String
    package let value: Int64
    /// What stands behind the value, such as `42.0 %`.
    package let note: String

    package init(_ label: String, _ value: Int64, note: String = "") {
      self.label = label
      self.value = value
      self.note = note
    }
  }

  package enum Shape: Hashable, Sendable {
    /// From the left margin.
    case bars
    /// Around a common middle, as a funnel narrows.
    case funnel
  }

  package let shape: Shape
  package let bars: [Bar]

  package init(_ shape: Shape, _ bars: [Bar]) {
    self.shape = shape
    self.bars = bars
  }

  /// A line for each bar, the longest as long as the terminal leaves room for, 60 at the most.
  package func rendered(on terminal: Terminal = .plain) -> String {
    let labels = bars.map { DisplayText.escaped($0.label) }
    let values = bars.map { DecimalText.grouped(String($0.value)) }
    let notes = bars.map { DisplayText.escaped($0.note) }
    let noteWidth = notes.map(DisplayText.width).max() ?? 0
    let valueWidth = values.map(DisplayText.width).max() ?? 0
    let room = (terminal.columns ?? 80) - valueWidth - noteWidth - 6
    let labelWidth = min(labels.map(DisplayText.width).max() ?? 0, max(8, room / 2))
    let length = max(8, min(60, room - labelWidth))
    let greatest = max(1, bars.map(\.value).max() ?? 1)
    var text = ""
    for index in bars.indices {
      let label = DisplayText.padded(
        DisplayText.truncated(labels[index], to: labelWidth), to: labelWidth, .leading)
      let drawing = drawing(bars[index].value, of: greatest, length: length)
      let value = DisplayText.padded(values[index], to: valueWidth, .trailing)
      let note = notes[index].isEmpty ? "" : "  " + notes[index]
      text += label + "  " + terminal.styled(drawing, .cyan) + "  " + value + note + "\n"
    }
    return text
  }

  private func drawing(_ value: Int64, of greatest: Int64, length: Int) -> String {
    let (high, low) = max(0, value).multipliedFullWidth(by: Int64(length * 8))
    let eighths = Int(greatest.dividingFullWidth((high, low)).quotient)
    switch shape {
    case .bars:
      let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
      let bar = String(repeating: "█", count: eighths / 8) + partial
      return DisplayText.padded(bar.isEmpty && value > 0 ? "▏" : bar, to: length, .leading)
    case .funnel:
      // Even widths stay in the middle; the half blocks at both ends carry odd quarters.
      let halves = eighths / 8
      let full = value > 0 ? max(1, halves) : 0
      let isOdd = (length - full) % 2 == 1
      let body =
        isOdd && full > 0
        ? "▐" + String(repeating: "█", count: full - 1) + "▌" : String(repeating: "█", count: full)
      let margin = String(repeating: " ", count: (length - DisplayText.width(body)) / 2)
      return DisplayText.padded(margin + body, to: length, .leading)
    }
  }
}

/// A ratio as people read it.
package enum Percentage {
  /// `part` of `whole` with one digit behind the point, rounded half to even; `–` of nothing.
  package static func text(_ part: Int64, of whole: Int64) -> String {
    guard whole > 0, part >= 0, part <= Int64.max / 2000 else { return "–" }
    let (quotient, remainder) = (part * 1000).quotientAndRemainder(dividingBy: whole)
    let isUp = remainder * 2 > whole || (remainder * 2 == whole && quotient % 2 == 1)
    return DecimalText.text(quotient + (isUp ? 1 : 0), fractionDigits: 1) + " %"
  }
}

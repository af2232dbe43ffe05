internal import Audit
internal import EventModel
internal import Evidence
internal import Transparency

/// The report as plain text.
extension EvidenceReport {
  /// Control characters would move the terminal or hide text; they are shown as escapes.
  static func plain(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator:
        output += "\\u{\(String(scalar.value, radix: 16))}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  static func when(_ line: EvidenceLine) -> String {
    guard let occurred = line.occurredAt, occurred != line.recordedAt else {
      return time(line.recordedAt)
    }
    return "\(time(line.recordedAt)) (said to have happened \(time(occurred)))"
  }

  func who(_ line: EvidenceLine) -> String {
    named(line.onBehalfOf.isEmpty ? line.actor : "\(line.actor) for \(line.onBehalfOf)")
  }

  /// `text` with a name before each identifier that has one here.
  func named(_ text: String) -> String {
    guard !names.isEmpty else { return text }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var start = 0
    for range in UserMentions.ranges(in: bytes) {
      let id = String(decoding: bytes[range], as: UTF8.self)
      // Within another identifier it stays as it is.
      let isPart = range.lowerBound > 0 && bytes[range.lowerBound - 1] == UInt8(ascii: "-")
      guard !isPart, let name = names[id] else { continue }
      result += bytes[start..<range.lowerBound]
      result += Array("\(name) (\(id))".utf8)
      start = range.upperBound
    }
    return String(decoding: result + bytes[start...], as: UTF8.self)
  }

  /// A look as its columns: when, who, how, what, how often.
  func cells(_ look: AccessLook) -> [String] {
    let event = look.event
    let who = event.onBehalfOf.isEmpty ? event.actor : "\(event.actor) for \(event.onBehalfOf)"
    return [
      Self.time(look.time), named(who), "\(look.trace.how) \(look.record)", look.trace.detail,
      look.trace.count == 1 ? "once" : "\(look.trace.count) times",
    ]
  }

  var accessOrigin: String { access?.evidence.checkpoint.checkpoint.origin ?? "" }

  var plainText: String {
    var text = """
      \(Self.plain(title))
      from the log \(Self.plain(checkpoint.origin))

      Every statement below was checked against the verifier key
        \(keys.map(Self.plain).joined(separator: "\n  "))
      and the checkpoint of \(checkpoint.size) events with the root
        \(checkpoint.root.hex)

      """
    text += Self.section("What this is", about)
    text += Self.section("What is proven", proven)
    text += Self.section("What is only the server's word", serverWord)
    text += Self.section("What this file does not show", notShown)
    for (record, changes) in owners {
      text += "\nOWNERS OF \(Self.plain(record))\n\n"
      for (place, change) in changes.enumerated() {
        let until = changes.indices.contains(place + 1) ? changes[place + 1].recordedAt : nil
        text += "  from \(Self.time(change.recordedAt))"
        text += until.map { " until \(Self.time($0))" } ?? ""
        text += "\n      \(Self.plain(owner(change.owner?.to ?? ""))), "
        text += "\(Self.plain(change.owner?.how ?? "")) by \(Self.plain(who(change)))"
        text += " (position \(change.index))\n"
      }
    }
    if access != nil {
      text += "\nWHO SAW IT\n\n"
      for look in looks {
        let cells = cells(look).filter { !$0.isEmpty }
        text += "  \(Self.plain(cells.joined(separator: ", ")))\n"
      }
    }
    if !names.isEmpty {
      text += "\nPEOPLE\n\n"
      for (person, name) in names.sorted(by: { $0.key < $1.key }) {
        text += "  \(Self.plain(person))  \(Self.plain(name))\n"
      }
    }
    text += "\nTIMELINE\n"
    for line in timeline {
      text += "\n  \(line.index)  \(Self.when(line))\n"
      text += "      \(Self.plain(line.words)), by \(Self.plain(who(line)))"
      text += " [\(Self.plain(Self.assurance(line)))]\n"
      text += "      in \(Self.plain(line.stream)), revision \(line.revision)"
      if !line.commandName.isEmpty { text += ", command \(Self.plain(line.commandName))" }
      if !line.reasonCode.isEmpty { text += ", reason \(Self.plain(line.reasonCode))" }
      text += "\n"
      for sentence in line.says { text += "      \(Self.plain(named(sentence)))\n" }
      for sentence in line.disclosed { text += "      disclosed: \(Self.plain(sentence))\n" }
      if line.closedCount > 0 { text += "      \(line.closedCount) sealed, not disclosed\n" }
    }
    if let comment = evidence.comment {
      text += "\nCOMMENT OF WHO MADE THE FILE (not verified)\n\n  \(Self.plain(comment))\n"
    }
    text += "\nWORDS USED HERE\n\n"
    for entry in Self.glossary { text += "  \(entry.word): \(entry.meaning)\n" }
    return text
  }

  private static func section(_ title: String, _ sentences: [String]) -> String {
    guard !sentences.isEmpty else { return "" }
    return "\n\(title.uppercased())\n\n" + sentences.map { "  - \(plain($0))\n" }.joined()
  }
}

internal import Audit
internal import EventModel
internal import Evidence
internal import Transparency

/// The report as a page for a browser.
extension EvidenceReport {
  /// Text for HTML: nothing of it can be markup.
  private static func escaped(_ text: String) -> String {
    var output = ""
    for character in plain(text).unicodeScalars {
      switch character {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      default: output.unicodeScalars.append(character)
      }
    }
    return output
  }

  private static let style = """
    :root { color-scheme: light }
    body { font: 15px/1.5 Georgia, "Noto Serif", serif; color: #1b1b1b; background: #fff;
      max-width: 56rem; margin: 2rem auto; padding: 0 1.5rem }
    h1 { font-size: 1.6rem; margin: 0 0 .3rem }
    h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #bbb }
    code, .mono { font: 13px/1.5 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
    ul { margin: .3rem 0; padding-left: 1.3rem }
    table { border-collapse: collapse; width: 100%; font-size: 14px }
    th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
      border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
    th { font-weight: 600; white-space: nowrap }
    td.n { white-space: nowrap; font-variant-numeric: tabular-nums }
    .signed { color: #0a5c2e; font-weight: 600 }
    .word { color: #6b4a00 }
    .dim { color: #555; font-size: 13px }
    dt { font-weight: 600; float: left; clear: left; width: 9rem }
    dd { margin: 0 0 .35rem 9.5rem }
    .about { list-style: none; padding: .6rem 1rem; background: #f4f2ec }
    .proven { border-left: 4px solid #0a5c2e; padding-left: 2rem }
    .unproven { border-left: 4px solid #b07a00; padding-left: 2rem }
    @media print { body { margin: 0; max-width: none } h2 { break-after: avoid }
      tr { break-inside: avoid } }
    """

  /// One page without scripts, images or links to elsewhere.
  var html: String {
    var page = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy"
        content="default-src 'none'; style-src 'unsafe-inline'">
      <title>\(Self.escaped(title))</title>
      <style>\(Self.style)</style></head><body>
      <h1>\(Self.escaped(title))</h1>
      <p class="dim">From the log <code>\(Self.escaped(checkpoint.origin))</code>. A checkpoint of \(checkpoint.size) events, root
      <code>\(checkpoint.root.hex)</code>, checked with
      \(keys.map { "<code>\(Self.escaped($0))</code>" }.joined(separator: ", ")).
      \(timeline.count) events are shown, \(headerCount) more by their headers.</p>

      """
    page += Self.list("What this is", about, "about")
    page += Self.list("What is proven", proven, "proven")
    page += Self.list("What is only the server's word", serverWord, "unproven")
    page += Self.list("What this file does not show", notShown, "unproven")
    for (record, changes) in owners { page += ownerTable(record, changes) }
    if access != nil {
      page += Self.table(
        "Who saw it, as the access log \(accessOrigin) tells",
        ["When", "Who", "How", "What", "How often"], looks.map(cells))
    }
    if !names.isEmpty {
      page += Self.table(
        "People", ["Identifier", "Name"],
        names.sorted { $0.key < $1.key }.map { [$0.key, $0.value] })
    }
    page += "<h2>Timeline</h2>\n<table><thead><tr><th>Position</th><th>Recorded</th>"
    page += "<th>What</th><th>Who</th></tr></thead><tbody>\n"
    for line in timeline { page += row(line) }
    page += "</tbody></table>\n"
    if let comment = evidence.comment {
      page +=
        "<h2>Comment of who made the file (not verified)</h2>\n<p>\(Self.escaped(comment))</p>\n"
    }
    page += "<h2>Words used here</h2>\n<dl>"
    for entry in Self.glossary {
      page += "<dt>\(Self.escaped(entry.word))</dt><dd>\(Self.escaped(entry.meaning))</dd>\n"
    }
    return page + "</dl></body></html>\n"
  }

  private static func list(_ title: String, _ sentences: [String], _ kind: String) -> String {
    guard !sentences.isEmpty else { return "" }
    return "<h2>\(escaped(title))</h2>\n<ul class=\"\(kind)\">"
      + sentences.map { "<li>\(escaped($0))</li>\n" }.joined() + "</ul>\n"
  }

  private func ownerTable(_ record: String, _ changes: [EvidenceLine]) -> String {
    var table =
      "<h2>Owners of <span class=\"mono\">\(Self.escaped(record))</span></h2>\n<table><thead>"
    table += "<tr><th>From</th><th>Until</th><th>Owner</th><th>How</th><th>By</th>"
    table += "<th>Position</th></tr></thead><tbody>\n"
    for (place, change) in changes.enumerated() {
      let until = changes.indices.contains(place + 1) ? changes[place + 1].recordedAt : nil
      let cells = [
        Self.time(change.recordedAt), until.map(Self.time) ?? "", owner(change.owner?.to ?? ""),
        change.owner?.how ?? "", who(change), String(change.index),
      ]
      table += Self.row(of: cells)
    }
    return table + "</tbody></table>\n"
  }

  private static func table(
    _ title: String, _ columns: [String], _ rows: [[String]]
  ) -> String {
    "<h2>\(escaped(title))</h2>\n<table><thead><tr>"
      + columns.map { "<th>\(escaped($0))</th>" }.joined() + "</tr></thead><tbody>\n"
      + rows.map(row(of:)).joined() + "</tbody></table>\n"
  }

  private static func row(of cells: [String]) -> String {
    "<tr>"
      + cells.enumerated().map { place, cell in
        "<td\(place == 0 ? " class=\"n\"" : "")>\(escaped(cell))</td>"
      }.joined() + "</tr>\n"
  }

  private func row(_ line: EvidenceLine) -> String {
    var what = "<b>\(Self.escaped(line.words))</b>"
    let says = line.says.map(named) + line.disclosed.map { "disclosed: \($0)" }
    for sentence in says { what += "<br>\(Self.escaped(sentence))" }
    if !line.reasonCode.isEmpty { what += "<br>reason: \(Self.escaped(line.reasonCode))" }
    if line.closedCount > 0 {
      what += "<br><span class=\"dim\">\(line.closedCount) sealed, not disclosed</span>"
    }
    what += "<br><span class=\"dim\">\(Self.escaped(line.stream)), revision \(line.revision)</span>"
    let isSigned = if case .signed = line.assurance { true } else { false }
    let word =
      "<span class=\"\(isSigned ? "signed" : "word")\">\(Self.escaped(Self.assurance(line)))</span>"
    return
      "<tr><td class=\"n\">\(line.index)</td><td class=\"n\">\(Self.escaped(Self.when(line)))</td><td>\(what)</td>"
      + "<td>\(Self.escaped(who(line)))<br>\(word)</td></tr>\n"
  }
}

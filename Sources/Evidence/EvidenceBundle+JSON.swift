internal import EventModel
internal import Transparency

/// Reading: docs/format/evidence.md.
extension EvidenceBundle {
  private static let textLimit = 1 << 20
  private static let eventLimit = 1 << 22

  /// Reads a file; nothing of what it says is checked yet.
  package init(parsing bytes: [UInt8]) throws(EvidenceError) {
    guard bytes.count <= Self.byteLimit else { throw .tooLarge(byteLimit: Self.byteLimit) }
    var reader = StrictJSON(bytes)
    self.init(origin: "", checkpoint: "", events: [])
    try readMembers(&reader)
    try reader.end()
    guard !events.isEmpty else { throw reader.refused("there is no event") }
  }

  private mutating func readMembers(_ reader: inout StrictJSON) throws(EvidenceError) {
    var bundle = self
    try reader.object(
      [
        "format", "origin", "checkpoint", "events", "streams", "ranges", "consistency",
        "timestamps",
      ], optional: ["comment"]
    ) { name, reader throws(EvidenceError) in
      switch name {
      case "format":
        let format = try reader.string(limit: 64)
        guard format == Self.format else { throw reader.refused("the format is “\(format)”") }
      case "origin": bundle.origin = try reader.string(limit: 255)
      case "checkpoint": bundle.checkpoint = try reader.string(limit: Self.textLimit)
      case "comment": bundle.comment = try reader.string(limit: Self.textLimit)
      case "events":
        try reader.array(limit: Self.eventLimit) { reader throws(EvidenceError) in
          bundle.events.append(try Event(&reader))
        }
      default: try bundle.readClaim(name, &reader)
      }
    }
    self = bundle
  }

  private mutating func readClaim(
    _ name: String, _ reader: inout StrictJSON
  ) throws(EvidenceError) {
    var bundle = self
    switch name {
    case "streams":
      try reader.array(limit: Self.eventLimit) { reader throws(EvidenceError) in
        bundle.streams.append(try StreamClaim(&reader))
      }
    case "ranges":
      try reader.array(limit: Self.eventLimit) { reader throws(EvidenceError) in
        bundle.ranges.append(try RangeClaim(&reader))
      }
    case "consistency":
      try reader.array(limit: 1024) { reader throws(EvidenceError) in
        bundle.consistency.append(try OlderCheckpoint(&reader))
      }
    default:
      try reader.array(limit: 16) { reader throws(EvidenceError) in
        try reader.object(["type", "over", "token"]) { name, reader throws(EvidenceError) in
          if name == "token" { _ = try reader.base64() } else { _ = try reader.string(limit: 64) }
        }
        bundle.timestampCount += 1
      }
    }
    self = bundle
  }
}

extension EvidenceBundle.Event {
  fileprivate init(_ reader: inout StrictJSON) throws(EvidenceError) {
    var event = Self(index: 0, leaf: [], proof: [])
    try reader.object(["index", "leaf", "proof"], optional: ["sections"]) {
      name, reader throws(EvidenceError) in
      switch name {
      case "index": event.index = try reader.integer()
      case "leaf": event.leaf = try reader.base64()
      case "proof": event.proof = try Self.hashes(&reader)
      default:
        try reader.array(limit: Leaf.sectionLimit) { reader throws(EvidenceError) in
          event.sections.append(try EvidenceBundle.Section(&reader))
        }
      }
    }
    self = event
  }

  /// A path has at most 63 hashes.
  fileprivate static func hashes(_ reader: inout StrictJSON) throws(EvidenceError) -> [Digest] {
    var hashes: [Digest] = []
    try reader.array(limit: 63) { reader throws(EvidenceError) in
      hashes.append(try reader.digest())
    }
    return hashes
  }
}

extension EvidenceBundle.Section {
  fileprivate init(_ reader: inout StrictJSON) throws(EvidenceError) {
    var section = Self(index: 0, blob: [])
    try reader.object(["i", "blob"], optional: ["secret"]) { name, reader throws(EvidenceError) in
      switch name {
      case "i":
        let index = try reader.integer()
        guard index < UInt64(Leaf.sectionLimit) else {
          throw reader.refused("an event has no section \(index)")
        }
        section.index = Int(index)
      case "blob": section.blob = try reader.base64()
      default: section.secret = try reader.base64()
      }
    }
    self = section
  }
}

extension EvidenceBundle.StreamClaim {
  fileprivate init(_ reader: inout StrictJSON) throws(EvidenceError) {
    var claim = Self(stream: "", from: 0, through: 0)
    try reader.object(["stream", "from_revision", "to_revision"]) {
      name, reader throws(EvidenceError) in
      switch name {
      case "stream": claim.stream = try reader.string(limit: 255)
      case "from_revision": claim.from = try reader.integer()
      default: claim.through = try reader.integer()
      }
    }
    self = claim
  }
}

extension EvidenceBundle.RangeClaim {
  fileprivate init(_ reader: inout StrictJSON) throws(EvidenceError) {
    var claim = Self(from: 0, to: 0)
    try reader.object(["from", "to"]) { name, reader throws(EvidenceError) in
      if name == "from" {
        claim.from = try reader.integer()
      } else {
        claim.to = try reader.integer()
      }
    }
    self = claim
  }
}

extension EvidenceBundle.OlderCheckpoint {
  fileprivate init(_ reader: inout StrictJSON) throws(EvidenceError) {
    var older = Self(note: "", proof: [])
    try reader.object(["old_checkpoint", "proof"]) { name, reader throws(EvidenceError) in
      if name == "proof" {
        older.proof = try EvidenceBundle.Event.hashes(&reader)
      } else {
        older.note = try reader.string(limit: 1 << 20)
      }
    }
    self = older
  }
}

/// Writing: the same bundle has the same bytes, an event a line.
extension EvidenceBundle {
  /// The file's text; time stamps are not written.
  package var text: String {
    var lines = [
      "{\"format\": \(JSONText.quoted(Self.format)),",
      "\"origin\": \(JSONText.quoted(origin)),",
      "\"checkpoint\": \(JSONText.quoted(checkpoint)),",
      "\"events\": [",
    ]
    for (place, event) in events.enumerated() {
      lines.append(event.line + (place + 1 < events.count ? "," : ""))
    }
    let streams = streams.map {
      "{\"stream\": \(JSONText.quoted($0.stream)), \"from_revision\": \($0.from), "
        + "\"to_revision\": \($0.through)}"
    }
    let ranges = ranges.map { "{\"from\": \($0.from), \"to\": \($0.to)}" }
    let older = consistency.map {
      "{\"old_checkpoint\": \(JSONText.quoted($0.note)), \"proof\": \(Self.list($0.proof))}"
    }
    lines += [
      "],", "\"streams\": [\(streams.joined(separator: ", "))],",
      "\"ranges\": [\(ranges.joined(separator: ", "))],",
      "\"consistency\": [\(older.joined(separator: ", "))],",
      "\"timestamps\": []" + (comment == nil ? "}" : ","),
    ]
    if let comment { lines.append("\"comment\": \(JSONText.quoted(comment))}") }
    return lines.joined(separator: "\n") + "\n"
  }

  fileprivate static func list(_ hashes: [Digest]) -> String {
    "[" + hashes.map { "\"\($0.base64)\"" }.joined(separator: ", ") + "]"
  }
}

extension EvidenceBundle.Event {
  fileprivate var line: String {
    var line = "{\"index\": \(index), \"leaf\": \"\(Base64.encode(leaf))\", "
    line += "\"proof\": \(EvidenceBundle.list(proof))"
    if !sections.isEmpty {
      let shown = sections.map { section in
        "{\"i\": \(section.index), \"blob\": \"\(Base64.encode(section.blob))\""
          + (section.secret.map { ", \"secret\": \"\(Base64.encode($0))\"" } ?? "") + "}"
      }
      line += ", \"sections\": [\(shown.joined(separator: ", "))]"
    }
    return line + "}"
  }
}

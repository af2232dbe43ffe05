/// Rules on what a projector can reach.
extension ProjectFile {
  /// The modules that a projector needs: events and their payloads.
  static let projectorModules: Set<String> = ["EventModel", "Schema", "SwiftProtobuf"]

  /// Whether the file says what events change in rows.
  private var isProjector: Bool {
    guard isIn(targets: ["ReadModels"]) else { return false }
    return tokens.indices.dropLast().contains { index in
      if tokens[index].text == "inout", tokens[index + 1].text == "Tables" { return true }
      return index > 1 && tokens[index].text == ":" && tokens[index + 1].text == "Projector"
        && ["enum", "struct"].contains(tokens[index - 2].text)
    }
  }

  /// What a projector could have side effects with.
  ///
  /// It is given an event and rows, and gives rows: it imports nothing with which a mail could be
  /// sent or a file be written, and it can't wait. So a rebuild, a replay or a rehearsal
  /// fires no side effect; what has one is no projector.
  var effectFindings: [Finding] {
    guard isProjector else { return [] }
    let imported = imports.filter { !Self.projectorModules.contains($0.module) }.map {
      finding($0.line, "a projector imports \($0.module): it has no side effects to make with it")
    }
    let waiting: [Finding] = tokens.indices.compactMap { index in
      guard tokens[index].kind == .word, ["async", "await", "Task"].contains(tokens[index].text)
      else { return nil }
      return finding(tokens[index].line, "a projector does not wait for anything")
    }
    return imported + waiting
  }

  /// What acts on the world because of events, and where it may be named.
  private static let reactorNames: Set<String> = [
    "WebhookReactor", "WebhookSender", "VettedSender", "startWebhooks",
  ]
  private static let reactorPlaces = [
    "Sources/Subscriptions/", "Sources/Service/Streams/", "Sources/HTTPAPI/Webhooks/",
    "Sources/deed/ServerRun.swift", "Tests/",
  ]

  /// Whoever rebuilds, replays or rehearses can't name a reactor, so it can't fire one; whoever
  /// serves can.
  var reactorFindings: [Finding] {
    guard !Self.reactorPlaces.contains(where: path.hasPrefix) else { return [] }
    return tokens.filter { $0.kind == .word && Self.reactorNames.contains($0.text) }.map {
      finding($0.line, "\($0.text) acts on the world: only what serves may name it")
    }
  }
}

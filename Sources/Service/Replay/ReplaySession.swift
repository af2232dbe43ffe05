internal import Audit
internal import CRM
internal import EventModel
internal import Foundation
internal import LMDB

/// A debugger of history: one event at a time, with the state beside it.
///
/// It only reads. Commands come as lines, from a person or a script; each has an answer.
public struct ReplaySession {
  private let workspace: Workspace
  private let zone: TimeZone
  private var filter: ReplayFilter
  /// The event that is shown; `nil` before the first.
  private var current: ReplayedEvent?
  /// How many events were read since the access log has that reading began; `nil` before.
  private var readCount: Int?

  /// Begins before the first event that `filter` selects.
  public init(_ workspace: Workspace, filter: EventFilter) throws(ServiceError) {
    self.workspace = workspace
    zone = try workspace.timeZone()
    self.filter = try workspace.replayFilter(filter, in: zone)
  }

  /// What the commands are, one a line.
  public static let help = """
    next [COUNT]         the next event, or the one after COUNT            (n)
    back [COUNT]         the event before                                 (b)
    jump MOMENT          the first event at or after a position or time    (j)
    filter KEY=VALUE …   only events of a type, stream, tag or actor       (f)
    filter               all events again
    state [RECORD]       the record of this event, or another, as it was   (s)
    diff A B [RECORD]    what differs between two positions or times       (d)
    blame FIELD          who set a field of this event's record            (l)
    why FIELD            what caused its value, back to a person           (w)
    show                 this event again
    help, quit           this list; the end                                (h, q)
    """

  /// Carries out one line.
  ///
  /// - Parameter line: a command as ``help`` lists them; an empty one is `next`.
  /// - Returns: the answer; `nil` for `quit`.
  /// - Throws: ``ServiceError`` for what can't be done; the session goes on where it was.
  public mutating func handle(_ line: String) throws(ServiceError) -> Answer? {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    let rest = Array(words.dropFirst())
    switch words.first ?? "next" {
    case "next", "n": return try step(rest, isBackwards: false)
    case "back", "b": return try step(rest, isBackwards: true)
    case "jump", "j": return try jump(rest)
    case "filter", "f": return try narrow(rest)
    case "state", "s": return try state(rest)
    case "diff", "d": return try difference(rest)
    case "blame", "l":
      return try workspace.history(
        of: try record(rest.dropFirst()), field: try word(rest, "blame FIELD"),
        period: Period(to: position))
    case "why", "w":
      return try workspace.why(
        try record(rest.dropFirst()), field: try word(rest, "why FIELD"),
        from: position.map { .recorded($0) } ?? .now)
    case "show": return try shown(current)
    case "help", "h":
      return Answer("Commands", notes: Self.help.split(separator: "\n").map(String.init))
    case "quit", "q":
      try end()
      return nil
    default:
      throw ServiceError(
        .usage, code: "VALIDATION.COMMAND",
        "“\(words.first ?? "")” is no command of the replay: `help` lists them.")
    }
  }

  /// Says in the access log that reading ended; nothing when nothing was read.
  public mutating func end() throws(ServiceError) {
    guard let count = readCount else { return }
    readCount = nil
    try workspace.endBulkRead("replay", events: count)
  }

  private var position: Moment? { current.map { .position($0.event.position.rawValue) } }
}

/// Moving.
extension ReplaySession {
  private mutating func step(_ words: [String], isBackwards: Bool) throws(ServiceError) -> Answer {
    let count = words.first.map { Int($0) ?? 0 } ?? 1
    guard (1...1_000_000).contains(count), words.count <= 1 else {
      throw ServiceError(
        .usage, code: "VALIDATION.COUNT",
        "“\(words.joined(separator: " "))” is no count: give 1 or more.")
    }
    var next = filter
    next.isBackwards = isBackwards
    if let place = current?.event.position {
      if isBackwards {
        guard place.rawValue > 0 else { return Answer("The beginning of the selected events") }
        next.period.through = .position(Position(place.rawValue - 1))
      } else {
        next.period.from = .position(place.next)
      }
    }
    return try move(to: next, skipping: count - 1, isBackwards ? "beginning" : "end")
  }

  private mutating func jump(_ words: [String]) throws(ServiceError) -> Answer {
    let moment = try Moment(try word(words, "jump MOMENT"))
    var next = filter
    next.isBackwards = false
    next.period.from = try workspace.recorded(moment, .start, in: zone)
    return try move(to: next, skipping: 0, "end")
  }

  private mutating func move(
    to filter: ReplayFilter, skipping: Int, _ end: String
  ) throws(ServiceError) -> Answer {
    var found: ReplayedEvent?
    var left = skipping
    try workspace.requireUnrestricted()
    var read = readCount ?? 0
    if readCount == nil { try workspace.beginBulkRead("replay") }
    defer { readCount = read }
    var filterer = EventFilterer(try workspace.gate(), .replay)
    try workspace.visit(filter, through: &filterer) { event throws(ServiceError) in
      found = event
      read += 1
      left -= 1
      return left >= 0
    }
    guard let found else { return Answer("The \(end) of the selected events") }
    current = found
    var answer = try shown(found)
    if left >= 0 {
      let count = skipping - left
      answer.notes.append(
        "Only \(count == 1 ? "1 event was" : "\(count) events were") left: this is the "
          + "\(end == "end" ? "last" : "first").")
    }
    return answer
  }

  private mutating func narrow(_ words: [String]) throws(ServiceError) -> Answer {
    var asked = EventFilter()
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ServiceError(
          .usage, code: "VALIDATION.FILTER",
          "“\(word)” is no filter: give type=, stream=, tag= or actor= with a value.")
      }
      switch parts[0] {
      case "type": asked.types.append(parts[1])
      case "stream": asked.stream = parts[1]
      case "tag": asked.tags.append(parts[1])
      case "actor": asked.actor = parts[1]
      default:
        throw ServiceError(
          .usage, code: "VALIDATION.FILTER",
          "“\(parts[0])” can't be filtered by: give type=, stream=, tag= or actor=.")
      }
    }
    filter = try workspace.replayFilter(asked, in: zone)
    return Answer(words.isEmpty ? "All events" : "Only \(words.joined(separator: " "))")
  }
}

/// Looking.
extension ReplaySession {
  private func word(_ words: [String], _ form: String) throws(ServiceError) -> String {
    guard let word = words.first else {
      throw ServiceError(.usage, code: "VALIDATION.COMMAND", "Something is missing: \(form).")
    }
    return word
  }

  /// The record named, or the one of the event shown.
  private func record(_ words: ArraySlice<String>) throws(ServiceError) -> String {
    if let word = words.first { return word }
    guard let current, let stream = StreamName(current.event.stream), RecordKey(stream) != nil
    else {
      throw ServiceError(
        .usage, code: "VALIDATION.RECORD",
        "No event of a record is shown: step to one, or name a record.")
    }
    return current.event.stream
  }

  private func state(_ words: [String]) throws(ServiceError) -> Answer {
    let key = try Workspace.record(try record(words[...]))
    return try workspace.show(
      key.typeName, id: key.id, from: position.map { .recorded($0) } ?? .now)
  }

  private func difference(_ words: [String]) throws(ServiceError) -> Answer {
    guard words.count >= 2 else {
      throw ServiceError(.usage, code: "VALIDATION.COMMAND", "Something is missing: diff A B.")
    }
    return try workspace.difference(
      of: try record(words.dropFirst(2)), from: try Moment(words[0]), to: try Moment(words[1]))
  }

  /// An event, and beside it what it changed in its record.
  private func shown(_ event: ReplayedEvent?) throws(ServiceError) -> Answer {
    guard let event else { return Answer("Before the first event") }
    let summary = event.event
    var answer = Answer(
      "\(summary.position)  \(summary.words)",
      facts: [
        .init("position", "Position", .integer(Int64(summary.position.rawValue))),
        .init("type", "What", .text(summary.type)),
        .init("recordedAt", "Recorded", .moment(summary.recordedAt)),
        .init("occurredAt", "Occurred", .moment(summary.occurredAt)),
        .init("actor", "Who", .text(summary.actor)),
        .init("onBehalfOf", "For", .named(summary.onBehalfOf)),
        .init("stream", "Stream", .text(summary.stream)),
        .init("revision", "Revision", .integer(Int64(summary.revision.rawValue))),
        .init("command", "Command", .named(summary.commandName)),
        .init("reason", "Reason", .named(summary.reasonCode)),
        .init("data", "Says", .text(event.data)),
        .init("personal", "Personal", .list(event.personal.map { Value($0.content.map(\.json)) })),
      ], timeZone: zone.identifier)
    if let stream = StreamName(summary.stream), let key = RecordKey(stream) {
      let period = Audit.Period(
        from: .position(summary.position), through: .position(summary.position))
      let gate = try workspace.gate()
      guard let facts = try gate.knownFacts(key) else { return answer }
      let all = try workspace.auditing { auditor throws(AuditError) in
        try auditor.blame(key, in: period)
      }
      let changes = gate.changes(all.map(\.change), of: facts, on: .history)
      if !changes.isEmpty { answer.tables = [Workspace.table(of: changes, "It changed")] }
    }
    return answer
  }
}

internal import Audit
internal import EventModel
internal import Evidence
internal import Foundation

/// What the file is about, and what the words of the report mean: for people who never saw a log.
extension EvidenceReport {
  /// A record that the file shows whole.
  private struct Subject {
    /// Such as `account`.
    let kind: String
    let id: String
    let lines: [EvidenceLine]
  }

  /// In the order of the file's claims; keys, schemas and the like are no subjects.
  private var subjects: [Subject] {
    evidence.streams.compactMap { claim in
      let parts = claim.stream.split(separator: "-", maxSplits: 1)
      guard parts.count == 2, !["actor", "subject", "system"].contains(parts[0]) else { return nil }
      return Subject(
        kind: EvidenceLine.words(String(parts[0])), id: String(parts[1]),
        lines: lines.filter { $0.stream == claim.stream })
    }
  }

  var title: String {
    guard let first = subjects.first else { return "Evidence" }
    return "Evidence on the \(first.kind) \(name(of: first).map { "“\($0)”" } ?? first.id)"
  }

  private func name(of subject: Subject) -> String? {
    subject.lines.last { $0.recordName != nil }?.recordName
  }

  /// What the file is about, in sentences.
  var about: [String] {
    var sentences: [String] = []
    for subject in subjects {
      guard let first = subject.lines.first, let last = subject.lines.last else { continue }
      let name = name(of: subject).map { "“\($0)” (\(subject.id))" } ?? subject.id
      let count = subject.lines.count
      sentences.append(
        "The history of the \(subject.kind) \(name): \(count == 1 ? "1 event" : "\(count) events"), "
          + "recorded from \(Self.time(first.recordedAt)) to \(Self.time(last.recordedAt)).")
      if let change = subject.lines.last(where: { $0.owner != nil }), let owner = change.owner {
        sentences.append(
          "By this history it belongs to \(self.owner(owner.to)) since "
            + "\(Self.time(change.recordedAt)).")
      }
    }
    if subjects.isEmpty, let first = timeline.first, let last = timeline.last {
      let actors = Set(timeline.map(\.actor))
      let whose = actors.count == 1 ? " by \(named(first.actor))" : ""
      let count = timeline.count
      sentences.append(
        "\(count == 1 ? "1 event" : "\(count) events")\(whose), recorded from "
          + "\(Self.time(first.recordedAt)) to \(Self.time(last.recordedAt)).")
    }
    if isSimulated {
      sentences.append(
        "THE CLOCK OF THIS LOG WAS A SCRIPT, as in a demonstration: its times are invented, and prove "
          + "nothing.")
    }
    if let previous = continuedOrigin {
      sentences.append("This log goes on from the log \(previous), which ended.")
    }
    sentences.append("All times are in UTC. Identifiers in brackets are those that the log uses.")
    return sentences
  }

  /// Whether the log's first event says that its clock was scripted.
  var isSimulated: Bool { founding?["simulated"] == .yes }

  private var continuedOrigin: String? {
    guard case .text(let origin)? = founding?["previous_origin"] else { return nil }
    return origin
  }

  /// What `LogCreated` says; `nil` when it is not shown.
  private var founding: [String: FoundingFact]? {
    guard let first = evidence.events.first, first.index == 0, first.leaf.type == "LogCreated",
      let text = first.sections[0]?.text
    else { return nil }
    return FoundingFact.read(text.bytes)
  }

  /// Whose it is, as people say it: the person's name, or the pool.
  func owner(_ text: String) -> String {
    named(text.hasPrefix("user:") ? String(text.dropFirst(5)) : text.replacing(":", with: " "))
  }

  /// `2026-03-02 01:00:03 UTC`.
  static func time(_ time: Timestamp) -> String {
    time.description.replacing("T", with: " ").replacing("Z", with: " UTC")
  }

  /// What the report's words mean.
  static let glossary: [(word: String, meaning: String)] = [
    ("Log", "A list of events to which events are only ever added at the end."),
    ("Event", "One thing that was done or happened, as it was recorded. It is never changed."),
    ("Position", "The event's number in the log: a smaller one was recorded earlier."),
    (
      "Checkpoint",
      "A statement, signed by the log's key, of how many events there are and of a number (the root) "
        + "that would be another one if any of them were changed, removed or put elsewhere."
    ),
    (
      "Proven",
      "Whoever has the verifier key can compute it from this file, without believing anybody. That "
        + "the key is the log's own must be known from elsewhere."
    ),
    (
      "The server's word",
      "What the operator of the system recorded, and could have recorded otherwise."
    ),
    ("Header", "What kind of event, when, by whom, about what: without its content."),
    (
      "Sealed",
      "Personal content that is encrypted for the person it is about. It is disclosed section by "
        + "section, and can be erased for ever without changing the log."
    ),
    ("Signed", "The person's own device signed the command with a key that only it has."),
    (
      "Witness",
      "Somebody else who keeps what the log's checkpoints were, and signs one only if it continues "
        + "the one before."
    ),
  ]
}

/// A member of `LogCreated`'s JSON, as far as a report needs it.
private enum FoundingFact: Equatable, Decodable {
  case text(String)
  case yes
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    do {
      self = try container.decode(Bool.self) ? .yes : .other
    } catch {
      do { self = .text(try container.decode(String.self)) } catch { self = .other }
    }
  }

  static func read(_ bytes: [UInt8]) -> [String: FoundingFact]? {
    do {
      return try JSONDecoder().decode([String: FoundingFact].self, from: Data(bytes))
    } catch { return nil }
  }
}

package import EventLog
package import EventModel
internal import Schema
internal import SwiftProtobuf

/// One event of a generated history, serialised but not yet hashed.
package struct GeneratedEvent: Sendable {
  package let eventID: EventID
  package let stream: StreamName
  package let type: EventType
  package let actor: ActorID
  package let metadata: [UInt8]
  package let payloadContentType: String
  package let payload: [UInt8]
  package let tags: [String]

  private static let metadataContentType = ContentType.protobuf(Metadata.protoMessageName)

  /// The event as it is appended: both sections with their salts and digests.
  ///
  /// - Complexity: two SHA-256 over the sections, as any caller of the log pays for them.
  package func finished(salt: inout SaltSource) -> NewEvent {
    NewEvent(
      eventID: eventID, stream: stream, type: type, actor: actor,
      sections: [
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: salt.next(), contentType: Self.metadataContentType, content: metadata)),
        NewSection(
          kind: .plain,
          blob: PlainSection.encode(
            salt: salt.next(), contentType: payloadContentType, content: payload)),
      ])
  }
}

/// Salts that are good enough to measure with, and the same in each run.
package struct SaltSource: Sendable {
  private var chance: SplitMix

  package init(seed: UInt64) { chance = SplitMix(seed: seed) }

  package mutating func next() -> (UInt64, UInt64) { (chance.next(), chance.next()) }
}

/// A company's history, the same for the same seed: sales and tickets of eight events each, many
/// under way at a time, so that a log of n events has n/8 streams.
package struct GeneratedHistory: Sequence, IteratorProtocol, Sendable {
  private let seed: UInt64
  private let eventsPerCommand: Int
  private var chance: SplitMix
  private var open: [Story] = []
  private var storyCount: UInt64 = 0
  private var eventCount: UInt64 = 0

  private let tagLimit: Int

  /// How many stories are under way at a time.
  private static let width = 1000

  /// - Parameters:
  ///   - seed: two histories of one seed are equal.
  ///   - eventsPerCommand: how many events each command makes, as their metadata say.
  ///   - tagLimit: how many of its tags an event has at the most.
  package init(seed: UInt64, eventsPerCommand: Int, tagLimit: Int = .max) {
    self.seed = seed
    self.eventsPerCommand = eventsPerCommand
    self.tagLimit = tagLimit
    chance = SplitMix(seed: seed)
    open.reserveCapacity(Self.width)
    for _ in 0..<Self.width { open.append(nextStory()) }
  }

  package mutating func next() -> GeneratedEvent? {
    let place = Int(chance.next() % UInt64(Self.width))
    let time = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(eventCount) * 7_000_000)
    eventCount += 1
    let step = open[place].step
    let scene = open[place].scene(at: step)
    let tags = Array(scene.tags.prefix(tagLimit))
    let event = GeneratedEvent(
      eventID: EventID(version7At: time, random: (chance.next(), chance.next())),
      stream: open[place].stream, type: scene.type, actor: open[place].actor,
      metadata: metadata(scene, tags, at: time, command: chance.next()),
      payloadContentType: scene.contentType, payload: scene.payload, tags: tags)
    open[place].step += 1
    if open[place].step == Story.stepCount { open[place] = nextStory() }
    return event
  }

  private mutating func nextStory() -> Story {
    storyCount += 1
    return Story(number: storyCount, seed: seed, chance: &chance)
  }

  private func metadata(
    _ scene: Scene, _ tags: [String], at time: Timestamp, command: UInt64
  ) -> [UInt8] {
    let metadata = Metadata.with {
      $0.occurredAtUs = time.microseconds
      $0.commandName = scene.commandName
      $0.channel = .web
      $0.tags = tags
      $0.commandID = String(command, radix: 36)
      $0.commandEventCount = UInt32(eventsPerCommand)
    }
    return scene.serialised(metadata)
  }
}

/// SplitMix64: small, fast, and the same everywhere.
///
/// Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.
struct SplitMix: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

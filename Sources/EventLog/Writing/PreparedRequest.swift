internal import EventModel

/// A request made ready by its caller's thread, so that the writer's does only what must be done
/// in order: it checks conditions, fills in what only it knows, and hashes leaves.
///
/// Everything here follows from the request alone.
struct PreparedRequest: Sendable {
  let request: AppendRequest
  /// The records, one behind the other; ``RecordPlace/fill(_:from:)`` completes them.
  private(set) var bytes: [UInt8] = []
  private(set) var events: [Event] = []
  /// What the events can be found by, one event behind the other.
  private(set) var keys = IndexKeyLists()
  /// The streams written, in the order in which they come first.
  private(set) var streams: [HashedName] = []
  /// How many events are of each type, in the order in which they come first.
  private(set) var types: [(type: HashedName, count: UInt64)] = []
  /// The subjects that have sealed sections, each once.
  private(set) var sealedKeys: [KeyID] = []
  /// The subjects whose keys the request says are destroyed, and by which of its events.
  private(set) var destroyedKeys: [(key: KeyID, event: Int)] = []
  let commandKey: IndexKey

  struct Event: Sendable {
    /// Where the record ends in ``PreparedRequest/bytes``.
    let end: Int
    /// Which of ``PreparedRequest/streams`` it stands in.
    let stream: Int
    /// Its own key in the index.
    let key: IndexKey
  }

  /// Checks what a request must obey whatever the log holds, and makes its records.
  ///
  /// - Complexity: each byte is copied once; digests were made with the sections.
  init(_ request: AppendRequest, _ hashKey: IndexHashKey) throws(AppendError) {
    self.request = request
    commandKey = hashKey.key(.command, request.command)
    try RequestRules.check(request)
    bytes.reserveCapacity(request.events.reduce(0) { $0 + $1.recordByteEstimate })
    events.reserveCapacity(request.events.count)
    keys.reserveCapacity(request.events.count)
    var places = Places()
    for event in request.events { try add(event, hashKey, &places) }
    try RequestRules.checkEventIDs(of: request)
  }

  /// Where what was met before stands in the lists.
  private struct Places {
    var streams: [HashedName: Int] = [:]
    var types: [HashedName: Int] = [:]
    var sealed: Set<KeyID> = []
    var destroyed: Set<KeyID> = []
  }

  private mutating func add(
    _ event: NewEvent, _ hashKey: IndexHashKey, _ places: inout Places
  ) throws(AppendError) {
    let metadata = try RequestRules.metadata(of: event, in: request)
    try addSubjects(of: event, &places)
    let stream = HashedName(event.stream.text, hashKey.key(.stream, event.stream.text))
    let type = HashedName(event.type.text, hashKey.key(.type, event.type.text))
    let key = hashKey.key(.eventID, event.eventID)
    let place = places.streams[stream] ?? streams.count
    if place == streams.count {
      places.streams[stream] = place
      streams.append(stream)
    }
    count(type, &places)

    keys.append(IndexKey(word: stream.word))
    keys.append(hashKey.category(ofStream: event.stream.text))
    keys.append(IndexKey(word: type.word))
    keys.append(hashKey.key(.actor, event.actor.text))
    if let onBehalfOf = event.onBehalfOf { keys.append(hashKey.key(.actor, onBehalfOf.text)) }
    keys.append(key)
    if events.isEmpty { keys.append(commandKey) }
    for section in event.sections where section.header.kind.isSealed {
      keys.append(hashKey.key(.subject, section.header.keyID))
    }
    if let metadata {
      let blob = event.sections[0].blob
      for tag in metadata.tags { keys.append(hashKey.key(.tag, blob.span.extracting(tag))) }
    }
    keys.endEvent()

    event.encode(at: .unknown(command: request.command), behind: &bytes)
    events.append(Event(end: bytes.count, stream: place, key: key))
  }

  private mutating func count(_ type: HashedName, _ places: inout Places) {
    if let place = places.types[type] {
      types[place].count += 1
    } else {
      places.types[type] = types.count
      types.append((type, 1))
    }
  }

  private mutating func addSubjects(
    of event: NewEvent, _ places: inout Places
  ) throws(AppendError) {
    for section in event.sections where section.header.kind.isSealed {
      let key = section.header.keyID
      guard !places.destroyed.contains(key) else { throw .subjectDestroyed(key) }
      if places.sealed.insert(key).inserted { sealedKeys.append(key) }
    }
    if let key = try event.destroyedKey() {
      places.destroyed.insert(key)
      destroyedKeys.append((key, events.count))
    }
  }
}

extension NewEvent {
  /// At least what the record takes.
  fileprivate var recordByteEstimate: Int {
    sections.reduce(512) { $0 + $1.blob.count + 64 }
  }

  /// The key that the event says was destroyed; `nil` for any other event.
  fileprivate func destroyedKey() throws(AppendError) -> KeyID? {
    guard type == .subjectKeyDestroyed else { return nil }
    guard stream.category == "subject", let bytes = [UInt8](hex: stream.id),
      let key = KeyID(bytes), key.hex == stream.id
    else {
      throw .malformed("SubjectKeyDestroyed stands in subject-<key in hex>, not in \(stream)")
    }
    return key
  }
}

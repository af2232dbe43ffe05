internal import EventModel
internal import LMDB
internal import Transparency

extension EventLog {
  /// Makes a new log in `folder` with `LogCreated` at position 0 and `schema` at position 1.
  ///
  /// `origin` is the log's name for ever: printable ASCII without space, `+`, `"` and `\`. With
  /// `simulatedClock` the clock is scripted, and times are no evidence. `schema` is the serialized
  /// FileDescriptorSet of the event catalogue. `previous` is the last checkpoint, a signed note, of
  /// the log that this one continues.
  package static func create(
    in folder: String, origin: String, simulatedClock: Bool, schema: [UInt8],
    previous: String? = nil, options: Options
  ) throws(OpenError) {
    guard isOrigin(origin) else {
      throw .invalid(
        "“\(origin)” can't name a log: 1 to 200 printable characters without space, + and quotes")
    }
    let continued = try previous.map { note throws(OpenError) in
      try ContinuedLog(note, origin: origin)
    }
    let paths = LogPaths(folder)
    do throws(FileError) {
      try DurableFile.makeFolder(paths.folder)
    } catch { throw .file(error) }
    let lock = try paths.takeLock()
    let store: LogStore
    do throws(LMDBError) {
      store = try LogStore(
        folder: paths.log, mapSizeBytes: options.mapSizeBytes, isReadOnly: false)
    } catch {
      throw error.cause == .alreadyOpen ? .alreadyExists(folder: folder) : .storage(error)
    }
    let tables = store.tables
    let isThere = try store.environment.read { reader throws(OpenError) in
      do throws(LMDBError) {
        return try LogHeader(in: reader, tables) != nil
      } catch { throw .storage(error) }
    }
    guard !isThere else { throw .alreadyExists(folder: folder) }
    guard !DurableFile.exists(paths.checkpoint) else {
      throw .forked("“\(paths.checkpoint)” is of a log that is gone")
    }
    var block = LogFounding(
      origin: origin, isSimulated: simulatedClock, schema: schema, continued: continued
    ).block(at: options.clock())
    block.header = LogHeader(origin: origin, isSimulated: simulatedClock)
    do throws(LMDBError) {
      try store.commit(block)
    } catch { throw .storage(error) }
    _ = consume lock
  }

  private static func isOrigin(_ origin: String) -> Bool {
    (1...200).contains(origin.utf8.count)
      && origin.utf8.allSatisfy { byte in
        (0x21...0x7e) ~= byte && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "\"")
          && byte != UInt8(ascii: "\\")
      }
  }
}

extension LogPaths {
  /// Takes the lock that one writer holds.
  func takeLock() throws(OpenError) -> FolderLock {
    let taken: FolderLock?
    do throws(FileError) {
      taken = try FolderLock.take(path: lock)
    } catch { throw .file(error) }
    guard let taken else { throw .locked(folder: folder) }
    return taken
  }

  /// Takes the lock that everybody shares who has the log open.
  func takePresence() throws(OpenError) -> FolderLock {
    let taken: FolderLock?
    do throws(FileError) {
      taken = try FolderLock.take(path: presence, isShared: true)
    } catch { throw .file(error) }
    guard let taken else { throw .busy(folder: folder) }
    return taken
  }

  /// Takes the lock of who puts another data file in the log's place.
  ///
  /// Nobody may have the log open then: LMDB's lock file is shared with them and says which page of
  /// the *old* file is the newest, so that a file put beside it would be read from a wrong page.
  func takeAlone() throws(OpenError) -> FolderLock {
    let taken: FolderLock?
    do throws(FileError) {
      taken = try FolderLock.take(path: presence)
    } catch { throw .file(error) }
    guard let taken else { throw .inUse(folder: folder) }
    return taken
  }
}

/// The first two events of a log.
///
/// Everything in them follows from the origin and the schema, so that nothing random is needed.
private struct LogFounding {
  let origin: String
  let isSimulated: Bool
  let schema: [UInt8]
  let continued: ContinuedLog?

  func block(at time: Timestamp) -> CommitBlock {
    var block = CommitBlock(first: Position(0), recordedAt: time, totals: LogTotals())
    var edge = MerkleEdge()
    for event in [created, SchemaEvent(origin: origin, revision: 0, schema: schema).event] {
      let place = RecordPlace(
        position: block.next, recordedAt: time, revision: Revision(0), previous: .zero,
        correlation: CommandID(high: event.eventID.high, low: event.eventID.low))
      block.append(event, at: place, to: &edge)
      block.totals.streamCount += 1
      // Counted by name alone: there is no index yet to hash names for.
      block.typeCounts[HashedName(event.type.text, IndexKey(word: 0)), default: 0] += 1
    }
    return block
  }

  private var created: NewEvent {
    let seed = Digest.sha256(Array("LogCreated\n\(origin)".utf8))
    let content =
      #"{"leaf":"CEL1","origin":"\#(origin)","#
      + (continued?.members ?? "") + #""simulated":\#(isSimulated)}"#
    return NewEvent(
      eventID: EventID(version8Of: seed), stream: StreamName(category: "system", id: "log"),
      type: .logCreated, actor: ActorID(system: "log"),
      sections: [.system(ContentType.json, Array(content.utf8), seed: seed)])
  }
}

/// A `SchemaRegistered` event; the same schema at the same revision is the same event.
struct SchemaEvent {
  let event: NewEvent
  let bodyDigest: Digest
  static let stream = StreamName(category: "system", id: "schema")

  init(origin: String, revision: UInt64, schema: [UInt8]) {
    bodyDigest = .sha256(schema)
    let seed = Digest.sha256(
      Array("SchemaRegistered\n\(origin)\n\(revision)\n\(bodyDigest.hex)".utf8))
    event = NewEvent(
      eventID: EventID(version8Of: seed), stream: Self.stream, type: .schemaRegistered,
      actor: ActorID(system: "log"),
      sections: [
        .system(
          ContentType.protobuf("google.protobuf.FileDescriptorSet"), schema, seed: seed)
      ])
  }
}

extension NewSection {
  /// A plain section of the log's own events: nothing in it needs hiding, so its salt follows
  /// from `seed`.
  fileprivate static func system(
    _ contentType: String, _ content: [UInt8], seed: Digest
  ) -> NewSection {
    let salt = Digest.sha256(seed.bytes + Array("salt".utf8)).bytes
    return NewSection(
      kind: .plain,
      blob: PlainSection.encode(
        salt: salt.span.identifier(at: 0), contentType: contentType, content: content))
  }
}

extension EventType {
  static let logCreated = known("LogCreated")
  static let logClosed = known("LogClosed")
  static let schemaRegistered = known("SchemaRegistered")
  static let subjectKeyDestroyed = known("SubjectKeyDestroyed")

  private static func known(_ name: String) -> EventType {
    guard let type = EventType(name) else { preconditionFailure("“\(name)” is an event type") }
    return type
  }
}

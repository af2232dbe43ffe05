package import EventLog
package import EventModel
internal import Schema
internal import Transparency

extension EventStore {
  /// Makes a workspace that is an event store: keys, log, and the event that says so.
  public static func create(
    _ folder: DataFolder, origin: String? = nil
  ) async throws(ServiceError) -> Answer {
    try await create(folder, origin: origin, clock: SystemClock.now, random: .system)
  }

  package static func create(
    _ folder: DataFolder, origin: String?, clock: @escaping @Sendable () -> Timestamp,
    random: RandomSource
  ) async throws(ServiceError) -> Answer {
    guard !folder.exists else {
      throw ServiceError(
        .refused, code: "WORKSPACE.EXISTS",
        "There is a workspace “\(folder.workspace)” in “\(folder.path)” already: choose another "
          + "--workspace or --data; nothing was changed.")
    }
    let origin = origin ?? "local/\(folder.workspace)/\(random.bytes(4).hex)"
    let signer = try WorkspaceKeys.create(for: folder, origin: origin, random: random)
    let options = EventLog.Options(clock: clock, signer: signer)
    let log: EventLog
    do throws(OpenError) {
      try EventLog.create(
        in: folder.folder, origin: origin, simulatedClock: false,
        schema: SchemaDescriptor.bytes, options: options)
      log = try EventLog(writing: folder.folder, options: options)
    } catch { throw ServiceError(error) }
    let result: Result<AppendResult, AppendError>
    do throws(AppendError) {
      result = .success(try await log.append(founding(random, at: clock())))
    } catch { result = .failure(error) }
    let failure = log.close()
    do throws(AppendError) {
      _ = try result.get()
    } catch { throw ServiceError(error) }
    if let failure { throw ServiceError(failure) }
    return Answer(
      "Event store “\(folder.workspace)” is made",
      facts: [
        .init("kind", "Kind", .text(WorkspaceKind.eventStore.rawValue)),
        .init("data", "Data", .text(folder.folder)),
        .init("keys", "Keys", .text(folder.keysFolder)),
        .init("origin", "Origin", .text(origin)),
        .init("vkey", "Verifier key", .text(signer.key.vkey)),
      ],
      notes: [
        "Serve it with `deed serve --grpc HOST:PORT`; clients of umadb.v1.DCB connect to it.",
        "The keys lie beside the data, never in it: back them up apart from the data.",
      ])
  }

  /// The event that says what this workspace is.
  private static func founding(_ random: RandomSource, at time: Timestamp) -> AppendRequest {
    guard let type = EventType(WorkspaceKind.eventType) else {
      preconditionFailure("“\(WorkspaceKind.eventType)” is an event type")
    }
    let content = PlainSection.encode(
      salt: random.words(), contentType: ContentType.json,
      content: Array(#"{"kind":"dcb","wire":"umadb.v1.DCB"}"#.utf8))
    return AppendRequest(
      command: CommandID(version7At: time, random: random.words()),
      events: [
        NewEvent(
          eventID: EventID(version7At: time, random: random.words()),
          stream: WorkspaceKind.stream, type: type, actor: ActorID(system: "init"),
          sections: [NewSection(kind: .plain, blob: content)])
      ],
      conditions: [.stream(WorkspaceKind.stream, .none)])
  }
}

extension ServiceError {
  /// Why the log took nothing.
  package init(_ error: AppendError) {
    switch error {
    case .conflict, .matched, .guardRefused, .commandReused, .eventIDReused, .subjectDestroyed:
      self.init(.refused, code: "CONFLICT.CONDITION", "The log stands otherwise: \(error).")
    case .overLimit(let what):
      self.init(.usage, code: "VALIDATION.LIMIT", "The append is too large: \(what).")
    case .personalInPlainSection, .malformed:
      self.init(.usage, code: "VALIDATION.EVENT", "The event can't be recorded: \(error).")
    case .full:
      self.init(
        .failed, code: "STORAGE.FULL",
        "The disk or the map is full: nothing was recorded; make room and try again.")
    case .storage(let error): self.init(storage: error)
    case .closed(let why), .clock(let why):
      self.init(.failed, code: "STORAGE.CLOSED", "The log takes no events: \(why).")
    }
  }
}

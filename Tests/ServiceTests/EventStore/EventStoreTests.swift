import EventModel
import Service
import TestSupport
import Testing

@Suite struct EventStoreTests {
  private static func event(
    _ type: String, _ tags: [String] = [], uuid: String = "", data: UInt8 = 0
  ) -> StoredEvent {
    // As a client would write it: type, tags, data, identifier.
    var message: [UInt8] = []
    var texts: [(number: UInt8, text: String)] = [(1, type)]
    texts += tags.map { (2, $0) }
    texts.append((4, uuid))
    for (number, text) in texts where !text.isEmpty {
      message += [number << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
    }
    message += [3 << 3 | 2, 1, data]
    return StoredEvent(type: type, tags: tags, uuid: uuid, message: message)
  }

  /// A fresh store; it is closed before its folder goes.
  private static func withStore(
    _ body: @Sendable (_ store: EventStore, _ folder: DataFolder) async throws -> Void
  ) async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let store = try EventStore(opening: folder)
      try await body(store, folder)
      try store.close()
    }
  }

  private static func positions(
    _ store: EventStore, _ query: StoreQuery = StoreQuery(), start: UInt64? = nil,
    isBackwards: Bool = false
  ) throws -> [UInt64] {
    var found: [UInt64] = []
    var selection = StoreSelection(
      query: query, start: start, through: store.head ?? 0, isBackwards: isBackwards)
    // One event a time, so that going on behind each is shown too.
    while true {
      let batch = try store.read(selection, limit: 1, byteLimit: 1)
      guard let last = batch.last else { return found }
      found.append(last)
      if isBackwards, last == 1 { return found }
      selection.start = isBackwards ? last - 1 : last + 1
    }
  }

  @Test func `a new store is empty, and its first event stands at 1`() async throws {
    try await Self.withStore { store, _ in
      #expect(store.head == nil)
      let before = try Self.positions(store)
      #expect(before.isEmpty)
      let nothing = try await store.append([])
      #expect(nothing == 0)
      let last = try await store.append([Self.event("A"), Self.event("B")])
      #expect(last == 2)
      #expect(store.head == 2)
      let again = try await store.append([])
      #expect(again == 2)
    }
  }

  @Test func `positions stay when the store is opened again`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      for round in 1...3 as ClosedRange<UInt64> {
        let store = try EventStore(opening: folder)
        #expect(try await store.append([Self.event("A", ["x"])]) == round)
        #expect(try Self.positions(store) == Array(1...round))
        try store.close()
      }
    }
  }

  @Test(
    arguments: [
      (StoreQuery(), [1, 2, 3, 4]),
      (StoreQuery([.init()]), [1, 2, 3, 4]),
      (StoreQuery([.init(types: ["A"])]), [1, 3]),
      (StoreQuery([.init(types: ["A", "B"])]), [1, 2, 3]),
      (StoreQuery([.init(tags: ["x"])]), [1, 2]),
      (StoreQuery([.init(tags: ["x", "y"])]), [2]),
      (StoreQuery([.init(types: ["A"], tags: ["x"])]), [1]),
      (StoreQuery([.init(types: ["B"], tags: ["y"]), .init(types: ["ein Typ %ä"])]), [2, 4]),
      (StoreQuery([.init(tags: ["tag with blank"])]), [4]),
      (StoreQuery([.init(tags: [String(repeating: "l", count: 500)])]), [4]),
      (StoreQuery([.init(tags: [String(repeating: "l", count: 501)])]), []),
      (StoreQuery([.init(types: ["y:A"])]), []), (StoreQuery([.init(tags: ["A"])]), []),
    ] as [(StoreQuery, [UInt64])])
  func `a query finds what any item matches, in both directions`(
    query: StoreQuery, expected: [UInt64]
  ) async throws {
    try await Self.withStore { store, _ in
      _ = try await store.append([
        Self.event("A", ["x"]), Self.event("B", ["x", "y", "y"]), Self.event("A", ["z"]),
        StoredEvent(
          type: "ein Typ %ä", tags: ["tag with blank", String(repeating: "l", count: 500)],
          uuid: "", message: []),
      ])
      #expect(try Self.positions(store, query) == expected)
      #expect(try Self.positions(store, query, isBackwards: true) == expected.reversed())
    }
  }

  @Test func `a condition holds from behind its position on`() async throws {
    try await Self.withStore { store, _ in
      _ = try await store.append([Self.event("A", ["x"]), Self.event("B", ["y"])])
      let refused: [StoreCondition] = [
        .init(query: StoreQuery()), .init(query: StoreQuery(), after: 1),
        .init(query: StoreQuery([.init(tags: ["x"])])),
        .init(query: StoreQuery([.init(types: ["B"])]), after: 1),
      ]
      for condition in refused {
        let error = await #expect(throws: ServiceError.self) {
          try await store.append([Self.event("C")], condition: condition)
        }
        #expect(error?.code == "DCB.CONDITION")
      }
      #expect(store.head == 2)
      let met: [StoreCondition] = [
        .init(query: StoreQuery(), after: 2), .init(query: StoreQuery(), after: .max),
        .init(query: StoreQuery([.init(tags: ["x"])]), after: 1),
        .init(query: StoreQuery([.init(tags: ["x", "y"])])),
      ]
      for (count, condition) in met.enumerated() {
        let position = try await store.append(
          [Self.event("C")],
          condition: StoreCondition(
            query: condition.query, after: condition.after == 2 ? store.head : condition.after))
        #expect(position == UInt64(3 + count))
      }
    }
  }

  @Test func `a repeat of a conditional append gives its first answer`() async throws {
    try await Self.withStore { store, _ in
      let condition = StoreCondition(query: StoreQuery([.init(tags: ["x"])]))
      let events = [
        Self.event("A", ["x"], uuid: "11111111-1111-4111-8111-111111111111"),
        Self.event("B", ["x"], uuid: "22222222-2222-4222-8222-222222222222"),
      ]
      #expect(try await store.append(events, condition: condition) == 2)
      _ = try await store.append([Self.event("C")])
      #expect(try await store.append(events, condition: condition) == 2)
      #expect(store.head == 3)
      // The same identifier with other content is no repeat, nor are events without one.
      for other in [
        [Self.event("A", ["x"], uuid: events[0].uuid, data: 1)], [Self.event("A", ["x"])],
        events + [Self.event("D", ["x"], uuid: "33333333-3333-4333-8333-333333333333")],
      ] {
        await #expect(throws: ServiceError.self) {
          try await store.append(other, condition: condition)
        }
      }
      #expect(store.head == 3)
    }
  }

  @Test func `a source's position only rises`() async throws {
    try await Self.withStore { store, _ in
      #expect(try store.trackedPosition(of: "s") == nil)
      for (position, isTaken) in [(5, true), (5, false), (4, false), (6, true)] as [(UInt64, Bool)]
      {
        let tracking = TrackedPosition(source: "s", position: position)
        if isTaken {
          _ = try await store.append([Self.event("A")], tracking: tracking)
          #expect(try store.trackedPosition(of: "s") == position)
        } else {
          let error = await #expect(throws: ServiceError.self) {
            try await store.append([Self.event("A")], tracking: tracking)
          }
          #expect(error?.code == "DCB.TRACKING")
        }
      }
      #expect(try store.trackedPosition(of: "t") == nil)
      #expect(store.head == 2)
    }
  }

  @Test func `of many appends under one condition exactly one is taken`() async throws {
    try await Self.withStore { store, _ in
      let condition = StoreCondition(query: StoreQuery([.init(tags: ["seat"])]))
      let taken = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<32 {
          group.addTask {
            do throws(ServiceError) {
              _ = try await store.append([Self.event("Taken", ["seat"])], condition: condition)
              return true
            } catch { return false }
          }
        }
        return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(taken == 1)
      #expect(store.head == 1)
    }
  }

  @Test func `a CRM's workspace is read as a store, and takes no event`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await Workspace.create(
        folder, NewWorkspace(organization: "O", administrator: "A"))
      #expect(throws: ServiceError.self) { try EventStore(opening: folder) }
      let workspace = try Workspace(opening: folder)
      let store = EventStore(reading: workspace)
      let head = try #require(store.head)
      #expect(head > 4)
      #expect(try Self.positions(store) == Array(1...head))
      let users = StoreQuery([.init(types: ["UserProvisioned"])])
      #expect(try Self.positions(store, users).count == 1)
      #expect(try Self.positions(store, StoreQuery([.init(types: ["no type"])])).isEmpty)
      let error = await #expect(throws: ServiceError.self) {
        try await store.append([Self.event("A")])
      }
      #expect(error?.code == "DCB.READ_ONLY")
      try workspace.close()
    }
  }

  @Test func `a served store publishes checkpoints, and its positions have no gaps`() async throws {
    try await inTemporaryFolder { path in
      let folder = try DataFolder(path: path + "/data")
      _ = try await EventStore.create(folder)
      let workspace = try Workspace(opening: folder)
      #expect(try await workspace.meetWitnesses() == [])
      try workspace.recordServerStart(version: "test")
      let store = try EventStore(serving: workspace)
      #expect(store.isWritable)
      let keeper = CheckpointKeeper(workspace) { Issue.record("\($0)") }
      for _ in 1...3 { _ = try await store.append([Self.event("A")]) }
      await keeper.publish()
      await keeper.haveCosigned()
      #expect(try Self.positions(store) == [1, 2, 3])
      let size = try workspace.logStatistics()
      #expect("\(size)".contains("checkpointSize"))
      #expect(keeper.metrics.contains("deed_checkpoint_size \(workspace.logSize)"))
      _ = try await store.append([Self.event("B")])
      #expect(try Self.positions(store) == [1, 2, 3, 4])
      try workspace.close()
    }
  }

  @Test func `a store takes no commands`() async throws {
    try await Self.withStore { store, folder in
      try store.close()
      let workspace = try Workspace(opening: folder, actor: "usr_1")
      let error = await #expect(throws: ServiceError.self) {
        try await workspace.execute(CommandRequest(name: "CreateAccount", body: "{}"))
      }
      #expect(error?.code == "WORKSPACE.KIND")
      let question = #expect(throws: ServiceError.self) {
        try workspace.replay(EventFilter(), limit: 1)
      }
      #expect(question?.code == "WORKSPACE.KIND")
      _ = try workspace.logStatistics()
      try workspace.close()
    }
  }
}

import LMDB
import Testing

/// Random steps beside a sorted array.
private struct StepGenerator: RandomNumberGenerator {
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

@Suite struct CursorTests {
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `an integer table is a sorted dictionary`(seed: UInt64) throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.integerTable(named: "numbers")
      }
      var random = StepGenerator(seed: seed)
      var model: [UInt64: UInt8] = [:]
      for _ in 0..<400 {
        let shift = UInt64.random(in: 0...40, using: &random)
        let key = UInt64.random(in: 0..<300, using: &random) << shift
        let value = UInt8.random(in: 0...255, using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 {
          let wasThere = try environment.write { writer throws(LMDBError) in
            try writer.delete(key, from: table)
          }
          #expect(wasThere == (model.removeValue(forKey: key) != nil), "seed \(seed)")
        } else {
          try environment.write { writer throws(LMDBError) in
            try writer.put([value].span, forKey: key, in: table)
          }
          model[key] = value
        }
      }
      try compare(environment, table, model, &random)
    }
  }

  private func compare(
    _ environment: borrowing Environment, _ table: IntegerTable, _ model: [UInt64: UInt8],
    _ random: inout StepGenerator
  ) throws {
    let keys = model.keys.sorted()
    for _ in 0..<200 {
      let sought =
        (keys.randomElement(using: &random) ?? 0)
        &+ UInt64.random(
          in: 0...2, using: &random) &- 1
      var forwards: [UInt64] = []
      var backwards: [UInt64] = []
      let (after, before, exact) = try environment.read { reader throws(LMDBError) in
        try reader.scan(table, from: sought) { key, _ throws(LMDBError) in
          forwards.append(key)
          return .proceed
        }
        try reader.scan(table, from: sought, .backwards) { key, _ throws(LMDBError) in
          backwards.append(key)
          return .proceed
        }
        return try reader.withCursor(over: table) { cursor throws(LMDBError) in
          let after = try cursor.seek(atOrAfter: sought) ? cursor.key : nil
          let before = try cursor.seek(atOrBefore: sought) ? cursor.key : nil
          return (after, before, try cursor.seek(exactly: sought))
        }
      }
      #expect(forwards == keys.filter { $0 >= sought })
      #expect(backwards == keys.filter { $0 <= sought }.reversed())
      #expect(after == forwards.first)
      #expect(before == backwards.first)
      #expect(exact == (model[sought] != nil))
    }
    let stored = try environment.read { reader throws(LMDBError) in
      var stored: [UInt64: UInt8] = [:]
      try reader.scan(table) { key, value throws(LMDBError) in
        stored[key] = value[0]
        return .proceed
      }
      return stored
    }
    #expect(stored == model)
  }

  @Test(arguments: [4, 5] as [UInt64])
  func `a bytewise table orders keys byte by byte, and is read from any key both ways`(
    seed: UInt64
  ) throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.table(named: "bytes")
      }
      var random = StepGenerator(seed: seed)
      var keys: Set<[UInt8]> = []
      for _ in 0..<300 {
        keys.insert(
          (0..<Int.random(in: 1...4, using: &random)).map { _ in
            UInt8.random(in: 0...3, using: &random)
          })
      }
      let sorted = keys.sorted { $0.lexicographicallyPrecedes($1) }
      try environment.write { writer throws(LMDBError) in
        for key in sorted { try writer.append(key.span, forKey: key.span, to: table) }
      }
      for _ in 0..<200 {
        let sought = (0..<Int.random(in: 1...4, using: &random)).map { _ in
          UInt8.random(in: 0...3, using: &random)
        }
        let (forwards, backwards) = try scans(environment, table, from: sought)
        #expect(forwards == sorted.filter { !$0.lexicographicallyPrecedes(sought) })
        #expect(backwards == sorted.filter { !sought.lexicographicallyPrecedes($0) }.reversed())
      }
      let (all, reversed) = try scans(environment, table, from: nil)
      #expect(all == sorted)
      #expect(reversed == sorted.reversed())
    }
  }

  private func scans(
    _ environment: borrowing Environment, _ table: Table, from start: [UInt8]?
  ) throws -> ([[UInt8]], [[UInt8]]) {
    var forwards: [[UInt8]] = []
    var backwards: [[UInt8]] = []
    try environment.read { reader throws(LMDBError) in
      try reader.scan(table, from: start?.span) { key, value throws(LMDBError) in
        forwards.append(value.bytesCopied)
        return .proceed
      }
      try reader.scan(table, from: start?.span, .backwards) { key, value throws(LMDBError) in
        backwards.append(value.bytesCopied)
        return .proceed
      }
    }
    return (forwards, backwards)
  }

  @Test func `a cursor goes first, last, next and previous, and says where it ends`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.table(named: "bytes")
      }
      let isEmpty = try environment.read { reader throws(LMDBError) in
        try reader.withCursor(over: table) { cursor throws(LMDBError) in
          let hasFirst = try cursor.first()
          let hasLast = try cursor.last()
          return !hasFirst && !hasLast
        }
      }
      #expect(isEmpty)
      try environment.write { writer throws(LMDBError) in
        for key: UInt8 in 1...3 { try writer.put([key].span, forKey: [key].span, in: table) }
      }
      let path = try environment.read { reader throws(LMDBError) in
        try reader.withCursor(over: table) { cursor throws(LMDBError) in
          var path: [Int] = []
          func note(_ moved: Bool, _ cursor: borrowing Cursor) {
            path.append(moved ? Int(cursor.withEntry { key, _ in key[0] }) : 0)
          }
          note(try cursor.first(), cursor)
          note(try cursor.previous(), cursor)
          note(try cursor.last(), cursor)
          note(try cursor.previous(), cursor)
          note(try cursor.next(), cursor)
          note(try cursor.next(), cursor)
          return path
        }
      }
      #expect(path == [1, 0, 3, 2, 3, 0])
    }
  }

  @Test func `an emptied table keeps its handle, also for appends in the same transaction`() throws
  {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let (bytes, numbers) = try environment.openTables { opener throws(LMDBError) in
        (try opener.table(named: "bytes"), try opener.integerTable(named: "numbers"))
      }
      try environment.write { writer throws(LMDBError) in
        for key: UInt8 in 1...200 {
          try writer.append([key].span, forKey: [key].span, to: bytes)
          try writer.append([key].span, forKey: UInt64(key), to: numbers)
        }
        try writer.empty(bytes)
        try writer.empty(numbers)
        try writer.append([9].span, forKey: [9].span, to: bytes)
        try writer.append([9].span, forKey: 9, to: numbers)
        try writer.append([10].span, forKey: 10, to: numbers)
      }
      let (first, second) = try environment.read { reader throws(LMDBError) in
        (try reader.entryCount(of: bytes), try reader.entryCount(of: numbers))
      }
      #expect(first == 1)
      #expect(second == 2)
    }
  }

  @Test func `appends to more tables than there are kept cursors all arrive`() throws {
    try withFolder { folder in
      let environment = try Environment(
        folder: folder, options: .init(mapSizeBytes: 1 << 22, tableLimit: 12))
      let tables = try environment.openTables { opener throws(LMDBError) in
        var tables: [IntegerTable] = []
        for number in 0..<11 { tables.append(try opener.integerTable(named: "t\(number)")) }
        return tables
      }
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<50 {
          for table in tables { try writer.append([1].span, forKey: key, to: table) }
          try writer.put([2].span, forKey: key, in: tables[0])
        }
      }
      let counts = try environment.read { reader throws(LMDBError) in
        var counts: [Int] = []
        for table in tables { counts.append(try reader.entryCount(of: table)) }
        return counts
      }
      #expect(counts == Array(repeating: 50, count: 11))
    }
  }
}

extension Span<UInt8> {
  fileprivate var bytesCopied: [UInt8] {
    var bytes: [UInt8] = []
    for index in indices { bytes.append(self[index]) }
    return bytes
  }
}

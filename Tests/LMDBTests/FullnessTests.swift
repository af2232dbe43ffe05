import Foundation
import LMDB
import Testing

/// What happens when there is no room, and that it ends when there is.
@Suite struct FullnessTests {
  @Test func `a full map is an error to the writer, and readers go on`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let table = try events(in: environment)
      let error = #expect(throws: LMDBError.self) { try fill(environment, table, 10_000) }
      #expect(error?.isMapFull == true)
      #expect(error?.isDiskFull == false)
      #expect(error?.description.contains("greater map size") == true)
      let count = try environment.read { reader throws(LMDBError) in
        try reader.entryCount(of: table)
      }
      #expect(count > 0)
      #expect(count % 16 == 0)
      try environment.write { writer throws(LMDBError) in
        _ = try writer.delete(0, from: table)
      }
    }
  }

  @Test func `a map that was full has room when it is opened greater`() throws {
    try withFolder { folder in
      do {
        let environment = try Environment(folder: folder, options: .small)
        let table = try events(in: environment)
        #expect(throws: LMDBError.self) { try fill(environment, table, 10_000) }
      }
      let environment = try Environment(
        folder: folder, options: .init(mapSizeBytes: 8 << 20, tableLimit: 4))
      let table = try events(in: environment)
      try fill(environment, table, 3200)
    }
  }

  @Test(.enabled(if: getuid() == 0))
  func `a full disk is another error than a full map, and writing resumes when there is room`()
    throws
  {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder)
      defer { try? run("umount", "-l", folder) }
      let ballast = URL(filePath: folder + "/ballast")
      try Data(count: 128 << 10).write(to: ballast)
      let environment = try Environment(
        folder: folder + "/data", options: .init(mapSizeBytes: 64 << 20, tableLimit: 4))
      let table = try events(in: environment)
      let error = #expect(throws: LMDBError.self) { try fill(environment, table, 100_000) }
      #expect(error?.isDiskFull == true)
      #expect(error?.description.contains("the disk is full") == true)
      let before = try contents(environment, table)
      #expect(!before.isEmpty)
      try FileManager.default.removeItem(at: ballast)
      try fill(environment, table, before.count + 64)
      #expect(try contents(environment, table).count == before.count + 64)
    }
  }

  @Test func `when all reader slots are taken the next reader is refused`() throws {
    try withFolder { folder in
      var options = Environment.Options.small
      options.readerLimit = 3
      let environment = try Environment(folder: folder, options: options)
      let refused = try environment.read { _ throws(LMDBError) in
        try environment.read { _ throws(LMDBError) in
          try environment.read { _ throws(LMDBError) in
            do throws(LMDBError) {
              try environment.read { _ throws(LMDBError) in }
              return LMDBError?.none
            } catch { return error }
          }
        }
      }
      #expect(refused?.isReadersFull == true)
      #expect(refused?.description.contains("reader slots") == true)
      try environment.read { _ throws(LMDBError) in }
    }
  }

  @Test func `the slot of a reader whose process was killed is free for the next reader`()
    async throws
  {
    let place = Folder()
    defer { place.remove() }
    var options = Environment.Options.small
    options.readerLimit = 1
    let environment = try Environment(folder: place.path, options: options)
    try await killReader(of: place.path)
    try environment.read { _ throws(LMDBError) in }
    #expect(try environment.checkReaders() == 0)
  }

  @Test(arguments: [0, .max >> 1])
  func `the file does not grow behind a reader whose process was killed`(
    checkSeconds: Int
  ) async throws {
    let place = Folder()
    defer { place.remove() }
    var options = Environment.Options(mapSizeBytes: 64 << 20, tableLimit: 4)
    options.readerCheckSeconds = checkSeconds
    let environment = try Environment(folder: place.path, options: options)
    let table = try events(in: environment)
    try fill(environment, table, 64)
    try await killReader(of: place.path)
    let before = try environment.statistics().pageCount
    let value = [UInt8](repeating: 8, count: 1000)
    for _ in 0..<200 {
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<64 { try writer.put(value.span, forKey: key, in: table) }
      }
    }
    let grown = try environment.statistics().pageCount - before
    // Without a check every write takes pages that nobody used before.
    #expect(checkSeconds == 0 ? grown < 200 : grown > 200 * 16)
  }

  /// Runs a process that is killed in a snapshot of `folder`.
  private func killReader(of folder: String) async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
      let other = try Environment(folder: folder, options: .small)
      try other.read { _ throws(LMDBError) in _ = kill(getpid(), SIGKILL) }
    }
  }

  private func events(in environment: borrowing Environment) throws -> IntegerTable {
    try environment.openTables { opener throws(LMDBError) in
      try opener.integerTable(named: "events")
    }
  }

  /// Appends events of 1000 bytes, 16 a commit, until there are `count`.
  private func fill(
    _ environment: borrowing Environment, _ table: IntegerTable, _ count: Int
  ) throws {
    let value = [UInt8](repeating: 7, count: 1000)
    var isDone = false
    while !isDone {
      isDone = try environment.write { writer throws(LMDBError) in
        let start = try writer.entryCount(of: table)
        for position in start..<min(count, start + 16) {
          try writer.append(value.span, forKey: UInt64(position), to: table)
        }
        return start + 16 >= count
      }
    }
  }

  private func contents(
    _ environment: borrowing Environment, _ table: IntegerTable
  ) throws -> [UInt64] {
    var keys: [UInt64] = []
    try environment.read { reader throws(LMDBError) in
      try reader.scan(table) { key, value throws(LMDBError) in
        if value.count == 1000, value[999] == 7 { keys.append(key) }
        return .proceed
      }
    }
    #expect(keys == keys.indices.map { UInt64($0) })
    return keys
  }
}

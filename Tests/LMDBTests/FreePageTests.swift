import Foundation
import LMDB
import Testing

/// Free pages that are added ahead of their need.
@Suite struct FreePageTests {
  private static func fill(
    _ environment: borrowing Environment, _ table: IntegerTable, _ keys: Range<UInt64>
  ) throws {
    try environment.write { writer throws(LMDBError) in
      for key in keys {
        try writer.append([UInt8](repeating: 7, count: 1_000).span, forKey: key, to: table)
      }
    }
  }

  private static func fileBytes(_ folder: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/data.mdb")
    return try #require(attributes[.size] as? NSNumber).intValue
  }

  @Test func `free pages that were added cost no bytes, and are used before the file grows`() throws
  {
    try withFolder { folder in
      let options = Environment.Options(mapSizeBytes: 1 << 24, tableLimit: 4)
      do {
        let environment = try Environment(folder: folder, options: options)
        let table = try environment.openTables { opener throws(LMDBError) in
          try opener.integerTable(named: "events")
        }
        try Self.fill(environment, table, 0..<250)
        // From now on there are free pages of earlier commits.
        for key: UInt64 in 250..<300 { try Self.fill(environment, table, key..<key + 1) }
        let before = try environment.statistics().pageCount
        let bytes = try Self.fileBytes(folder)
        try environment.write { writer throws(LMDBError) in
          try writer.append([8].span, forKey: 300, to: table)
          try writer.addFreePages(200)
        }
        let after = try environment.statistics().pageCount
        #expect((before + 200..<before + 220).contains(after))
        #expect(try Self.fileBytes(folder) - bytes < 20 * environment.statistics().pageSizeBytes)
        for key: UInt64 in 301..<400 { try Self.fill(environment, table, key..<key + 1) }
        #expect(try environment.statistics().pageCount <= after + 4)
      }
      let environment = try Environment(folder: folder, options: options)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.integerTable(named: "events")
      }
      let found = try environment.read { reader throws(LMDBError) in
        var found: [UInt64] = []
        try reader.scan(table, from: 0) { key, value throws(LMDBError) in
          if value.count == (key == 300 ? 1 : 1_000) { found.append(key) }
          return .proceed
        }
        return found
      }
      #expect(found == Array(0..<400))
    }
  }

  @Test func `a file whose added pages were never written is opened again`() throws {
    try withFolder { folder in
      let options = Environment.Options(mapSizeBytes: 1 << 24, tableLimit: 4)
      do {
        let environment = try Environment(folder: folder, options: options)
        let table = try environment.openTables { opener throws(LMDBError) in
          try opener.integerTable(named: "events")
        }
        for key: UInt64 in 0..<300 { try Self.fill(environment, table, key..<key + 1) }
        try environment.write { writer throws(LMDBError) in
          try writer.append([8].span, forKey: 300, to: table)
          // The most that a log adds.
          try writer.addFreePages(1_024)
        }
        let statistics = try environment.statistics()
        #expect(
          try Self.fileBytes(folder) < (statistics.pageCount - 900) * statistics.pageSizeBytes)
      }
      let environment = try Environment(folder: folder, options: options)
      #expect(try environment.statistics().pageCount > 1_024)
    }
  }

  @Test func `free pages that have no room fail the transaction, and harm nothing`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.integerTable(named: "events")
      }
      try Self.fill(environment, table, 0..<10)
      let error = #expect(throws: LMDBError.self) {
        try environment.write { writer throws(LMDBError) in try writer.addFreePages(1_000) }
      }
      #expect(error?.isMapFull == true)
      try Self.fill(environment, table, 10..<20)
      let count = try environment.read { reader throws(LMDBError) in
        try reader.entryCount(of: table)
      }
      #expect(count == 20)
    }
  }

  @Test func `free pages that are written hold nothing of the memory they lay in`() throws {
    try withFolder { folder in
      let count = 8
      do {
        let environment = try Environment(
          folder: folder, options: .init(mapSizeBytes: 1 << 24, tableLimit: 4))
        let table = try environment.openTables { opener throws(LMDBError) in
          try opener.integerTable(named: "events")
        }
        let byteCount = count * (try environment.statistics().pageSizeBytes)
        try Self.fill(environment, table, 0..<10)
        // An old reader, so that no page that became free is used.
        try environment.read { _ throws(LMDBError) in
          try environment.write { writer throws(LMDBError) in
            try writer.append([9].span, forKey: 10, to: table)
            Self.leaveSecrets(of: byteCount)
            try writer.addFreePages(count)
          }
        }
      }
      let bytes = try #require(FileManager.default.contents(atPath: folder + "/data.mdb"))
      #expect(bytes.range(of: Data(repeating: 0xa7, count: 64)) == nil)
    }
  }

  /// Frees memory of about that size with bytes in it that must not be seen again.
  private static func leaveSecrets(of byteCount: Int) {
    var secrets: [[UInt8]] = []
    for less in stride(from: 0, to: 512, by: 16) {
      secrets.append([UInt8](repeating: 0xa7, count: byteCount - less))
    }
    #expect(secrets.count == 32)
  }
}

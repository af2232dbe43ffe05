import Foundation
import LMDB
import Testing

@Suite struct UpkeepTests {
  @Test(arguments: [false, true])
  func `a copy has what was committed, and is its owner's alone`(
    compacting: Bool
  ) throws {
    try withFolder { folder in
      let target = folder + "-copy"
      defer { try? FileManager.default.removeItem(atPath: target) }
      let environment = try Environment(folder: folder, options: .small)
      let table = try opened(environment)
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<100 { try writer.append([1].span, forKey: key, to: table) }
      }
      if compacting {
        try environment.write { writer throws(LMDBError) in
          try writer.append([1].span, forKey: 100, to: table)
          try environment.copy(to: target, compacting: true)
        }
      } else {
        // LMDB lets a plain copy begin between writes only.
        try environment.copy(to: target, compacting: false)
      }
      #expect(try mode(target) == 0o700)
      #expect(try mode(target + "/data.mdb") == 0o600)
      let again = #expect(throws: LMDBError.self) {
        try environment.copy(to: target, compacting: compacting)
      }
      #expect(again?.call == .envCopy)
      let copy = try Environment(folder: target, options: .small)
      let copied = try opened(copy)
      let count = try copy.read { reader throws(LMDBError) in try reader.entryCount(of: copied) }
      #expect(count == 100)
    }
  }

  @Test func `a file that was cut off is refused, and not read`() throws {
    let options = Environment.Options(mapSizeBytes: 32 << 20, tableLimit: 4)
    try withFolder { folder in
      do {
        let environment = try Environment(folder: folder, options: options)
        let table = try opened(environment)
        let bytes = [UInt8](repeating: 1, count: 100_000)
        try environment.write { writer throws(LMDBError) in
          for key: UInt64 in 0..<120 { try writer.append(bytes.span, forKey: key, to: table) }
        }
      }
      let file = try FileHandle(forWritingTo: URL(filePath: folder + "/data.mdb"))
      let size = try file.seekToEnd()
      try file.truncate(atOffset: size / 3)
      try file.close()
      let error = #expect(throws: LMDBError.self) {
        _ = try Environment(folder: folder, options: options)
      }
      #expect(error?.cause == .cutOff && error?.folder == folder)
    }
  }

  @Test func `a copy that was cut off is written over`() throws {
    try withFolder { folder in
      let target = folder + "-copy"
      defer { try? FileManager.default.removeItem(atPath: target) }
      let environment = try Environment(folder: folder, options: .small)
      let table = try opened(environment)
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<100 { try writer.append([1].span, forKey: key, to: table) }
      }
      try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
      let part = target + "/data.mdb.part"
      try Data(repeating: 7, count: 1 << 20).write(to: URL(filePath: part))
      // While somebody writes it, another copy into the same folder is refused.
      do {
        let other = try #require(FileHandle(forWritingAtPath: part))
        #expect(flock(other.fileDescriptor, LOCK_EX) == 0)
        #expect(throws: LMDBError.self) { try environment.copy(to: target, compacting: true) }
        try other.close()
      }
      try environment.copy(to: target, compacting: true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: target) == ["data.mdb"])
      let copy = try Environment(folder: target, options: .small)
      let copied = try opened(copy)
      let count = try copy.read { reader throws(LMDBError) in try reader.entryCount(of: copied) }
      #expect(count == 100)
    }
  }

  @Test(.enabled(if: getuid() == 0), arguments: [false, true])
  func `a copy that has no room leaves nothing, and can be made when there is some`(
    compacting: Bool
  ) throws {
    try withFolder { folder in
      let disk = folder + "-disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(atPath: disk) }
      try run("mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk)
      defer { try? run("umount", "-l", disk) }
      let ballast = URL(filePath: disk + "/ballast")
      try Data(count: 300 << 10).write(to: ballast)
      let environment = try Environment(folder: folder, options: .small)
      let table = try opened(environment)
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<300 {
          try writer.append([UInt8](repeating: 1, count: 1000).span, forKey: key, to: table)
        }
      }
      let error = #expect(throws: LMDBError.self) {
        try environment.copy(to: disk + "/copy", compacting: compacting)
      }
      #expect(error?.isDiskFull == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk + "/copy") == [])
      try FileManager.default.removeItem(at: ballast)
      try environment.copy(to: disk + "/copy", compacting: compacting)
    }
  }

  @Test func `statistics tell pages, map, transactions and readers`() throws {
    try withFolder { folder in
      var options = Environment.Options(mapSizeBytes: 1 << 22, tableLimit: 4, readerLimit: 7)
      options.isSynced = false
      let environment = try Environment(folder: folder, options: options)
      let table = try opened(environment)
      let before = try environment.statistics()
      try environment.write { writer throws(LMDBError) in
        for key: UInt64 in 0..<2000 {
          try writer.append([UInt8](repeating: 1, count: 100).span, forKey: key, to: table)
        }
      }
      try environment.sync()
      let after = try environment.statistics()
      #expect(after.mapSizeBytes == 1 << 22)
      #expect(after.readerLimit == 7)
      #expect(after.lastTransaction == before.lastTransaction + 1)
      #expect(after.pageCount > before.pageCount)
      #expect(after.fileBytes == after.pageCount * after.pageSizeBytes)
      let inTable = try environment.read { reader throws(LMDBError) in
        try reader.statistics(of: table)
      }
      #expect(inTable.entryCount == 2000)
      #expect(inTable.pageCount >= 2000 * 100 / after.pageSizeBytes)
      #expect(inTable.depth == 2)
      #expect(try environment.statistics().readerSlotCount == 1)
    }
  }

  private func opened(_ environment: borrowing Environment) throws -> IntegerTable {
    try environment.openTables { opener throws(LMDBError) in
      try opener.integerTable(named: "events")
    }
  }
}

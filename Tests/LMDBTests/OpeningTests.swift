import Foundation
import LMDB
import Testing

@Suite struct OpeningTests {
  @Test func `a folder is opened once in a process, by whatever path`() throws {
    try withFolder { folder in
      do {
        let first = try Environment(folder: folder, options: .small)
        let link = folder + "-link"
        try FileManager.default.createSymbolicLink(
          atPath: link, withDestinationPath: folder)
        defer { try? FileManager.default.removeItem(atPath: link) }
        for path in [folder, folder + "/.", link] {
          let error = #expect(throws: LMDBError.self) {
            _ = try Environment(folder: path, options: .small)
          }
          #expect(error?.cause == .alreadyOpen)
          #expect(error?.description.contains(path) == true)
        }
        #expect(first.folder == folder)
      }
      let again = try Environment(folder: folder, options: .small)
      #expect(again.folder == folder)
    }
  }

  @Test func `an opening that fails lets the folder go`() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
      try Data(repeating: 7, count: 8192).write(to: URL(filePath: folder + "/data.mdb"))
      for _ in 0..<2 {
        let error = #expect(throws: LMDBError.self) {
          _ = try Environment(folder: folder, options: .small)
        }
        #expect(error?.cause == .notAnEnvironment)
      }
      try Environment.removeFiles(in: folder)
      let environment = try Environment(folder: folder, options: .small)
      #expect(environment.folder == folder)
    }
  }

  @Test func `folder and files are their owner's alone`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      #expect(try mode(folder) == 0o700)
      for file in ["data.mdb", "lock.mdb"] { #expect(try mode("\(folder)/\(file)") == 0o600) }
      #expect(environment.options == .small)
    }
  }

  @Test func `a folder whose parent is absent is not made, and the error names it`() throws {
    try withFolder { folder in
      let error = #expect(throws: LMDBError.self) {
        _ = try Environment(folder: folder + "/a/b", options: .small)
      }
      #expect(error?.call == .makeFolder)
      #expect(error?.cause == .noFile)
      #expect(error?.folder == folder + "/a/b")
    }
  }

  @Test func `a read-only environment needs files and tables, and refuses to write`() throws {
    try withFolder { folder in
      var readOnly = Environment.Options.small
      readOnly.isReadOnly = true
      let absent = #expect(throws: LMDBError.self) {
        _ = try Environment(folder: folder, options: readOnly)
      }
      #expect(absent?.cause == .noFile)
      try Self.fill(folder)
      let environment = try Environment(folder: folder, options: readOnly)
      let missing = #expect(throws: LMDBError.self) {
        try environment.openTables { opener throws(LMDBError) in
          _ = try opener.table(named: "absent")
        }
      }
      #expect(missing?.isNotFound == true)
      let table = try environment.openTables { opener throws(LMDBError) in
        try opener.table(named: "bytes")
      }
      let value = try environment.read { reader throws(LMDBError) in
        try reader.withValue(forKey: [1].span, in: table) { value throws(LMDBError) in
          guard let value else { return UInt8?.none }
          return value[0]
        }
      }
      #expect(value == 2)
      let refused = #expect(throws: LMDBError.self) {
        try environment.write { writer throws(LMDBError) in try writer.empty(table) }
      }
      #expect(refused?.cause == .forbidden)
    }
  }

  private static func fill(_ folder: String) throws {
    let environment = try Environment(folder: folder, options: .small)
    let table = try environment.openTables { opener throws(LMDBError) in
      try opener.table(named: "bytes")
    }
    try environment.write { writer throws(LMDBError) in
      try writer.put([2].span, forKey: [1].span, in: table)
    }
  }

  @Test func `a table is opened as what it was made`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let error = #expect(throws: LMDBError.self) {
        try environment.openTables { opener throws(LMDBError) in
          _ = try opener.integerTable(named: "a")
          _ = try opener.table(named: "a")
        }
      }
      #expect(error?.cause == .otherKindOfTable)
    }
  }

  @Test func `more tables than the limit are refused with the remedy`() throws {
    try withFolder { folder in
      let environment = try Environment(folder: folder, options: .small)
      let error = #expect(throws: LMDBError.self) {
        try environment.openTables { opener throws(LMDBError) in
          for number in 0..<5 { _ = try opener.table(named: "t\(number)") }
        }
      }
      #expect(error?.cause == .tablesFull)
      #expect(error?.description.contains("greater table limit") == true)
    }
  }

  @Test func `a table of another environment traps`() async {
    let exit = await #expect(
      processExitsWith: .signal(SIGILL), observing: [\.standardErrorContent]
    ) {
      try withFolder { folder in
        let one = try Environment(folder: folder, options: .small)
        let two = try Environment(folder: folder + "-2", options: .small)
        let table = try one.openTables { opener throws(LMDBError) in
          try opener.table(named: "a")
        }
        try two.write { writer throws(LMDBError) in
          _ = try writer.table(named: "a")
          try writer.put([1].span, forKey: [1].span, in: table)
        }
      }
    }
    let text = String(decoding: exit?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("table of another environment"))
  }
}

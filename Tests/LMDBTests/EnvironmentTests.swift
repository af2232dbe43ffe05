import Foundation
import LMDB
import Testing

/// Opens an environment in a folder of its own, and removes it afterwards.
func withTemporaryEnvironment<Result>(
  mapSizeBytes: Int = 1 << 20,
  _ body: (borrowing Environment) throws -> Result
) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let environment = try Environment(
    folder: folder.path(percentEncoded: false),
    options: .init(mapSizeBytes: mapSizeBytes, tableLimit: 4))
  return try body(environment)
}

extension Table {
  static func events(in environment: borrowing Environment) throws(LMDBError) -> Table {
    try environment.write { writer throws(LMDBError) in try writer.table(named: "events") }
  }
}

@Suite struct EnvironmentTests {
  enum Refused: LMDBFailure, Equatable {
    case byCaller
    case byStore(LMDBError)
    init(_ error: LMDBError) { self = .byStore(error) }
  }

  @Test func `a thrown error aborts the write`() throws {
    try withTemporaryEnvironment { environment in
      let table = try Table.events(in: environment)
      #expect(throws: Refused.byCaller) {
        try environment.write { writer throws(Refused) in
          do throws(LMDBError) {
            try writer.append([1].span, forKey: [1].span, to: table)
          } catch {
            throw Refused(error)
          }
          throw Refused.byCaller
        }
      }
      let found = try environment.read { reader throws(LMDBError) in
        try reader.withValue(forKey: [1].span, in: table) { value throws(LMDBError) in value != nil
        }
      }
      #expect(!found)
    }
  }

  @Test(arguments: [[2, 1], [1, 1]] as [[UInt8]])
  func `append refuses a key that is not greater than the last`(keys: [UInt8]) throws {
    try withTemporaryEnvironment { environment in
      let table = try Table.events(in: environment)
      let error = #expect(throws: LMDBError.self) {
        try environment.write { writer throws(LMDBError) in
          for key in keys {
            try writer.append([0].span, forKey: [key].span, to: table)
          }
        }
      }
      #expect(error?.isKeyExists == true)
    }
  }

  @Test func `scan visits in key order and stops when told`() throws {
    try withTemporaryEnvironment { environment in
      let table = try Table.events(in: environment)
      try environment.write { writer throws(LMDBError) in
        for key: UInt8 in 1...9 {
          try writer.append([key &* 2].span, forKey: [key].span, to: table)
        }
      }
      var seen: [UInt8] = []
      try environment.read { reader throws(LMDBError) in
        try reader.scan(table, from: [4].span) { key, value throws(LMDBError) in
          seen.append(value[0])
          return seen.count == 3 ? .stop : .proceed
        }
      }
      #expect(seen == [8, 10, 12])
    }
  }

  @Test func `a write inside a write traps`() async throws {
    let exit = await #expect(processExitsWith: .signal(SIGILL), observing: [\.standardErrorContent])
    {
      try withTemporaryEnvironment { environment in
        try environment.write { _ throws(LMDBError) in
          try environment.write { _ throws(LMDBError) in }
        }
      }
    }
    let message = try #require(exit).standardErrorContent
    #expect(String(decoding: message, as: UTF8.self).contains("write inside a write"))
  }
}

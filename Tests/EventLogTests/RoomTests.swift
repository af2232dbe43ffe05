import EventLog
import EventModel
import Foundation
import TestSupport
import Testing

@Suite struct RoomTests {
  private static let big = TestEvent("account-big", data: [UInt8](repeating: 5, count: 20_000))

  /// Appends large events until there is no room, and returns how many went in.
  private static func fill(_ log: EventLog, from number: UInt64) throws -> UInt64 {
    for next in number..<number + 10_000 {
      do throws(AppendError) {
        _ = try log.appendAndWait(.test(next, [big]))
      } catch .full {
        return next - number
      }
    }
    Issue.record("there is always room")
    return 0
  }

  @Test func `a full map refuses what has no room, and a greater one takes it`() throws {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path, mapSizeBytes: 1 << 20)
      let count = try harness.open { log throws in
        let count = try Self.fill(log, from: 1)
        #expect(count > 10)
        #expect(log.size == 2 + count)
        #expect(try log.events(EventSelection(.stream(.known("account-big")))).count == count)
        #expect(try log.verify(harness.verification).isSound)
        return count
      }
      var options = harness.options
      options.mapSizeBytes = 1 << 22
      let log = try EventLog(writing: harness.folder, options: options)
      #expect(try log.appendAndWait(.test(count + 1, [Self.big])).first.rawValue == 2 + count)
      #expect(try log.verify(harness.verification).isSound)
      log.close()
    }
  }

  @Test func `a request that has no room fails alone`() async throws {
    try await inTemporaryFolder { path in
      let harness = try LogHarness(in: path, mapSizeBytes: 1 << 21)
      let log = try EventLog(writing: harness.folder, options: harness.options)
      let outcomes = await withTaskGroup(of: String.self) { group in
        for number in 1...40 as ClosedRange<UInt64> {
          group.addTask {
            let size = number % 10 == 5 ? 3 << 20 : 100
            let event = TestEvent(
              "account-\(number)", data: [UInt8](repeating: 1, count: size))
            do throws(AppendError) {
              _ = try await log.append(.test(number, [event]))
              return "appended \(size)"
            } catch .full {
              return "full \(size)"
            } catch {
              return "\(error)"
            }
          }
        }
        return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
      }
      #expect(outcomes == ["appended 100": 36, "full \(3 << 20)": 4])
      #expect(log.size == 38)
      log.close()
      try harness.verify()
    }
  }

  @Test(.enabled(if: geteuid() == 0))
  func `a full disk refuses what has no room, and room lets writing resume`() throws {
    try withTemporaryFolder { path throws in
      try Self.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path)
      defer {
        do { try Self.run("umount", "-l", path) } catch { Issue.record("\(error)") }
      }
      let ballast = path + "/ballast"
      try Data(count: 1 << 20).write(to: URL(filePath: ballast))
      let harness = try LogHarness(in: path)
      let count = try harness.open { log throws in
        let count = try Self.fill(log, from: 1)
        #expect(count > 10)
        #expect(log.size == 2 + count)
        #expect(try log.events(EventSelection(.stream(.known("account-big")))).count == count)
        try FileManager.default.removeItem(atPath: ballast)
        #expect(try log.appendAndWait(.test(count + 1, [Self.big])).first.rawValue == 2 + count)
        return count
      }
      try harness.verify()
      try harness.open { log throws in #expect(log.size == 3 + count) }
    }
  }

  private static func run(_ tool: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(tool) \(arguments)")
  }
}

import Foundation
import Service
import TestSupport
import Testing

/// Nothing is shown without a trace, also when there is no room for one.
@Suite struct FullAccessLogTests {
  /// Runs `body` with a small disk, which it may fill with a file of the name given.
  private func onSmallDisk(_ body: (_ disk: String) async throws -> Void) async throws {
    try await inTemporaryFolder { path in
      let disk = path + "/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
      let mounted = try BuiltCommand.run(
        script: "mount -t tmpfs -o size=24m tmpfs \(disk)", in: path)
      try #require(mounted.status == 0, "\(mounted.standardError)")
      defer {
        do { _ = try BuiltCommand.run(script: "umount -l \(disk)", in: path) } catch {
          Issue.record("\(disk) stays mounted: \(error)")
        }
      }
      try await body(disk)
    }
  }

  private func fill(_ ballast: String) throws {
    try Data().write(to: URL(filePath: ballast))
    let handle = try FileHandle(forWritingTo: URL(filePath: ballast))
    for piece in [1 << 20, 64 << 10, 4 << 10] {
      while true {
        do { try handle.write(contentsOf: Data(count: piece)) } catch { break }
      }
    }
    try handle.close()
  }

  /// Looks at the account and others in sessions of their own until there is no room; how often the
  /// account was shown.
  private func lookUntilFull(
    _ place: EvidenceWorkplace, _ sessions: String
  ) throws -> (shown: Int, error: ServiceError?) {
    let others = (0..<500).map { "account:acc_\($0)" }
    for number in 0..<100 {
      let reader = try place.workspace.acting(
        as: Principal(place.administrators[0], sessionID: "\(sessions)-\(number)"))
      do throws(ServiceError) {
        _ = try reader.show("account", id: place.account, from: .now)
      } catch { return (number, error) }
      // So many waiting looks that few sessions reach the limit; the last ones may be refused.
      do throws(ServiceError) { try reader.noteViewed(others, path: "list") } catch {
        return (number + 1, error)
      }
    }
    return (100, nil)
  }

  private func views(_ place: EvidenceWorkplace, _ sessions: String) throws -> Int {
    try place.workspace.whoSaw(place.account).tables[0].rows.count { row in
      "\(row)".contains("\"\(sessions)-")
    }
  }

  @Test(.enabled(if: getuid() == 0))
  func `without room nothing more is shown, and with room every look is told`() async throws {
    try await onSmallDisk { disk in
      let place = try await EvidenceWorkplace(disk)
      _ = try place.workspace.show("account", id: place.account, from: .now)
      try fill("\(disk)/ballast")
      let (shown, error) = try lookUntilFull(place, "full")
      #expect(error?.code == "STORAGE.FULL")
      #expect(try lookUntilFull(place, "again").shown == 0)
      try FileManager.default.removeItem(atPath: "\(disk)/ballast")
      _ = try place.workspace.show("account", id: place.account, from: .now)
      #expect(try views(place, "full") == shown)
      try place.workspace.close()
    }
  }

  private func closedWithoutRoom(_ disk: String) async throws -> DataFolder {
    let place = try await EvidenceWorkplace(disk)
    _ = try place.workspace.show("account", id: place.account, from: .now)
    try fill("\(disk)/ballast")
    let (_, error) = try lookUntilFull(place, "full")
    #expect(error?.code == "STORAGE.FULL")
    let told = #expect(throws: ServiceError.self) { try place.workspace.close() }
    #expect(told?.sentence.contains("stands in no access log") == true)
    return place.folder
  }

  @Test(.enabled(if: getuid() == 0))
  func `a workspace that closes without room says what is lost`() async throws {
    try await onSmallDisk { disk in
      let folder = try await closedWithoutRoom(disk)
      try FileManager.default.removeItem(atPath: "\(disk)/ballast")
      // The files were let go of.
      let again = try Workspace(opening: folder)
      #expect(again.isWriter)
      try again.close()
    }
  }
}

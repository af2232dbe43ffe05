import Foundation
import Service
import TestSupport
import Testing

/// Backups of both logs, and putting them back together.
@Suite struct AccessRestoreTests {
  private static func used(
    _ path: String, _ body: (EvidenceWorkplace) throws -> Void
  ) async throws -> EvidenceWorkplace.Left {
    try await EvidenceWorkplace.left(path) { place in
      _ = try place.acting(1).show("account", id: place.account, from: .now)
      try place.workspace.anchorAccessLog()
      try body(place)
    }
  }

  private func isWriter(_ folder: DataFolder) throws -> Bool {
    let workspace = try Workspace(opening: folder)
    defer { workspace.abandon() }
    return workspace.isWriter
  }

  @Test func `a backup without its access log is made whole by repeating it`() async throws {
    try await inTemporaryFolder { path in
      let backup = "\(path)/backup"
      let place = try await Self.used(path) { place in
        _ = try place.workspace.backUp(to: backup)
      }
      // What one leaves whose second half had no room.
      try FileManager.default.removeItem(atPath: "\(backup)/access")
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      let error = #expect(throws: ServiceError.self) { try Workspace.restore(copy, from: backup) }
      #expect(error?.code == "LOG.FORKED")
      #expect(error?.sentence.contains("--without-access-log") == true)
      #expect(!FileManager.default.fileExists(atPath: copy.folder))
      try place.opened { workspace in
        _ = try workspace.show("contact", id: place.contact, from: .now)
        try workspace.anchorAccessLog()
        _ = try workspace.backUp(to: backup)
        let whole = #expect(throws: ServiceError.self) { try workspace.backUp(to: backup) }
        #expect(whole?.code == "LOG.EXISTS")
      }
      _ = try Workspace.restore(copy, from: backup)
      #expect(try isWriter(copy))
    }
  }

  @Test func `another log's copy is not completed`() async throws {
    try await inTemporaryFolder { path in
      let backup = "\(path)/backup"
      let other = try await Self.used("\(path)/other") { place in
        _ = try place.workspace.backUp(to: backup)
      }
      _ = other
      try FileManager.default.removeItem(atPath: "\(backup)/access")
      let place = try await Self.used(path) { _ in }
      try place.opened { workspace in
        let error = #expect(throws: ServiceError.self) { try workspace.backUp(to: backup) }
        #expect(error?.code == "LOG.EXISTS")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(backup)/access"))
    }
  }

  @Test func `a log whose access log is lost is put back alone, and the loss recorded`()
    async throws
  {
    try await inTemporaryFolder { path in
      let backup = "\(path)/backup"
      let place = try await Self.used(path) { place in
        _ = try place.workspace.backUp(to: backup)
      }
      try FileManager.default.removeItem(atPath: "\(backup)/access")
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      let answer = try Workspace.restore(copy, from: backup, withoutAccessLog: true)
      #expect("\(answer.notes)".contains("deed log accept-access-loss"))
      #expect(try !isWriter(copy))
      _ = try Workspace.acceptAccessLoss(copy, reason: "disk-failure")
      #expect(try isWriter(copy))
    }
  }

  @Test func `an access log of another history is neither kept nor removed`() async throws {
    try await inTemporaryFolder { path in
      let backup = "\(path)/backup"
      let place = try await Self.used(path) { place in
        _ = try place.workspace.backUp(to: backup)
      }
      // One with more events, of another workspace.
      let other = try await Self.used("\(path)/other") { place in
        for _ in 0..<3 {
          _ = try place.acting(1).show("account", id: place.account, from: .now)
          try place.workspace.anchorAccessLog()
        }
      }
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      try FileManager.default.createDirectory(
        atPath: copy.folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(other.folder.folder)/access", toPath: "\(copy.folder)/access")
      let data = FileManager.default.contents(atPath: "\(copy.folder)/access/log/data.mdb")
      let error = #expect(throws: ServiceError.self) { try Workspace.restore(copy, from: backup) }
      #expect(error?.code == "LOG.FORKED")
      #expect(error?.sentence.contains("another history") == true)
      #expect(!copy.exists)
      #expect(FileManager.default.contents(atPath: "\(copy.folder)/access/log/data.mdb") == data)
      try FileManager.default.removeItem(atPath: "\(copy.folder)/access")
      _ = try Workspace.restore(copy, from: backup)
      #expect(try isWriter(copy))
    }
  }

  @Test func `a restore that is refused leaves the access log that stands there`() async throws {
    try await inTemporaryFolder { path in
      let place = try await Self.used(path) { place in
        _ = try place.workspace.backUp(to: "\(path)/first")
        _ = try place.workspace.show("contact", id: place.contact, from: .now)
        try place.workspace.anchorAccessLog()
        _ = try place.workspace.backUp(to: "\(path)/second")
        _ = try place.workspace.hold(place.contact, reason: "litigation-1")
      }
      let copy = try DataFolder(path: "\(path)/copy", keysPath: place.folder.keysPath)
      try FileManager.default.createDirectory(
        atPath: copy.folder, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(path)/first/access", toPath: "\(copy.folder)/access")
      // The newest checkpoint is known: the second backup is behind it.
      try FileManager.default.copyItem(
        atPath: "\(place.folder.folder)/checkpoint.last",
        toPath: "\(copy.folder)/checkpoint.last")
      let data = FileManager.default.contents(atPath: "\(copy.folder)/access/log/data.mdb")
      let error = #expect(throws: ServiceError.self) {
        try Workspace.restore(copy, from: "\(path)/second")
      }
      #expect(error?.code == "LOG.FORKED")
      #expect(FileManager.default.contents(atPath: "\(copy.folder)/access/log/data.mdb") == data)
      try FileManager.default.removeItem(atPath: "\(copy.folder)/checkpoint.last")
      _ = try Workspace.restore(copy, from: "\(path)/second")
      #expect(try isWriter(copy))
      let names = try FileManager.default.contentsOfDirectory(atPath: copy.folder)
      #expect(!names.contains { $0.hasPrefix("access.") })
    }
  }
}

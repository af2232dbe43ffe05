import EventLog
import EventModel
import Foundation
import Schema
import Sealing
import SwiftProtobuf
import TestSupport
import Testing
import Transparency
import Vault

@Suite struct GoldenLogTests {
  /// The root of ``GoldenLog/size`` events: it must never change.
  static let root = "adeef9927f2d83201b8bc436b8f039e937e2d2a39b3914f5486c2e9bbad9ba79"

  /// Runs `body` with a copy of the golden log, since opening writes beside it.
  private func withCopy<Result>(_ body: (_ folder: String) throws -> Result) throws -> Result {
    try withTemporaryFolder { path throws in
      let folder = path + "/main"
      try EventLog.restore(from: Self.unpacked(in: path), to: folder)
      return try body(folder)
    }
  }

  /// The fixture with a lock file of its own.
  private static func unpacked(in path: String) throws -> String {
    let folder = path + "/fixture"
    try FileManager.default.copyItem(atPath: GoldenLog.folder, toPath: folder)
    return folder
  }

  @Test func `the golden log of format 1 is read, verified and has its root`() throws {
    try withCopy { folder throws in
      let log = try EventLog(reading: folder)
      defer { log.close() }
      #expect(log.size == GoldenLog.size)
      #expect(try log.root(size: GoldenLog.size).hex == Self.root)
      var verification = VerificationOptions()
      verification.keys = [try GoldenLog.signer().key]
      verification.guards = { event in
        guard event.type == "AccountCreated", let index = UInt8(event.stream.suffix(1)) else {
          return []
        }
        return [.claim(GuardKey("G-GOLD", "acc_\(index)"), value: [index])]
      }
      let report = try log.verify(verification)
      #expect(report.isSound, "\(report.findings)")
      #expect(report.checkpointCount == 2)
      #expect(report.notChecked == ["the index: there is none here"])
    }
  }

  @Test func `what the golden log says is decoded, also what is sealed`() throws {
    try withCopy { folder throws in
      let log = try EventLog(reading: folder)
      defer { log.close() }
      let keys = folder + ".keys"
      let (vault, subjects) = try GoldenLog.vault(in: keys)
      let contacts = try log.events(EventSelection(.types([.known("ContactCreated")])))
      #expect(contacts.count == 9)
      for (index, event) in contacts.enumerated() {
        #expect(try event.metadata()?.tags.last == "index:1")
        #expect(event.onBehalfOf == "usr_other")
        guard case .contact(.contactCreated(let created)) = try event.payload() else {
          Issue.record("\(event.type) is no ContactCreated")
          continue
        }
        #expect(created.accountID == "acc_\(index)")
        let sealed = try #require(event.sealedSections.first)
        #expect(sealed.header.keyID == subjects[index])
        let opened = try vault.open(
          event.blob(sealed.section).span, under: sealed.header.keyID,
          at: SectionPlace(
            eventID: event.eventID, section: sealed.section, stream: event.stream,
            type: event.type))
        guard case .value(let content) = opened else {
          Issue.record("\(opened)")
          continue
        }
        #expect(try ContactPersonal(serializedBytes: content.content).title == "Title \(index)")
      }
      #expect(try log.destruction(of: subjects[8]) == Position(GoldenLog.size - 1))
      let accounts = try log.events(EventSelection(.stream(.known("account-acc_4"))))
      #expect(accounts.map(\.revision.rawValue) == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test func `this code makes the same log again`() throws {
    try withCopy { folder throws in
      let kept = try EventLog(reading: folder)
      defer { kept.close() }
      let schema = try #require(try kept.schemaInForce()?.plain(0)?.content)
      var golden = GoldenLog()
      let again = folder + "-again"
      try golden.make(in: again, keys: folder + ".keys", schema: schema)
      let made = try EventLog(reading: again)
      defer { made.close() }
      let events = try kept.events(EventSelection())
      for (one, other) in zip(events, try made.events(EventSelection())) {
        #expect(one.record == other.record, "position \(one.position)")
      }
      #expect(made.size == kept.size)
      #expect(try made.newestCheckpoint() == kept.newestCheckpoint())
    }
  }

  /// Makes the fixture: `DEED_MAKE_GOLDEN=1 swift test --filter GoldenLogTests`, before a release.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["DEED_MAKE_GOLDEN"] != nil))
  func `the golden log is made`() throws {
    try withTemporaryFolder { path throws in
      var golden = GoldenLog()
      try golden.make(
        in: path + "/main", keys: path + "/keys", schema: SchemaDescriptor.bytes)
      let log = try EventLog(reading: path + "/main")
      defer { log.close() }
      print("root of \(log.size): \(try log.root(size: log.size).hex)")
      if FileManager.default.fileExists(atPath: GoldenLog.folder) {
        try FileManager.default.removeItem(atPath: GoldenLog.folder)
      }
      try log.backUp(to: GoldenLog.folder)
    }
  }
}

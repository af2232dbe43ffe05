import EventModel
import Foundation
import ReadModels
import Schema
import Synchronization
import TestSupport
import Testing

/// Reads a clock, which a projector must not.
private enum Clock: Flaw {
  static let version: UInt32 = 1
  static func priority(_ to: TicketPriority.Code, _ event: ProjectedEvent) -> String {
    "\(ContinuousClock.now)"
  }
}

/// Draws a number, which a projector must not.
private enum Dice: Flaw {
  static let version: UInt32 = 1
  static func escalations(_ event: ProjectedEvent) -> Int64 {
    Int64.random(in: 0...Int64(Int32.max))
  }
}

/// Goes by the order of a dictionary, which is another one in each process.
private enum Order: Flaw {
  static let version: UInt32 = 1
  static func priority(_ to: TicketPriority.Code, _ event: ProjectedEvent) -> String {
    Dictionary(uniqueKeysWithValues: (0..<32).map { ("\($0)", $0) }).keys.joined(separator: ",")
  }
}

/// Each certificate of `kind` over the history: the digest at its last position, by builds with
/// batches of any size that are cut anywhere.
private func certificates(
  _ kind: ModelKind, _ script: EventScript, seed: UInt64, builds: Int
) throws -> Set<ModelDigest> {
  var random = SeededGenerator(seed: seed)
  var digests: Set<ModelDigest> = []
  for _ in 0..<builds {
    try withTemporaryFolder { folder in
      var isDone = false
      while !isDone {
        let runner = try ModelRunner(
          [kind], source: script.source,
          options: options(
            folder, batch: Int.random(in: 1...40, using: &random),
            rows: Int.random(in: 1...30, using: &random)))
        let cut = Int.random(in: 1...12, using: &random)
        let batches = Mutex(0)
        isDone = try runner.catchUp(
          ModelObserver(
            progress: { _ in batches.withLock { $0 += 1 } },
            isCancelled: { batches.withLock { $0 } >= cut }))
        if isDone { digests.insert(try runner.digest(kind.name)) }
        try runner.close()
      }
    }
  }
  return digests
}

@Suite struct DeterminismTests {
  @Test(arguments: [1, .drawn(0)] as [UInt64])
  func `any batches, caches and crash points give one certificate`(seed: UInt64) throws {
    let script = try deskHistory(40)
    let digests = try certificates(
      ModelKind(Desk<NoFlaw>.self), script, seed: seed, builds: 6)
    #expect(digests.count == 1, "seed \(seed)")
    #expect(digests.first?.position.rawValue == UInt64(script.events.count))
  }

  @Test(arguments: [
    ("clock", ModelKind(Desk<Clock>.self)), ("random number", ModelKind(Desk<Dice>.self)),
  ])
  func `what is not of the events breaks the certificate`(name: String, kind: ModelKind) throws {
    let digests = try certificates(kind, try deskHistory(40), seed: 3, builds: 3)
    #expect(digests.count > 1, "a \(name) was not noticed")
  }

  @Test func `processes agree on the certificate of a model`() async throws {
    let own = try certificates(
      ModelKind(Desk<NoFlaw>.self), try deskHistory(20), seed: 4, builds: 1)
    let exit = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      try printCertificate(ModelKind(Desk<NoFlaw>.self))
    }
    let output = String(decoding: try #require(exit).standardOutputContent, as: UTF8.self)
    let expected = try #require(own.first).digest.hex
    #expect(output.contains("certificate \(expected)"))
  }

  @Test func `the order of a dictionary breaks the certificate`() async throws {
    let own = try certificates(
      ModelKind(Desk<Order>.self), try deskHistory(20), seed: 4, builds: 1)
    let exit = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent]
    ) {
      try printCertificate(ModelKind(Desk<Order>.self))
    }
    let output = String(decoding: try #require(exit).standardOutputContent, as: UTF8.self)
    #expect(output.contains("certificate "))
    let here = try #require(own.first).digest.hex
    #expect(!output.contains("certificate \(here)"))
  }
}

/// Builds the model in this process, and says what it holds.
private func printCertificate(_ kind: ModelKind) throws {
  let digests = try certificates(kind, try deskHistory(20), seed: 4, builds: 1)
  print("certificate \(digests.first.map(\.digest.hex) ?? "none")")
}

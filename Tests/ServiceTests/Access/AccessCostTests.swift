import EventModel
import Foundation
import Service
import TestSupport
import Testing

/// What the access log costs a busy reader, as figures that are printed and not judged.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["DEED_LONG_TESTS"] != nil))
struct AccessCostTests {
  private static let count = 20_000

  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    let duration = try clock.measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  @Test func `a view costs little beside the reading`() async throws {
    try await inTemporaryFolder { folder in
      let place = try await AccessWorkplace(folder)
      let shows = try seconds {
        for _ in 1...2000 {
          _ = try place.founder.show("contact", id: place.contact, from: .now)
        }
      }
      let records = (0..<1000).map { "account:acc_\($0)" }
      let before = place.founder.accessLogSize()
      let notes = try seconds {
        for round in 0..<Self.count / 10 {
          try place.founder.noteViewed(
            (0..<10).map { records[(round * 7 + $0 * 131) % records.count] }, path: "show")
        }
        try place.founder.flushAccessLog()
      }
      let after = place.founder.accessLogSize()
      let perShow = shows / 2000 * 1e6
      let perNote = notes / Double(Self.count) * 1e6
      print(
        """
        access log: \(Int(perShow)) µs a show, of that \(Int(perNote)) µs for its trace; \
        \(Int(Double(Self.count) / notes)) views/s, \(after - before) events for \(Self.count) views
        """)
      #expect(after > before)
      try place.founder.close()
    }
  }
}

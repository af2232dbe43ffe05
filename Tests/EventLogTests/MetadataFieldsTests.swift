import EventLog
import EventModel
import Foundation
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct MetadataFieldsTests {
  @Test(arguments: [31] as [UInt64])
  func `the log reads of metadata what its message says`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let message = Self.metadata(&random)
      let bytes: [UInt8] = try message.serializedBytes()
      guard let fields = MetadataFields(parsing: bytes.span) else {
        Issue.record("seed \(seed): the message is not read")
        continue
      }
      #expect(bytes.span.copy(fields.commandDigest) == Array(message.commandDigest))
      #expect(fields.commandEventCount == message.commandEventCount)
      #expect(fields.tags.map { bytes.span.text($0) } == message.tags)
      // A message cut short is none, or a shorter one: never a trap, never beyond its end.
      let cut = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
      if let fields = MetadataFields(parsing: cut.span) {
        #expect(fields.tags.allSatisfy { $0.upperBound <= cut.count })
      }
    }
  }

  @Test(arguments: [32] as [UInt64])
  func `any bytes are metadata or none, and never a trap`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      guard let fields = MetadataFields(parsing: bytes.span) else { continue }
      #expect(fields.tags.allSatisfy { $0.upperBound <= bytes.count }, "seed \(seed)")
      #expect(fields.commandDigest.upperBound <= bytes.count, "seed \(seed)")
    }
  }

  private static func metadata(_ random: inout SeededGenerator) -> Metadata {
    func text() -> String {
      String(repeating: "x", count: Int.random(in: 0...200, using: &random))
    }
    var metadata = Metadata()
    metadata.occurredAtUs = Int64(bitPattern: random.next())
    metadata.commandID = text()
    metadata.commandName = text()
    metadata.commandDigest = Data((0..<Int.random(in: 0...40, using: &random)).map(UInt8.init))
    metadata.commandEventCount = UInt32.random(in: 0...UInt32.max, using: &random)
    metadata.channel = .import
    metadata.tags = (0..<Int.random(in: 0...5, using: &random)).map { _ in text() }
    var policy = PolicyRef()
    policy.id = text()
    metadata.policyRefs = [policy]
    metadata.batchID = text()
    return metadata
  }
}

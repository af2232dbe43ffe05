import Foundation
import Schema
import TestSupport
import Testing

/// The bytes of every version of every event that a release has written are read for ever.
///
/// `Fixtures/catalogue/<release>-events.tsv` has one line a type: the type, its message, the
/// message's bytes in hex, and the event in the JSON mapping. A line is written once, when its type
/// first appears (`DEED_GOLDEN=write swift test --filter GoldenEventTests`), and never changed.
@Suite(.serialized) struct GoldenEventTests {
  private static let folder = "\(PackageRoot.path)/Fixtures/catalogue"

  struct Golden: CustomTestStringConvertible, Sendable {
    let type: String
    let message: String
    let hex: String
    let json: String
    var testDescription: String { type }
    var line: String { [type, message, hex, json].joined(separator: "\t") }
  }

  private static func goldens(of release: String) throws -> [Golden] {
    let path = "\(folder)/\(release)-events.tsv"
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try String(contentsOf: URL(filePath: path), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { line in
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
        try #require(columns.count == 4, "\(line.prefix(60))")
        return Golden(
          type: String(columns[0]), message: String(columns[1]), hex: String(columns[2]),
          json: String(columns[3]))
      }
  }

  /// The types of the catalogue with the release that brought each.
  private static func catalogue() throws -> [(
    type: String, message: String, name: String, release: String
  )] {
    try String(
      contentsOf: URL(filePath: "\(PackageRoot.path)/Sources/Schema/catalogue.tsv"), encoding: .utf8
    ).split(separator: "\n").dropFirst().map { line in
      let columns = line.split(separator: "\t").map(String.init)
      return (columns[0], columns[1], columns[2], columns[4])
    }
  }

  @Test func `every type of the catalogue has its golden bytes`() throws {
    let catalogue = try Self.catalogue().filter { $0.message.hasPrefix("deed.crm.") }
    let samples = try SampleEvent(descriptor: SchemaDescriptor.bytes)
    for release in Set(catalogue.map(\.release)).sorted() {
      var goldens = try Self.goldens(of: release)
      let known = Set(goldens.map(\.type))
      let missing = catalogue.filter { $0.release == release && !known.contains($0.type) }
      if ProcessInfo.processInfo.environment["DEED_GOLDEN"] == "write", !missing.isEmpty {
        for entry in missing {
          let sample = try samples.json(of: entry.name, in: entry.message)
          let payload = try Payload(typeName: entry.type, json: Array(sample.utf8))
          goldens.append(
            Golden(
              type: entry.type, message: entry.message, hex: payload.serialized().hexText,
              json: try payload.json()))
        }
        let lines = ["type\tmessage\tbytes\tjson"] + goldens.map(\.line).sorted()
        try Data((lines.joined(separator: "\n") + "\n").utf8)
          .write(to: URL(filePath: "\(Self.folder)/\(release)-events.tsv"))
      } else {
        #expect(missing.map(\.type) == [], "of release \(release)")
      }
    }
  }

  @Test func `golden bytes mean today what they meant when they were written`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
      .filter { $0.hasSuffix("-events.tsv") }
    #expect(files.contains("0.1.0-events.tsv"))
    for file in files {
      let goldens = try Self.goldens(of: String(file.dropLast("-events.tsv".count)))
      #expect(!goldens.isEmpty)
      for golden in goldens {
        let bytes = try #require([UInt8](hexText: golden.hex), "\(golden.type)")
        let payload = try Payload(messageName: golden.message, content: bytes)
        #expect(payload.typeName == golden.type)
        #expect(try Self.value(of: payload.json()) == Self.value(of: golden.json), "\(golden.type)")
        #expect(payload.serialized() == bytes, "\(golden.type) is written otherwise today")
        // Every old version leads to the newest one.
        #expect(payload.upcast.nextVersion == nil)
      }
    }
  }

  @Test func `no byte of a golden event can change unnoticed`() throws {
    let golden = try #require(Self.goldens(of: "0.1.0").first)
    let bytes = try #require([UInt8](hexText: golden.hex))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      do throws(PayloadError) {
        let payload = try Payload(messageName: golden.message, content: changed)
        let json = try payload.json()
        #expect(json != golden.json, "byte \(index)")
      } catch {
        #expect("\(error)".isEmpty == false)
      }
    }
  }

  /// JSON without regard to the order of its members.
  private static func value(of json: String) throws -> NSObject {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSObject)
  }
}

extension [UInt8] {
  fileprivate var hexText: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  fileprivate init?(hexText text: String) {
    let digits = text.utf8.compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

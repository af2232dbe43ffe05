import EventLog
import EventModel
import Foundation
import TestSupport
import Testing
import Transparency

/// A log in a folder of its own, made for a test and verified when the test has done with it.
struct LogHarness {
  let folder: String
  let clock: TestClock
  let options: EventLog.Options

  /// Runs `body` with a new log, closes it, and verifies what it left.
  static func run<Result>(
    mapSizeBytes: Int = 1 << 28, simulatedClock: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (EventLog, LogHarness) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { path throws in
      let harness = try LogHarness(in: path, mapSizeBytes: mapSizeBytes, simulatedClock)
      let result = try harness.open { log throws in try body(log, harness) }
      try harness.verify(sourceLocation: sourceLocation)
      return result
    }
  }

  /// Like ``run(_:)`` for a body that waits.
  static func run<Result: Sendable>(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (EventLog, LogHarness) async throws -> Result
  ) async throws -> Result {
    try await inTemporaryFolder { path in
      let harness = try LogHarness(in: path)
      let log = try EventLog(writing: harness.folder, options: harness.options)
      let result = try await body(log, harness)
      log.close()
      try harness.verify(sourceLocation: sourceLocation)
      return result
    }
  }

  init(in path: String, mapSizeBytes: Int = 1 << 28, _ simulatedClock: Bool = false) throws {
    folder = path + "/main"
    clock = TestClock()
    options = try .test(clock: clock, mapSizeBytes: mapSizeBytes)
    try EventLog.createTest(in: folder, simulatedClock: simulatedClock, options: options)
  }

  /// Opens the log for writing, runs `body`, and closes it.
  func open<Result>(_ body: (EventLog) throws -> Result) throws -> Result {
    let log = try EventLog(writing: folder, options: options)
    defer { log.close() }
    return try body(log)
  }

  /// Verifies the closed log with its index, and reports each finding as an issue.
  func verify(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let report = try open { log in try log.verify(verification) }
    for finding in report.findings {
      Issue.record("\(finding.kind): \(finding.text)", sourceLocation: sourceLocation)
    }
  }

  /// What the harness can tell a verification.
  var verification: VerificationOptions {
    var verification = VerificationOptions()
    verification.keys = options.signer.map { [$0.key] } ?? []
    return verification
  }
}

/// The tool that is run in another process; it is built beside the tests.
enum CrashWriter {
  /// Where the tool lies, or `nil` where the tests run from somewhere else.
  static let url: URL? = {
    let places =
      CommandLine.arguments.filter { $0.contains(".xctest") } + [
        "\(PackageRoot.path)/.build/debug/x"
      ]
    for place in places {
      var folder = URL(filePath: place).deletingLastPathComponent()
      for _ in 0..<4 {
        let tool = folder.appending(path: "crash-writer")
        if FileManager.default.isExecutableFile(atPath: tool.path) { return tool }
        folder.deleteLastPathComponent()
      }
    }
    return nil
  }()

  /// Starts the tool; its output can be read line by line.
  static func start(_ arguments: [String]) throws -> (process: Process, output: LineReader) {
    let process = Process()
    guard let url else { throw CocoaError(.fileNoSuchFile) }
    process.executableURL = url
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    return (process, LineReader(pipe.fileHandleForReading))
  }
}

/// Lines of another process's output, as they come.
final class LineReader {
  private let handle: FileHandle
  private var rest: [UInt8] = []

  init(_ handle: FileHandle) { self.handle = handle }

  /// The next whole line; `nil` at the end, where a line without its end is dropped.
  func next() -> String? {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        defer { rest.removeFirst(end + 1) }
        return String(decoding: rest[..<end], as: UTF8.self)
      }
      let data = handle.availableData
      if data.isEmpty { return nil }
      rest.append(contentsOf: data)
    }
  }
}

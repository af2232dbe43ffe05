internal import Foundation

/// The commands that were built together with the tests.
package enum BuiltCommand {
  /// How a command ended.
  package struct Outcome: Hashable, Sendable {
    package let status: Int32
    package let standardOutput: String
    package let standardError: String
  }

  /// The folder of the running test binary, where `deed` lies too.
  package static func folder() throws -> String {
    let binary = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return String(binary[..<(binary.lastIndex(of: "/") ?? binary.endIndex)])
  }

  /// Runs `script` in `bash` in `folder`, with ``folder()`` first on the path and nothing on
  /// standard input; a failing line ends it.
  package static func run(
    script: String, in folder: String, environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-euo", "pipefail", "-c", script]
    process.currentDirectoryURL = URL(filePath: folder, directoryHint: .isDirectory)
    let inherited = ProcessInfo.processInfo.environment
    let path = "\(try Self.folder()):\(inherited["PATH"] ?? "/usr/bin:/bin")"
    process.environment = inherited.merging(["PATH": path]) { $1 }.merging(environment) { $1 }
    // Files, not pipes: a pipe that nobody empties stops the command.
    let outputs = try TemporaryFolder()
    defer { outputs.remove() }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try handle(writing: "\(outputs.path)/output")
    process.standardError = try handle(writing: "\(outputs.path)/error")
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      standardOutput: try String(contentsOfFile: "\(outputs.path)/output", encoding: .utf8),
      standardError: try String(contentsOfFile: "\(outputs.path)/error", encoding: .utf8))
  }

  private static func handle(writing path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }
}

import Foundation

/// Other programs, run to their end.
enum Subprocess {
  /// What `program` printed; throws when it fails.
  static func output(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else {
      let command = "\(program) \(arguments.joined(separator: " "))"
      throw BenchError.failed(command: command, output: text)
    }
    return text
  }
}

/// The peer of verification: how fast one thread of OpenSSL hashes.
enum OpenSSL {
  /// Source: `openssl speed -mr`: the last line is `+F:<number>:sha256:<bytes a second>`.
  static func bytesPerSecond() throws -> Double {
    let text = try Subprocess.output(
      "/usr/bin/env",
      [
        "openssl", "speed", "-elapsed", "-mr", "-evp", "sha256", "-bytes", "16384", "-seconds", "1",
      ])
    let line = text.split(separator: "\n").last { $0.hasPrefix("+F:") } ?? ""
    guard let figure = line.split(separator: ":").last.flatMap({ Double($0) }) else {
      throw BenchError.failed(command: "openssl speed", output: text)
    }
    return figure
  }
}

/// Where it was measured.
struct Machine: Codable {
  let processor: String
  let cores: Int
  let memoryGiB: Int
  let system: String
  let date: String

  static func read() throws -> Machine {
    let processors = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }
    let release = try String(contentsOfFile: "/etc/os-release", encoding: .utf8)
    let name = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    let kernel = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
    let information = ProcessInfo.processInfo
    return Machine(
      processor: value(of: model, behind: ":"), cores: information.activeProcessorCount,
      memoryGiB: Int((Double(information.physicalMemory) / Double(1 << 30)).rounded()),
      system: "\(value(of: name, behind: "=")), Linux \(kernel.prefix { $0 != "\n" && $0 != "-" })",
      date: Date().formatted(.iso8601.year().month().day()))
  }

  private static func value(of line: Substring?, behind mark: Character) -> String {
    let text = line?.split(separator: mark, maxSplits: 1).last ?? "unknown"
    return text.trimmingCharacters(in: .whitespaces.union(CharacterSet(charactersIn: "\"")))
  }
}

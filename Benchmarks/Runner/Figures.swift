import Foundation

/// What one measurement found: `name value name value …` on one line.
struct Figures {
  private(set) var values: [(name: String, value: Double)]

  init(_ values: [(name: String, value: Double)]) { self.values = values }

  /// Reads the line that a measurement, or the floor, printed.
  init(line: String) {
    values = []
    let words = line.split { $0 == " " || $0 == "\n" }
    for index in stride(from: 0, to: words.count - 1, by: 2) {
      guard let value = Double(words[index + 1]) else { continue }
      values.append((String(words[index]), value))
    }
  }

  var line: String {
    values.map { "\($0.name) \(String(format: "%.6f", $0.value))" }.joined(separator: " ")
  }

  subscript(name: String) -> Double {
    get throws {
      guard let value = values.first(where: { $0.name == name })?.value else {
        throw BenchError.missing(name)
      }
      return value
    }
  }

  /// Events a second.
  var rate: Double { get throws { try self["events"] / self["seconds"] } }
}

/// Seconds that passed, and how long each piece took.
struct Stopwatch {
  private let clock = ContinuousClock()
  private(set) var seconds = 0.0
  private(set) var pieces: [Double] = []

  mutating func time<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = clock.now
    let result = try body()
    let passed = (clock.now - start).seconds
    seconds += passed
    pieces.append(passed)
    return result
  }

  var spread: [(name: String, value: Double)] { Self.spread(of: pieces) }

  /// Median, 99th and 99.9th percentile and maximum of `pieces`, in microseconds.
  static func spread(of pieces: [Double]) -> [(name: String, value: Double)] {
    let sorted = pieces.sorted()
    guard let longest = sorted.last else { return [] }
    return [
      ("p50_us", sorted[sorted.count / 2] * 1e6), ("p99_us", sorted[sorted.count * 99 / 100] * 1e6),
      ("p999_us", sorted[sorted.count * 999 / 1000] * 1e6), ("max_us", longest * 1e6),
    ]
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension Collection<Double> {
  /// The middle value; of two, the lower.
  var median: Double {
    let sorted = sorted()
    precondition(!sorted.isEmpty, "no median of nothing")
    return sorted[(sorted.count - 1) / 2]
  }
}

/// The memory that this process has to itself, in MiB: resident, without mapped files.
func anonymousMemory() throws -> Double {
  let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
  let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") } ?? ""
  let words = line.split(separator: " ")
  return words.count > 1 ? (Double(words[1]) ?? 0) / 1024 : 0
}

/// The seconds that the machine's processors have worked for this process.
func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

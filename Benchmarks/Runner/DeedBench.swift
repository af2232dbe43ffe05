import CMimalloc
import Foundation

/// `deed-bench NAME …` makes one measurement and prints one line; `deed-bench run …` makes all of
/// them, in turn with their peers, and writes the tables.
@main enum DeedBench {
  static func main() {
    // As `deed` has it.
    mi_option_set(mi_option_decommit_delay, 200)
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      guard let name = arguments.first else { throw BenchError.usage }
      let rest = Arguments(Array(arguments.dropFirst()))
      if name == "run" {
        try Driver(rest).run()
      } else if let measure = measures[name] {
        print(try measure(rest).line)
      } else {
        throw BenchError.usage
      }
    } catch {
      FileHandle.standardError.write(Data("deed-bench: \(error)\n".utf8))
      exit(1)
    }
  }

  private static let measures: [String: @Sendable (Arguments) throws -> Figures] = [
    "append": Measures.append, "callers": Measures.callers, "seal": Measures.seal,
    "sizes": Measures.sizes, "scan": Measures.scan, "read": Measures.readAll,
    "streams": Measures.streams, "tags": Measures.tags, "follow": Measures.follow,
    "open": Measures.open, "verify": Measures.verify, "rebuild": Measures.rebuild,
    "as-of": Measures.asOf, "board": Measures.boardAsOf, "tree": Measures.tree,
    "proof": Measures.proof, "evidence": Measures.evidence, "erase": Measures.erase,
  ]
}

/// Why a measurement was not made.
enum BenchError: Error, CustomStringConvertible {
  case usage
  case missing(String)
  case failed(command: String, output: String)
  case below([String])

  var description: String {
    switch self {
    case .usage:
      "usage: deed-bench run|append|callers|seal|sizes|scan|read|streams|tags|follow|open|verify|"
        + "rebuild|as-of|board|tree|proof|evidence|erase --name value …"
    case .missing(let name): "--\(name) is missing or no number above 0"
    case .failed(let command, let output): "\(command) failed: \(output)"
    case .below(let rows): "below the threshold: \(rows.joined(separator: "; "))"
    }
  }
}

/// `--name value` pairs.
struct Arguments {
  private var values: [String: String] = [:]
  private var flags: Set<String> = []

  init(_ words: [String]) {
    var words = words[...]
    while let word = words.popFirst() {
      let name = String(word.drop { $0 == "-" })
      if let next = words.first, !next.hasPrefix("--") {
        values[name] = next
        words.removeFirst()
      } else {
        flags.insert(name)
      }
    }
  }

  func text(_ name: String) throws -> String {
    guard let value = values[name] else { throw BenchError.missing(name) }
    return value
  }

  /// A number above 0, if it is there.
  func optionalCount(_ name: String) -> Int? {
    values[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }

  func count(_ name: String) throws -> Int {
    guard let value = values[name].flatMap({ Int($0) }), value > 0 else {
      throw BenchError.missing(name)
    }
    return value
  }

  func has(_ flag: String) -> Bool { flags.contains(flag) }
}

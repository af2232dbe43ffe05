internal import Foundation

/// Feeds a parser with what others may send: each file of a corpus, and what chance makes of them.
///
/// `DEED_FUZZ_ROUNDS` says how many changed inputs there are, `DEED_FUZZ_SEED` from where they begin.
/// With either, the input is in a file before it is parsed: what crashes is found there.
package struct Fuzz {
  package static let standardRounds = 2000

  /// What a parser did with an input.
  package enum Verdict { case accepted, refused }

  private let name: String
  private let seed: UInt64
  private let rounds: Int
  private let witness: URL?

  /// - Parameters:
  ///   - name: a folder of `Fixtures/fuzz`.
  ///   - seed: unless the environment gives one.
  package init(_ name: String, seed: UInt64) {
    let environment = ProcessInfo.processInfo.environment
    let asked = environment["DEED_FUZZ_ROUNDS"].flatMap { Int($0) }
    let begun = environment["DEED_FUZZ_SEED"].flatMap { UInt64($0) }
    self.name = name
    self.seed = begun ?? seed
    rounds = asked ?? Self.standardRounds
    witness =
      asked == nil && begun == nil
      ? nil
      : FileManager.default.temporaryDirectory.appending(
        path: "deed-fuzz-\(name.replacing("/", with: "-"))")
  }

  /// The files of the corpus, in the order of their names.
  package func corpus() throws -> [[UInt8]] {
    let folder = "\(PackageRoot.path)/Fixtures/fuzz/\(name)"
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { file in
      Array(try Data(contentsOf: URL(filePath: "\(folder)/\(file)")))
    }
  }

  /// Parses everything, and inputs beside the files of the corpus; says how many of the changed
  /// ones were accepted, of how many.
  ///
  /// What `parse` throws ends it with the input in the failure.
  @discardableResult
  package func feed(
    also more: [[UInt8]] = [], _ parse: ([UInt8]) throws -> Verdict
  ) throws -> (accepted: Int, rounds: Int) {
    var generator = SeededGenerator(seed: seed)
    let corpus = try corpus() + more
    guard !corpus.isEmpty else { throw FuzzFailure(what: "the corpus \(name) is empty") }
    for bytes in corpus { _ = try tried(bytes, parse) }
    var accepted = 0
    for round in 0..<rounds {
      var bytes = corpus[round % corpus.count]
      if Int.random(in: 0..<4, using: &generator) == 0 {
        bytes = bytes.joined(with: corpus.randomElement(using: &generator) ?? [], &generator)
      }
      bytes = bytes.mutated(using: &generator)
      if case .accepted = try tried(bytes, parse) { accepted += 1 }
    }
    print("fuzz \(name): seed \(seed), \(rounds) inputs, \(accepted) accepted")
    return (accepted, rounds)
  }

  private func tried(_ bytes: [UInt8], _ parse: ([UInt8]) throws -> Verdict) throws -> Verdict {
    if let witness { try Data(bytes).write(to: witness) }
    do { return try parse(bytes) } catch {
      throw FuzzFailure(
        what: "fuzz \(name), seed \(seed): \(error) for \(Data(bytes).base64EncodedString())")
    }
  }
}

/// What an input showed.
package struct FuzzFailure: Error, CustomStringConvertible {
  package let what: String
  package var description: String { what }

  package init(what: String) { self.what = what }
}

extension Fuzz.Verdict {
  /// Accepted input must be read back as it was; another text is a failure.
  package static func fixpoint(
    _ again: some Sequence<UInt8>, of bytes: [UInt8]
  ) throws -> Fuzz.Verdict {
    guard again.elementsEqual(bytes) else {
      throw FuzzFailure(what: "it is accepted and written back differently")
    }
    return .accepted
  }

  /// Accepted input must mean the same when what it means is written and read again.
  package static func same<Value: Equatable>(
    _ value: Value, _ again: Value
  ) throws -> Fuzz.Verdict {
    guard value == again else {
      throw FuzzFailure(what: "it is accepted and means another thing when it is read again")
    }
    return .accepted
  }
}

extension [UInt8] {
  /// The beginning of these bytes and the end of `other`.
  fileprivate func joined(with other: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    let from = Int.random(in: 0...count, using: &generator)
    let to = Int.random(in: 0...other.count, using: &generator)
    return Array(self[..<from]) + other[to...]
  }
}

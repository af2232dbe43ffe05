import Benchmark
import BenchmarkLoad
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import Transparency

/// The small pieces that an append and a read consist of.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .mallocCountTotal, .instructions, .throughput],
    scalingFactor: .kilo, maxDuration: .seconds(2))

  let generated = Array(GeneratedHistory(seed: 1, eventsPerCommand: 1).prefix(1000))

  Benchmark("salt and hash two sections") { benchmark in
    var salts = SaltSource(seed: 1)
    for index in benchmark.scaledIterations {
      blackHole(generated[index % generated.count].finished(salt: &salts))
    }
  }

  Benchmark("decode metadata") { benchmark in
    for index in benchmark.scaledIterations {
      blackHole(try Metadata(serializedBytes: generated[index % generated.count].metadata))
    }
  }

  Benchmark("hash 600 bytes") { benchmark in
    let bytes = [UInt8](repeating: 7, count: 600)
    for _ in benchmark.scaledIterations { blackHole(Digest.sha256(bytes)) }
  }

  Benchmark("hash a node of the tree") { benchmark in
    var digest = Digest.zero
    for _ in benchmark.scaledIterations { digest = .nodeHash(digest, digest) }
    blackHole(digest)
  }
}

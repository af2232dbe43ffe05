import Benchmark
import BenchmarkLoad
import EventLog
import EventModel
import Schema
import SwiftProtobuf
import Transparency

/// The small pieces that an append and a read consist of.
let benchmarks: @Sendable () -> Void = {
  unsafe Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .mallocCountTotal, .instructions, .throughput],
    scalingFactor: .kilo, maxDuration: .seconds(2))

  let generated = Array(GeneratedHistory(seed: 1, eventsPerCommand: 1).prefix(1000))
  let leaf = GeneratedEvent.leaf(of: generated[0]).encoded()

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

  Benchmark("parse a leaf, texts and all") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try LeafLayout(parsing: leaf.span)) }
  }

  Benchmark("locate a leaf's parts") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(try LeafLayout(locating: leaf.span)) }
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

extension GeneratedEvent {
  /// The leaf of `event` as the first of its stream.
  static func leaf(of event: GeneratedEvent) -> Leaf {
    var salts = SaltSource(seed: 1)
    let finished = event.finished(salt: &salts)
    return Leaf(
      position: Position(7), recordedAt: Timestamp(microseconds: 1), eventID: event.eventID,
      revision: Revision(0), previous: .zero, stream: event.stream.text, type: event.type.text,
      tenant: "", actor: event.actor.text, onBehalfOf: "",
      correlation: CommandID(high: 1, low: 1), causation: .zero,
      sections: finished.sections.map(\.header))
  }
}

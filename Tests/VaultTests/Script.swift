internal import EventModel
internal import Synchronization
internal import TestSupport

/// A source of "random" bytes that gives what the test says, then seeded ones.
final class Script: Sendable {
  private struct State {
    var pieces: [[UInt8]] = []
    var generator = SeededGenerator(seed: 1)
  }

  private let state = Mutex(State())

  func say(_ pieces: [UInt8]...) {
    state.withLock { $0.pieces.append(contentsOf: pieces) }
  }

  var source: RandomSource {
    RandomSource { count in
      self.state.withLock { state in
        guard let piece = state.pieces.first else { return state.generator.bytes(count) }
        state.pieces.removeFirst()
        return piece
      }
    }
  }
}

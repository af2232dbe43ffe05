internal import EventModel

/// A build that was begun, and is not whole yet.
package struct UnfinishedBuild: Hashable, Sendable {
  package let build: ModelBuild
  /// How many events are in it; `nil` when its file can't be read at the moment.
  package let events: UInt64?
  /// Whether a process is at it now; otherwise the next rebuild goes on with it.
  package let isRunning: Bool
  /// Events a second since the work on it began; `nil` when nobody is at it.
  package let eventsPerSecond: UInt64?
  /// How long the rest takes at that rate, rounded up.
  package let secondsLeft: UInt64?
  /// The event that stopped it.
  package let failure: ModelFailure?
}

extension ModelRunner {
  /// The builds of this program's versions that are not whole, whichever process is at them.
  package func unfinished() throws(ModelError) -> [UnfinishedBuild] {
    var found: [UnfinishedBuild] = []
    for kind in kinds {
      do throws(StorageError) {
        guard let build = try folder.unfinished(kind.name, kind.version) else { continue }
        found.append(try unfinished(build))
      } catch {
        throw .storage(model: kind.name, error)
      }
    }
    return found
  }

  /// How many bytes a build takes.
  package func byteCount(of build: ModelBuild) -> UInt64 { folder.byteCount(of: build) }

  private func unfinished(_ build: ModelBuild) throws(StorageError) -> UnfinishedBuild {
    let isRunning = try folder.isClaimed(build.name)
    let state: BuildState?
    do throws(StorageError) {
      state = try BuildState(reading: folder.path(of: build), patience: 0.2)
    } catch {
      // Who makes it is about to begin, or writes right now.
      state = nil
    }
    let rate = isRunning ? state?.rate(at: options.clock()) : nil
    let left = state.map { source.size - min(source.size, $0.next) }
    return UnfinishedBuild(
      build: build, events: state?.next, isRunning: isRunning, eventsPerSecond: rate,
      secondsLeft: rate.flatMap { rate in
        left.flatMap { rate > 0 ? ($0 + rate - 1) / rate : nil }
      }, failure: state?.failure)
  }
}

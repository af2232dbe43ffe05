package import EventModel
internal import GRDB
internal import Synchronization

/// Asks the models that serve, beside the runner and in any process.
///
/// A question sees one commit of its model, whole; a build that is replaced meanwhile is read to
/// the end of the question.
package final class ModelReader: Sendable {
  private struct Opened {
    let path: String
    let queue: DatabaseQueue
  }

  package let kinds: [ModelKind]
  let folder: ModelFolder
  private let opened = Mutex<[String: Opened]>([:])

  /// Reads the models in `folder`, where the runner keeps their files.
  package init(_ kinds: [ModelKind], folder: String) throws(QueryError) {
    self.kinds = kinds
    do throws(StorageError) { self.folder = try ModelFolder(folder) } catch {
      throw .storage(model: "all models", error)
    }
  }

  /// Runs `body` on one commit of the model `P`, as of `moment`.
  func ask<P: Projector, Value: Sendable>(
    _ projector: P.Type, asOf moment: AsOf,
    _ body: (ModelSnapshot) throws(StorageError) -> Value
  ) throws(QueryError) -> Answer<Value> {
    let queue = try queue(P.name, P.version)
    let result = queue.inDatabase { database -> Result<Answer<Value>, QueryError> in
      Result { () throws(QueryError) in
        try Self.answer(P.name, P.version, moment, database, body)
      }
    }
    return try result.get()
  }

  private static func answer<Value: Sendable>(
    _ name: String, _ version: UInt32, _ moment: AsOf, _ database: Database,
    _ body: (ModelSnapshot) throws(StorageError) -> Value
  ) throws(QueryError) -> Answer<Value> {
    do {
      var value: Result<Answer<Value>, QueryError>?
      try database.inTransaction(.deferred) {
        value = Result { () throws(QueryError) in
          let next = try builtThrough(name, database)
          let snapshot = try ModelSnapshot(
            database: database, asOf: moment.resolved(next, name), isLatest: moment == .latest)
          do throws(StorageError) {
            return Answer(
              value: try body(snapshot), asOfPosition: snapshot.asOf, model: name,
              projectorVersion: version)
          } catch {
            throw QueryError.storage(model: name, error)
          }
        }
        return .commit
      }
      guard let value else { throw QueryError.notBuilt(model: name) }
      return try value.get()
    } catch let error as QueryError {
      throw error
    } catch {
      throw .storage(model: name, StorageError(error))
    }
  }

  private static func builtThrough(
    _ name: String, _ database: Database
  ) throws(QueryError) -> Position {
    do throws(StorageError) {
      let select = try RowStatement("SELECT next_position FROM model_checkpoint", in: database)
      defer { select.reset() }
      guard try select.step() else { throw StorageError(code: 0, message: "no checkpoint") }
      return Position(UInt64(select.integer(at: 0)))
    } catch {
      throw .storage(model: name, error)
    }
  }

  /// The connection to the build that serves now.
  private func queue(_ name: String, _ version: UInt32) throws(QueryError) -> DatabaseQueue {
    let path = try servingPath(name, version)
    let result = opened.withLock { opened -> Result<DatabaseQueue, StorageError> in
      if let known = opened[name], known.path == path { return .success(known.queue) }
      return Result { () throws(StorageError) in
        let queue = try Self.open(path)
        opened[name] = Opened(path: path, queue: queue)
        return queue
      }
    }
    do throws(StorageError) { return try result.get() } catch {
      throw .storage(model: name, error)
    }
  }

  /// The file that serves, if it is of this program's version.
  func servingPath(_ name: String, _ version: UInt32) throws(QueryError) -> String {
    guard let serving = folder.build(.serving, of: name) else { throw .notBuilt(model: name) }
    guard serving.version == version else {
      throw .otherVersion(model: name, serving: serving.version, own: version)
    }
    return folder.path(of: serving)
  }

  private static func open(_ path: String) throws(StorageError) -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do { return try DatabaseQueue(path: path, configuration: configuration) } catch {
      throw StorageError(error)
    }
  }
}

/// As of when a question is asked.
package enum AsOf: Hashable, Sendable {
  /// As of everything the model has.
  case latest
  /// As if nothing behind this position had happened; for a time, the log says which it is.
  case position(Position)

  /// The last position that counts, given the first that the model lacks; `nil` for an empty log.
  fileprivate func resolved(_ next: Position, _ model: String) throws(QueryError) -> Position? {
    let last = next.rawValue == 0 ? nil : Position(next.rawValue - 1)
    switch self {
    case .latest: return last
    case .position(let position):
      guard position < next else {
        throw .behind(model: model, has: last, wanted: position)
      }
      return position
    }
  }
}

/// An answer, and what it was made from: the same question as of the same position by the same
/// version gives the same answer.
package struct Answer<Value: Sendable>: Sendable {
  package let value: Value
  /// The last event that counts; `nil` when there was none.
  package let asOfPosition: Position?
  package let model: String
  package let projectorVersion: UInt32
}

/// Why a question has no answer.
package enum QueryError: Error, Hashable, Sendable {
  /// The model's first build is not finished.
  case notBuilt(model: String)
  /// Another version of the model serves.
  case otherVersion(model: String, serving: UInt32, own: UInt32)
  /// The model has not come to the position yet.
  case behind(model: String, has: Position?, wanted: Position)
  case storage(model: String, StorageError)
  /// There is no such pipeline at that position.
  case unknownPipeline(String)
  /// The statement is none that may be asked; the text says why.
  case refused(String)
  /// The statement took longer than it may.
  case overTime(seconds: Int)
}

extension QueryError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notBuilt(let model):
      "\(model) is not built yet; wait for it, or run `deed models rebuild \(model)`"
    case .otherVersion(let model, let serving, let own):
      "version \(serving) of \(model) serves, and this program asks version \(own): look at "
        + "`deed models diff \(model)`, then run `deed models switch \(model)`"
    case .behind(let model, let has, let wanted):
      "\(model) has come to position \(has?.description ?? "none"), not yet to \(wanted); ask again"
    case .storage(let model, let error):
      "\(model) can't be read: \(error); run `deed models rebuild` if that lasts"
    case .unknownPipeline(let id): "there is no pipeline “\(id)” with a published version"
    case .refused(let why): why
    case .overTime(let seconds): "the statement ran for \(seconds) s and was stopped; narrow it"
    }
  }
}

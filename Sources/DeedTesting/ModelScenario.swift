internal import EventModel
internal import Foundation
package import ReadModels

/// Given events, when a read model is built of them, then its tables hold these rows.
///
/// ```swift
/// var scenario = try ModelScenario("ticket-queue")
/// try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
/// try scenario.then("SELECT status FROM ticket", [["new"]])
/// ```
///
/// The model is built twice in each `then`, an event at a time and all at once, and both must hold
/// the same: a clock, a random number or the order of a dictionary in a projector shows.
public struct ModelScenario: Sendable {
  private let kind: ModelKind
  /// What has happened so far.
  public var events = GivenEvents()

  /// A scenario of a model that the product has; ``ScenarioError`` for any other name.
  public init(_ model: String) throws(ScenarioError) {
    guard let kind = ModelKind.standard.first(where: { $0.name == model }) else {
      let names = ModelKind.standard.map(\.name).joined(separator: ", ")
      throw ScenarioError("there is no read model “\(model)”; there are \(names)")
    }
    self.kind = kind
  }

  /// A scenario of a projector of one's own.
  package init<P: Projector>(_ projector: P.Type) { kind = ModelKind(projector) }

  /// Adds an event; see ``GivenEvents/add(_:_:on:by:occurredAtMicroseconds:)``.
  @discardableResult public mutating func given(
    _ type: String, _ json: String = "{}", on stream: String, by actor: String = "usr_1",
    occurredAtMicroseconds: Int64? = nil
  ) throws(ScenarioError) -> UInt64 {
    try events.add(
      type, json, on: stream, by: actor, occurredAtMicroseconds: occurredAtMicroseconds)
  }

  /// Builds the model and compares what `sql` selects with `rows`, value by value as text; null is
  /// `nil`.
  ///
  /// - Throws: ``ScenarioError`` that shows both when they differ, or says at which event the
  ///   projector stopped.
  public func then(_ sql: String, _ rows: [[String?]]) throws(ScenarioError) {
    let found = try self.rows(sql)
    guard found != rows else { return }
    throw ScenarioError(
      "\(sql)\n  expected \(Self.text(rows))\n  found    \(Self.text(found))")
  }

  /// Builds the model and gives what `sql` selects, as text.
  public func rows(_ sql: String) throws(ScenarioError) -> [[String?]] {
    let single = try build(batch: 1, sql)
    let whole = try build(batch: 32_768, sql)
    guard single.digest == whole.digest else {
      throw ScenarioError(
        "\(kind.name) is not deterministic: an event at a time it holds other rows than all at "
          + "once; look for a clock, a random number or the order of a dictionary")
    }
    return whole.rows
  }

  /// Builds the model and gives the position at which it stopped, with the cause; `nil` when it
  /// took every event.
  public func stop() throws(ScenarioError) -> (position: UInt64, cause: String)? {
    try build(batch: 32_768, nil).stop.map { ($0.position.rawValue, $0.cause) }
  }

  private struct Built {
    let digest: Digest
    let rows: [[String?]]
    let stop: ModelFailure?
  }

  private func build(batch: Int, _ sql: String?) throws(ScenarioError) -> Built {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "deed-scenario-\(UUID().uuidString)").path(percentEncoded: false)
    defer {
      do { try FileManager.default.removeItem(atPath: folder) } catch {
        // A folder that can't be removed is the system's temporary folder's to clear.
      }
    }
    var options = ModelRunner.Options(folder: folder) { Timestamp(microseconds: 0) }
    options.batchEventLimit = batch
    do {
      let runner = try ModelRunner([kind], source: events.source, options: options)
      try runner.catchUp()
      let digest = try runner.digest(kind.name).digest
      var stop: ModelFailure?
      if case .failed(let failure)? = try runner.statuses().first?.state { stop = failure }
      if let stop, sql != nil {
        throw ScenarioError(
          "\(kind.name) stopped at event \(stop.position), \(stop.type): \(stop.cause)")
      }
      guard let sql else { return Built(digest: digest, rows: [], stop: stop) }
      let reader = try ModelReader([kind], folder: folder)
      let answer = try reader.query(sql, events: nil)
      let rows = answer.rows.map { $0.map(Self.text) }
      try runner.close()
      return Built(digest: digest, rows: rows, stop: stop)
    } catch let error as ScenarioError {
      throw error
    } catch {
      throw ScenarioError("\(error)")
    }
  }

  private static func text(_ value: SQLValue) -> String? {
    switch value {
    case .null: nil
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): text
    case .blob(let bytes): bytes.hex
    }
  }

  private static func text(_ rows: [[String?]]) -> String {
    let lines = rows.map { row in
      "[" + row.map { $0.map { "\"\($0)\"" } ?? "nil" }.joined(separator: ", ") + "]"
    }
    return "[" + lines.joined(separator: ", ") + "]"
  }
}

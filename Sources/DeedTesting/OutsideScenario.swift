internal import EventModel
internal import Foundation
internal import Schema

/// An event as a program outside gets it: of its message only what stands plain, as it was written.
public struct OutsideEvent: Sendable, Hashable {
  /// Where it stands in the log.
  public let position: UInt64
  /// Such as `TicketOpened`, with its version where it has one.
  public let type: String
  /// Such as `ticket-tkt_1`.
  public let stream: String
  /// Who did it.
  public let actor: String
  /// Microseconds since 1970.
  public let recordedAtMicroseconds: Int64
  /// When it happened, in microseconds since 1970.
  public let occurredAtMicroseconds: Int64
  /// The message in the proto3 JSON mapping.
  public let json: String
}

/// A read model of another package: a value that follows from the events alone.
///
/// It is encoded for its checkpoint, as such a model is kept beside the position it stands at.
public protocol OutsideModel: Codable, Equatable, Sendable {
  /// The model before the first event.
  init()
  /// Takes the next event; what it throws stops the model before the event.
  mutating func apply(_ event: OutsideEvent) throws
}

/// Given events, when a model of another package follows them, then it is this.
///
/// ```swift
/// var scenario = OutsideScenario(OpenTickets.self)
/// try scenario.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
/// try scenario.then { $0.count == 1 }
/// ```
///
/// The model is built all at once, and stopped and gone on with behind each event: a clock, a random
/// number, or something that a checkpoint leaves out shows.
public struct OutsideScenario<Model: OutsideModel>: Sendable {
  private var given = GivenEvents()
  private var events: [OutsideEvent] = []

  /// A scenario in which nothing has happened.
  public init(_ model: Model.Type) {}

  /// Adds an event by its type and its message in the proto3 JSON mapping.
  ///
  /// - Parameters:
  ///   - type: of the catalogue, in any version that there ever was.
  ///   - json: members that the message does not have are refused.
  ///   - stream: `<aggregate>-<id>`.
  ///   - actor: who did it.
  ///   - occurredAtMicroseconds: when it happened; when it was recorded, if `nil`.
  /// - Throws: ``ScenarioError`` for what the catalogue doesn't have.
  public mutating func given(
    _ type: String, _ json: String = "{}", on stream: String, by actor: String = "usr_1",
    occurredAtMicroseconds: Int64? = nil
  ) throws(ScenarioError) {
    let recorded = given.clockMicroseconds
    let position = try given.add(
      type, json, on: stream, by: actor, occurredAtMicroseconds: occurredAtMicroseconds)
    let data: String
    do throws(PayloadError) {
      data = try Payload(typeName: type, json: Array(json.utf8)).json()
    } catch { throw ScenarioError(error.description) }
    events.append(
      OutsideEvent(
        position: position, type: type, stream: stream, actor: actor,
        recordedAtMicroseconds: recorded,
        occurredAtMicroseconds: occurredAtMicroseconds ?? recorded, json: data))
  }

  /// Builds the model, and expects of it what `holds` says.
  public func then(_ holds: (Model) throws -> Bool) throws(ScenarioError) {
    let model = try built()
    let isHeld: Bool
    do { isHeld = try holds(model) } catch { throw ScenarioError("\(error)") }
    guard isHeld else { throw ScenarioError("\(Model.self) is otherwise: \(model)") }
  }

  /// Builds the model.
  ///
  /// - Throws: ``ScenarioError`` that names the event at which it stopped, or says that it came out
  ///   otherwise the second time.
  public func built() throws(ScenarioError) -> Model {
    let whole = try build { $0 }
    let again = try build { $0 }
    let resumed = try build { model throws(ScenarioError) in
      do {
        return try JSONDecoder().decode(Model.self, from: JSONEncoder().encode(model))
      } catch { throw ScenarioError("\(Model.self) can't be kept: \(error)") }
    }
    guard whole == again else {
      throw ScenarioError(
        "\(Model.self) is not deterministic: built twice it differs; look for a clock or a random "
          + "number")
    }
    guard whole == resumed else {
      throw ScenarioError(
        "\(Model.self) loses something when it is stopped and gone on with; look at what its "
          + "checkpoint leaves out")
    }
    return whole
  }

  private func build(
    _ keep: (Model) throws(ScenarioError) -> Model
  ) throws(ScenarioError) -> Model {
    var model = Model()
    for event in events {
      do { try model.apply(event) } catch {
        throw ScenarioError(
          "\(Model.self) stopped at event \(event.position), \(event.type): \(error)")
      }
      model = try keep(model)
    }
    return model
  }
}

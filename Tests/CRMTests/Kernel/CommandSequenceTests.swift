import CRM
import EventModel
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// Whatever commands come in whatever order: decisions refuse or decide, and what they decide
/// applies.
@Suite struct CommandSequenceTests {
  @Test(arguments: Array(1...23) + [.drawn(24)] as [UInt64])
  func `any commands in any order leave states that a replay makes again`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var company = try SmallCompany.founded()
    var decided = 0
    for _ in 0..<400 {
      company.advance(
        days: Int.random(in: 0...3, using: &generator),
        seconds: Int.random(in: 0...9, using: &generator))
      company.actor = "usr_\(Int.random(in: 1...4, using: &generator))"
      company.actorKind = Bool.random(using: &generator) ? .user : .system
      company.reason = Bool.random(using: &generator) ? Reason(code: "any") : nil
      do {
        decided += try RandomCommand.run(in: &company, &generator)
      } catch let refusal as Refusal {
        #expect(
          !refusal.message.isEmpty && refusal.message.hasSuffix("."), "seed \(seed): \(refusal)")
      }
    }
    #expect(decided > 20, "seed \(seed)")
    var replayed = SmallCompany()
    for (record, fact) in company.facts {
      let stored = Fact(
        payload: try Payload(
          messageName: fact.payload.messageName, content: fact.payload.serialized()),
        personal: try fact.personal.map { part throws in
          try part.map { payload throws in
            try PersonalPayload(messageName: payload.messageName, content: payload.serialized())
          }
        },
        position: fact.position, revision: fact.revision, recordedAt: fact.recordedAt,
        occurredAt: fact.occurredAt, actor: fact.actor)
      try replayed.apply(stored, to: record)
    }
    #expect(company.states.count == replayed.states.count, "seed \(seed)")
    for (key, state) in company.states {
      let again = try #require(replayed.states[key])
      let isSame = isEqual(state, again)
      #expect(isSame, "seed \(seed): \(key)")
    }
  }

  /// Imported histories follow no rule: no order of events may trap.
  @Test(arguments: Array(1...23) + [.drawn(24)] as [UInt64])
  func `events in any order never trap`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let types: [ObjectType.Code] = [
      .organization, .user, .team, .pipeline, .opportunity, .ticket, .account, .contact, .lead,
      .activity, .task,
    ]
    for type in types {
      var state = try #require(Aggregates.empty(type))
      for _ in 0..<200 {
        let entry = try #require(EventCatalogue.entries.randomElement(using: &generator))
        let payload = try Payload(typeName: entry.typeName, json: Array("{}".utf8))
        state.apply(
          Fact(
            payload: payload, personal: Bool.random(using: &generator) ? [.hidden] : [],
            position: Position(0), revision: Revision(0), recordedAt: Timestamp(microseconds: 0),
            occurredAt: Timestamp(microseconds: .random(in: .min ... .max, using: &generator)),
            actor: ActorID(system: "test")))
      }
    }
  }

  @Test func `a decision on the same state decides the same`() throws {
    var generator = SeededGenerator(seed: 7)
    var company = try SmallCompany.founded()
    for _ in 0..<200 {
      var twin = company
      var twinGenerator = generator
      #expect(outcome(in: &company, &generator) == outcome(in: &twin, &twinGenerator))
      #expect(company.facts.map(\.fact) == twin.facts.map(\.fact))
    }
  }

  /// How many events were decided, or the refusal.
  private func outcome(
    in company: inout SmallCompany, _ generator: inout SeededGenerator
  ) -> String {
    do { return "\(try RandomCommand.run(in: &company, &generator))" } catch { return "\(error)" }
  }
}

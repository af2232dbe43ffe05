import CRM
import EventModel
import Schema
import TestSupport
import Testing

/// Role × scope × field × path: the evaluator against the oracle, over companies made at random.
@Suite struct PermissionMatrixTests {
  private static let worlds = 60

  /// What differs between the evaluator of a world and the oracle; at most `limit`.
  private func differences(
    _ world: PermissionWorld, _ leak: PermissionWorld.Leak? = nil, limit: Int = 1
  ) -> [String] {
    let evaluator = world.addDelegations(to: world.evaluator(leak), leak)
    var found: [String] = []
    for record in world.records {
      let facts = world.facts(record)
      for user in PermissionWorld.users where found.count < limit {
        for action in PermissionWorld.actions {
          let may = evaluator.may(user, action, on: facts)
          let should = world.oracle.may(user, "\(action)", record, at: world.now)
          if may != should { found.append("\(user) \(action) \(record): \(may)") }
        }
        for field in PermissionWorld.fields {
          for path in AccessPath.allCases where path != .owners {
            let delivery = evaluator.delivery(user, of: field.name, field.kind, facts, on: path)
            let should = world.oracle.delivered(
              user, field.name, "\(field.kind)", of: record, on: path.rawValue, at: world.now)
            if Self.words(delivery) != should {
              found.append("\(user) \(field.name) on \(path) of \(record): \(delivery)")
            }
          }
        }
      }
    }
    return found
  }

  private static func words(_ delivery: FieldDelivery) -> String? {
    switch delivery {
    case .value: "value"
    case .masked: "mask"
    case .withheld: nil
    }
  }

  @Test func `the evaluator says what the specification says, for everybody on every path`() {
    var random = SeededGenerator(seed: .drawn(0))
    for _ in 0..<Self.worlds {
      let world = PermissionWorld(&random)
      let found = differences(world)
      #expect(found.isEmpty, "\(found.first ?? "") (seed \(random.seed))")
      if !found.isEmpty { return }
    }
  }

  @Test(arguments: PermissionWorld.Leak.allCases)
  func `a planted leak is found`(leak: PermissionWorld.Leak) {
    var random = SeededGenerator(seed: .drawn(0))
    for _ in 0..<400 {
      let world = PermissionWorld(&random)
      if !differences(world, leak).isEmpty { return }
    }
    Issue.record("\(leak) was not found (seed \(random.seed))")
  }

  @Test func `whatever may decide in a list is shown whole on every record of it`() {
    var random = SeededGenerator(seed: .drawn(0))
    for _ in 0..<Self.worlds {
      let world = PermissionWorld(&random)
      let evaluator = world.evaluator()
      for record in world.records {
        let facts = world.facts(record)
        for user in PermissionWorld.users {
          for field in PermissionWorld.fields
          where evaluator.mayUse(user, field.name, of: facts.key.type, field.kind)
            && evaluator.may(user, .read, on: facts)
          {
            let access = evaluator.access(user, to: field.name, field.kind, of: facts)
            #expect(
              access == .readOnly || access == .editable, "\(user) \(field) (seed \(random.seed))")
          }
        }
      }
    }
  }

  @Test func `rights stay the same until the moment that is told, if nothing is recorded`() {
    var random = SeededGenerator(seed: .drawn(0))
    var changes = 0
    for _ in 0..<Self.worlds {
      let world = PermissionWorld(&random)
      let directory = world.addDelegations(to: world.evaluator()).directory
      for record in world.records {
        let facts = world.facts(record)
        for user in PermissionWorld.users {
          let rights = Self.moments.map { minute in
            let evaluator = PermissionEvaluator(directory, at: PermissionWorld.time(minute))
            return (
              evaluator.now, evaluator.nextChange(for: user, on: [facts]),
              Self.rights(of: user, evaluator, facts)
            )
          }
          for (index, (_, until, first)) in rights.enumerated() {
            for (time, _, later) in rights[index...] {
              if until.map({ time < $0 }) ?? true {
                #expect(first == later, "\(user) \(record) (seed \(random.seed))")
              } else if first != later {
                changes += 1
              }
            }
          }
        }
      }
    }
    #expect(changes > 0, "seed \(random.seed)")
  }

  /// Before, at and behind every end and beginning that a world has.
  private static let moments = [890, 900, 989, 990, 999, 1000, 1001, 1099, 1100, 1999, 2000, 9000]

  private static func rights(
    of user: String, _ evaluator: PermissionEvaluator, _ facts: RecordFacts
  ) -> [String] {
    PermissionWorld.actions.map { "\(evaluator.may(user, $0, on: facts))" }
      + PermissionWorld.fields.flatMap { field in
        AccessPath.allCases.map { path in
          "\(evaluator.delivery(user, of: field.name, field.kind, facts, on: path))"
        }
      }
  }
}

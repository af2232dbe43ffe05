import DeedTesting
import Testing

struct OwnerChanges: OutsideModel {
  var changes: [String: Int] = [:]

  mutating func apply(_ event: OutsideEvent) throws {
    guard event.type.hasPrefix("Ownership") else { return }
    changes[event.stream, default: 0] += 1
  }
}

@Test func `each change of hands counts`() throws {
  var scenario = OutsideScenario(OwnerChanges.self)
  try scenario.given(
    "OwnershipClaimed", #"{"poolId":"pol_1","by":"usr_2"}"#, on: "account-acc_1")
  try scenario.then { $0.changes == ["account-acc_1": 1] }
}

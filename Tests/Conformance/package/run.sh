#!/usr/bin/env bash
# A package of somebody else's depends on this one by path, writes a read model of its own, and tests it
# with `DeedTesting`: with what is public, and nothing more. It builds what that needs: some minutes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/outside-package.XXXXXX")
trap 'rm -rf "$work"' EXIT
name=$(basename "$root" | tr '[:upper:]' '[:lower:]')
mkdir -p "$work/Sources/Outside" "$work/Tests/OutsideTests"

cat >"$work/Package.swift" <<SWIFT
// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Outside",
  dependencies: [.package(path: "$root")],
  targets: [
    .target(name: "Outside", dependencies: [.product(name: "DeedTesting", package: "$name")]),
    .testTarget(name: "OutsideTests", dependencies: ["Outside"]),
  ])
SWIFT

cat >"$work/Sources/Outside/OwnerChanges.swift" <<'SWIFT'
public import DeedTesting

/// How often each record changed hands.
public struct OwnerChanges: OutsideModel {
  public var changes: [String: Int] = [:]

  public init() {}

  public mutating func apply(_ event: OutsideEvent) throws {
    guard event.type.hasPrefix("Ownership") else { return }
    changes[event.stream, default: 0] += 1
  }
}
SWIFT

cat >"$work/Tests/OutsideTests/OwnerChangesTests.swift" <<'SWIFT'
import DeedTesting
import Outside
import Testing

@Test func `each change of hands counts`() throws {
  var scenario = OutsideScenario(OwnerChanges.self)
  try scenario.given(
    "OwnershipAssigned", #"{"to":{"kind":"user","id":"usr_1"}}"#, on: "account-acc_1")
  try scenario.given(
    "OwnershipClaimed", #"{"poolId":"pol_1","by":"usr_2"}"#, on: "account-acc_1")
  try scenario.then { $0.changes == ["account-acc_1": 2] }
}

@Test func `the product's own deciders and models are tested by the same kit`() throws {
  var decision = DecisionScenario(
    5, apply: { (state: inout Int, event: Int) in state += event },
    decide: { state, command in command <= state ? [-command] : [] })
  try decision.when(3, then: [-3])
  var model = try ModelScenario("ticket-queue")
  try model.given("TicketOpened", #"{"ticketId":"tkt_1"}"#, on: "ticket-tkt_1")
  try model.then("SELECT status FROM ticket", [["new"]])
}
SWIFT

swift test --package-path "$work" --disable-xctest
echo 'A package of somebody else writes a model and tests it.'

import EventLog
import EventModel
import ReadModels
import Schema
import TestSupport
import Testing

/// A reader of all models, built of `events` in `folder`.
func builtReader(_ script: EventScript, _ folder: String) throws -> ModelReader {
  let runner = try ModelRunner(
    ModelKind.standard, source: script.source, options: options(folder))
  try runner.catchUp()
  try runner.close()
  return try ModelReader(ModelKind.standard, folder: folder)
}

func stream(_ text: String) throws -> StreamName { try #require(StreamName(text)) }

private func ownerID(
  _ reader: ModelReader, _ record: StreamName, _ position: Position
) throws -> String? {
  let answer: Answer<OwnershipRow?> = try reader.owner(of: record, asOf: .position(position))
  return answer.value?.owner.id
}

@Suite struct QueryTests {
  @Test func `the ledger says who owned a record at any position, and through whom`() throws {
    var script = EventScript()
    try script.account("a1", name: "福建码上科技有限公司")
    let assigned = try script.assign("account-a1", to: "usr_1")
    try script.account("a2", name: "Other")
    let transferred = try script.transfer("account-a1", to: "usr_2", by: "usr_9")
    var released = OwnershipReleasedToPool()
    released.poolID = "pool_1"
    released.cause = .recycled
    let pooled = try script.add(
      .ownership(.ownershipReleasedToPool(released)), on: "account-a1", by: "system:pool")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let record = try stream("account-a1")
      let positions = [
        Position(0), assigned, Position(transferred.rawValue - 1), transferred, pooled,
      ]
      let owners = try positions.map { try ownerID(reader, record, $0) }
      #expect(owners == [nil, "usr_1", "usr_1", "usr_2", "pool_1"])
      let chain = try reader.owners(of: record)
      #expect(chain.asOfPosition == pooled)
      #expect(chain.projectorVersion == 2)
      #expect(chain.value.map(\.ownership.owner.id) == ["usr_1", "usr_2", "pool_1"])
      #expect(chain.value.map(\.ownership.act) == ["assigned", "transferred", "released"])
      #expect(chain.value.map(\.ownership.start.actor) == ["usr_1", "usr_9", "system:pool"])
      #expect(chain.value.map(\.ownership.reasonCode) == ["created", "territory", ""])
      #expect(chain.value.map { $0.end?.position } == [transferred, pooled, nil])
      let before = try reader.owners(of: record, asOf: .position(assigned))
      #expect(before.value.map { $0.end?.position } == [nil])
      #expect(throws: QueryError.self) {
        try reader.owner(of: record, asOf: .position(pooled.next))
      }
    }
  }

  @Test func `a merged record's owner is the survivor's from the merge on`() throws {
    var script = EventScript()
    try script.account("a1", name: "One")
    try script.assign("account-a1", to: "usr_1")
    try script.account("a2", name: "Two")
    let before = try script.assign("account-a2", to: "usr_2")
    var merged = AccountMergedInto()
    merged.survivorID = "a2"
    try script.add(.account(.accountMergedInto(merged)), on: "account-a1")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let record = try stream("account-a1")
      #expect(try reader.owner(of: record).value?.owner.id == "usr_2")
      #expect(try reader.owner(of: record, asOf: .position(before)).value?.owner.id == "usr_1")
    }
  }

  @Test func `an account is shown as it stood, with what stood around it`() throws {
    var script = EventScript()
    try script.account("a1", name: "Old name")
    try script.assign("account-a1", to: "usr_1")
    let early = try script.opportunity("o1", account: "a1")
    try script.move("o1", from: "s1", to: "s2")
    var changed = AccountDetailsChanged()
    var change = FieldChange()
    change.field = "name"
    change.to.text = "New name"
    changed.changes = [change]
    try script.add(.account(.accountDetailsChanged(changed)), on: "account-a1")
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let now = try #require(try reader.account("a1").value)
      #expect(now.account.name == "New name")
      #expect(now.opportunities.map(\.stageID) == ["s2"])
      #expect(now.account.sealed.position == 0)
      #expect(now.account.sealed.section == 2)
      let then = try #require(try reader.account("a1", asOf: .position(early)).value)
      #expect(then.account.name == "Old name")
      #expect(then.opportunities.map(\.stageID) == ["s1"])
      #expect(try reader.account("a9").value == nil)
    }
  }

  @Test func `the funnel counts each once, lost too, skipped as reached, re-entered once`() throws {
    var script = EventScript()
    try script.standardPipeline()
    let start = script.clock
    for number in 0..<100 {
      try script.opportunity("o\(number)", amount: 100, occurredAt: start)
    }
    let created = Position(UInt64(script.events.count - 1))
    let later = start.advanced(byMicroseconds: 2 * 86_400_000_000)
    // 30 reach the second stage: 20 enter it, 10 skip it.
    for number in 0..<20 {
      try script.move("o\(number)", from: "s1", to: "s2", amount: 200, occurredAt: later)
    }
    for number in 20..<30 {
      try script.move("o\(number)", from: "s1", to: "s3", amount: 300, occurredAt: later)
    }
    try script.move("o0", from: "s2", to: "s1", amount: 900)
    try script.move("o0", from: "s1", to: "s2", amount: 900)
    for number in 20..<30 { try script.win("o\(number)", amount: 400) }
    for number in 5..<10 { try script.lose("o\(number)") }
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let answer = try reader.funnel(FunnelFilter(pipelineID: "pip_1"))
      let report = answer.value
      #expect(report.size == 100)
      #expect(report.stages.map(\.reached) == [100, 30, 10])
      #expect(report.stages.map(\.entered) == [100, 20, 10])
      #expect(report.stages.map(\.conversionPct) == ["30.00", "33.33", "100.00"])
      #expect(report.totalConversionPct == "10.00")
      #expect(report.won == 10)
      #expect(report.lost == 5)
      #expect(report.open == 85)
      // 20 × 200 entered, 10 × 300 of the next stage for those that skipped.
      #expect(report.stages.map { $0.amounts["CNY"] } == [10_000, 7_000, 3_000])
      #expect(report.stages[0].medianDays == "2.0000")
      #expect(answer.asOfPosition == Position(UInt64(script.events.count - 1)))
      let early = try reader.funnel(
        FunnelFilter(pipelineID: "pip_1"), asOf: .position(created)
      ).value
      #expect(early.stages.map(\.reached) == [100, 0, 0])
      #expect(early.stages.map(\.conversionPct) == ["0.00", nil, nil])
      #expect(early.open == 100)
      #expect(throws: QueryError.unknownPipeline("pip_9")) {
        try reader.funnel(FunnelFilter(pipelineID: "pip_9"))
      }
    }
  }

  @Test func `the pipeline board adds up exactly, as of any position`() throws {
    var script = EventScript()
    try script.standardPipeline()
    try script.opportunity("o1", amount: 333)
    try script.opportunity("o2", amount: 334)
    let before = try script.opportunity("o3", stage: "s2", amount: 1000)
    try script.win("o3")
    let time = script.clock
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let now = try reader.pipeline("pip_1", at: time).value
      #expect(now.stages.map(\.count) == [2, 0, 0])
      #expect(now.stages[0].amounts["CNY"] == 667)
      // 10 % of 667 is 66.7
      #expect(now.stages[0].weighted["CNY"] == 67)
      // Entered 4 and 3 seconds before.
      #expect(now.stages[0].meanAgeSeconds == 4)
      #expect(now.stages[1].meanAgeSeconds == nil)
      let then = try reader.pipeline("pip_1", asOf: .position(before), at: time).value
      #expect(then.stages.map(\.count) == [2, 1, 0])
      #expect(try reader.opportunity("o3").value?.status == "won")
    }
  }

  @Test func `stage times add up over returns, and the standing ones are counted to the moment`()
    throws
  {
    var script = EventScript()
    try script.standardPipeline()
    let day: Int64 = 86_400_000_000
    let start = script.clock
    func at(_ days: Int64) -> Timestamp { start.advanced(byMicroseconds: days * day) }
    try script.opportunity("o1", occurredAt: at(0))
    try script.move("o1", from: "s1", to: "s2", occurredAt: at(3))
    try script.move("o1", from: "s2", to: "s1", occurredAt: at(4))
    try script.opportunity("o2", occurredAt: at(18))
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      let times = try reader.stageTimes(opportunity: "o1", at: at(20)).value
      #expect(times.map(\.stageID) == ["s1", "s2"])
      #expect(times.map(\.visits) == [2, 1])
      #expect(times.map { $0.latestSeconds / 86_400 } == [16, 1])
      #expect(times.map { $0.cumulativeSeconds / 86_400 } == [19, 1])
      let report = try reader.stageDurations(pipeline: "pip_1", at: at(20)).value
      #expect(report.stages.map(\.present) == [2, 0, 0])
      #expect(report.stages[0].meanDays == "3.0000")
      #expect(report.stages[0].thresholdDays == "14.0000")
      #expect(report.stages[0].basis == .standard)
      #expect(report.stages[0].stalled == ["o1"])
    }
  }

  @Test func `what a contact lacks is its account's owner's to mend`() throws {
    var script = EventScript()
    for (account, owner) in [("a1", "usr_1"), ("a2", "usr_2")] {
      try script.account(account, name: account)
      try script.assign("account-\(account)", to: owner)
      var created = ContactCreated()
      (created.contactID, created.accountID) = ("of-\(account)", account)
      try script.add(.contact(.contactCreated(created)), on: "contact-of-\(account)")
    }
    try withTemporaryFolder { folder in
      let reader = try builtReader(script, folder)
      var filter = QualityFilter(now: script.clock, freshSince: Timestamp(microseconds: 0))
      filter.ownerIDs = ["usr_2"]
      let issues = try reader.qualityIssues(filter, limit: 10).value
      #expect(Set(issues.map(\.record.recordKey)) == ["account:a2", "contact:of-a2"])
    }
  }

  @Test func `effective models hold what had happened, however late it was recorded`() throws {
    var script = EventScript()
    let start = script.clock
    func at(_ seconds: Int64) -> Timestamp { start.advanced(byMicroseconds: seconds * 1_000_000) }
    try script.account("a1", name: "One")
    try script.assign("account-a1", to: "usr_1", occurredAt: at(-100))
    try script.assign("account-a1", to: "usr_2", occurredAt: at(-50))
    let record = try stream("account-a1")
    for (moment, owner) in [(-200, nil), (-70, "usr_1"), (0, "usr_2")] as [(Int64, String?)] {
      try withTemporaryFolder { folder in
        let reader = try #require(
          try ModelReader.effective(
            ModelKind.standard, of: script.source, until: at(moment), in: folder, skips: []))
        #expect(try reader.owner(of: record).value?.owner.id == owner)
      }
    }
    try withTemporaryFolder { folder in
      let prefix = EventPrefix(script.source, through: Position(1))
      let reader = try #require(
        try ModelReader.effective(
          ModelKind.standard, of: prefix, until: at(0), in: folder, skips: []))
      #expect(try reader.owner(of: record).value?.owner.id == "usr_1")
    }
  }
}

package import EventModel

/// How far the leads captured in a window came (F-02 for leads).
package struct LeadFunnel: Hashable, Sendable {
  package struct Step: Hashable, Sendable {
    package let stage: LeadStage
    /// How many came to this step or to a later one.
    package let reached: Int64
    /// To the next step, in per cent; `nil` for the last one and for a division by zero.
    package let conversionPct: String?
    package let medianDays: String?
  }

  package static let definition = "F-02/1"
  package let steps: [Step]
  /// Converted of captured, in per cent.
  package let totalConversionPct: String?
}

extension ModelReader {
  /// The funnel of the leads captured (by `occurredAt`) in `[from, before)`.
  package func leadFunnel(
    from: Timestamp? = nil, before: Timestamp? = nil, asOf moment: AsOf = .latest
  ) throws(QueryError) -> Answer<LeadFunnel> {
    try ask(FunnelCohort.self, asOf: moment) { model throws(StorageError) in
      var conditions = ["captured_position <= \(model.limit)"]
      if let from { conditions.append("captured_us >= \(from.microseconds)") }
      if let before { conditions.append("captured_us < \(before.microseconds)") }
      let leads = try model.rows(
        FunnelLead.self, from: "funnel_lead", where: conditions.joined(separator: " AND "), [])
      return LeadFunnel(leads, limit: model.limit)
    }
  }
}

extension LeadFunnel {
  fileprivate init(_ leads: [FunnelLead], limit: Int64) {
    var reached = [Int64](repeating: 0, count: LeadStage.allCases.count)
    var spans = [[Int64]](repeating: [], count: LeadStage.allCases.count)
    for lead in leads {
      let times = LeadStage.allCases.map { lead.time(at: $0, limit: limit) }
      guard let last = times.lastIndex(where: { $0 != nil }) else { continue }
      for index in 0...last {
        reached[index] += 1
        if index < last, let here = times[index], let next = times[index + 1] {
          spans[index].append(next - here)
        }
      }
    }
    steps = LeadStage.allCases.enumerated().map { index, stage in
      let isLast = index + 1 == reached.count
      return Step(
        stage: stage, reached: reached[index],
        conversionPct: isLast
          ? nil : ExactArithmetic.percent(reached[index + 1], of: reached[index]),
        medianDays: ExactArithmetic.medianDays(microseconds: spans[index]))
    }
    totalConversionPct = ExactArithmetic.percent(reached.last ?? 0, of: reached.first ?? 0)
  }
}

extension FunnelLead {
  /// When the lead came to `stage`, unless that was behind the moment asked about.
  fileprivate func time(at stage: LeadStage, limit: Int64) -> Int64? {
    let reached =
      switch stage {
      case .captured: captured
      case .assigned: assigned
      case .working: working
      case .qualified: qualified
      case .converted: converted
      }
    guard let position = reached.position, Int64(position.rawValue) <= limit else { return nil }
    return reached.occurredAt?.microseconds
  }
}

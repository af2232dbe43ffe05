internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import ReadModels
internal import Schema

/// Every version of every rule (RM-31).
extension Workspace {
  /// The changes of pools, pipelines, rights, service levels, calendars, rule books, teams and the
  /// organisation, as of a moment: a view on the log.
  ///
  /// - Parameters:
  ///   - kind: only of one, such as `pool`; all when `nil`.
  ///   - moment: up to this one; the log's end when `nil`.
  /// - Returns: the table `changes`, in the order of the log.
  /// - Throws: ``ServiceError`` when the principal may not ask, or there is no such kind.
  public func configurationHistory(
    of kind: String? = nil, asOf moment: Moment? = nil
  ) throws(ServiceError) -> Answer {
    try requireOperator("config")
    let kinds = Self.configured.map(\.streamCategory)
    if let kind, !kinds.contains(kind) {
      throw ServiceError(
        .usage, code: "VALIDATION.UNKNOWN_CODE",
        "“\(kind)” is no kind of configuration: give one of \(kinds.joined(separator: ", ")).")
    }
    let zone = try timeZone()
    var last = Position(UInt64.max)
    if let moment,
      case .position(let found) = try modelMoment(try recorded(moment, .end, in: zone))
    {
      last = found
    }
    var rows: [[Value]] = []
    for event in try readEvents(.types(Self.configurationTypes), limit: Self.configurationLimit) {
      guard let record = StreamName(event.stream).flatMap({ RecordKey($0) }),
        kind.map({ $0 == record.typeName }) ?? true
      else { continue }
      guard event.position <= last else { break }
      rows.append(try row(of: event, record))
    }
    try gate().record(.question("config"))
    return Answer(
      "Configuration",
      tables: [
        .init(
          "changes", "",
          columns: [
            .init("position", "Position"), .init("recordedAt", "Recorded"),
            .init("record", "Of"), .init("type", "What"), .init("version", "Version"),
            .init("actor", "Who"), .init("onBehalfOf", "For"), .init("reason", "Reason"),
          ], rows: rows)
      ],
      notes: ["`deed history` of one of them shows each version as it was published."],
      timeZone: zone.identifier)
  }

  private static let configured: [ObjectType.Code] = [
    .organization, .pool, .pipeline, .permissions, .slaPolicy, .businessCalendar,
    .disputeRuleBook, .team,
  ]

  private static let configurationLimit = 100_000

  private static let configurationTypes = [
    "OrganizationConfigured", "AssignmentRulesPublished", "PoolCreated", "PoolRulesPublished",
    "PoolDisabled", "PoolEnabled",
    "PipelineCreated", "PipelineVersionPublished", "PipelineRetired", "RoleDefined",
    "RolePermissionsChanged", "RoleRetired", "SharingRulePublished", "SharingRuleRetired",
    "FieldPolicyPublished", "SlaPolicyPublished", "SlaPolicyRetired",
    "BusinessCalendarPublished", "DisputeRuleBookPublished", "TeamCreated", "TeamMembersChanged",
    "TeamDissolved",
  ].compactMap { EventType($0) }

  private func row(of event: RecordedEvent, _ record: RecordKey) throws(ServiceError) -> [Value] {
    let metadata: Metadata?
    let payload: Payload?
    do throws(PayloadError) {
      metadata = try event.metadata()
      payload = try event.payload()
    } catch { throw ServiceError(.failed, code: "LOG.UNREADABLE", error.description) }
    return [
      .integer(Int64(event.position.rawValue)), .moment(event.recordedAt), .text("\(record)"),
      .text(event.type), payload.flatMap(Self.version).map { .integer(Int64($0)) } ?? .none,
      .text(event.actor), .named(event.onBehalfOf), .named(metadata?.reasonCode ?? ""),
    ]
  }

  /// The version that an event publishes; `nil` for one that has none.
  private static func version(_ payload: Payload) -> UInt32? {
    if case .pool(.poolRulesPublished(let published)) = payload { return published.version }
    if case .organization(.assignmentRulesPublished(let published)) = payload {
      return published.version
    }
    if case .pipeline(.pipelineVersionPublished(let published)) = payload {
      return published.version
    }
    if case .slaPolicy(.slaPolicyPublished(let published)) = payload { return published.version }
    if case .businessCalendar(.businessCalendarPublished(let published)) = payload {
      return published.version
    }
    if case .disputeRuleBook(.disputeRuleBookPublished(let published)) = payload {
      return published.version
    }
    if case .permission(.rolePermissionsChanged(let changed)) = payload { return changed.version }
    return nil
  }
}

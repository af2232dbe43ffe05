internal import EventModel
package import Schema
internal import SwiftProtobuf

/// The organisation that a workspace belongs to; there is one.
package struct Organization: Aggregate {
  package static let id = "org_main"
  package static let key = RecordKey(.organization, id)

  package private(set) var id = ""
  package private(set) var name = ""
  package private(set) var fiscalYearStart = ""
  package private(set) var locale = ""
  /// In the order of their names.
  package private(set) var switches: [PolicySwitch] = []
  /// What decisions look at.
  package private(set) var settings = OrganizationSettings()
  package private(set) var readModels = ReadModelChoices()
  /// By which new leads are taken in; `nil` before they were published: people do it then.
  package private(set) var assignmentRules: AssignmentRulesPublished?

  package init() {}

  package static var objectType: ObjectType.Code { .organization }
  package var exists: Bool { !id.isEmpty }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .organization(.organizationConfigured(let configured)):
      id = configured.organizationID
      name = configured.name
      fiscalYearStart = configured.fiscalYearStart
      locale = configured.locale
      switches = configured.policySwitches
      settings = OrganizationSettings()
      settings.timeZone = configured.timeZone
      settings.baseCurrency = configured.baseCurrency
      for policySwitch in switches {
        guard let name = PolicySwitchName(rawValue: policySwitch.name) else { continue }
        // A value of an older version that this one doesn't know leaves the default.
        _ = settings.set(name, to: policySwitch.value)
      }
    case .organization(.assignmentRulesPublished(let published)): assignmentRules = published
    case .organization(let event): readModels.apply(event)
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .ownership, .permission,
      .pipeline, .pool, .registration, .slaPolicy, .tag, .task, .team, .ticket, .user:
      break
    }
  }
}

extension Organization {
  package static func target(of command: OrganizationCommand.OneOf_Command) -> String {
    switch command {
    case .configureOrganization(let command): command.organizationID
    case .switchReadModel, .rollBackReadModel, .skipReadModelEvent, .publishAssignmentRules: id
    }
  }

  package static func identify(
    _ command: inout OrganizationCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    switch command {
    case .configureOrganization(var configure):
      if configure.organizationID.isEmpty { configure.organizationID = id }
      command = .configureOrganization(configure)
    case .switchReadModel, .rollBackReadModel, .skipReadModelEvent, .publishAssignmentRules: break
    }
  }

  package func needs(
    for command: OrganizationCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] {
    switch command {
    case .configureOrganization(let command):
      let pipeline = Self.value(of: .defaultPipeline, in: command)
      return pipeline.isEmpty ? [] : [.pipeline(pipeline)]
    case .publishAssignmentRules(let command): return Self.needs(command)
    case .switchReadModel, .rollBackReadModel, .skipReadModelEvent: return []
    }
  }

  package func decide(
    _ command: OrganizationCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .configureOrganization(let command): try configure(command, in: context)
    case .switchReadModel(let command): try switchReadModel(command, in: context)
    case .rollBackReadModel(let command): try rollBackReadModel(command, in: context)
    case .skipReadModelEvent(let command): try skipReadModelEvent(command, in: context)
    case .publishAssignmentRules(let command): try publish(command, in: context)
    }
  }

  private func configure(
    _ command: ConfigureOrganization, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    guard command.organizationID == Self.id else {
      throw Refusal(
        .reference,
        "organizationId is \(command.organizationID), but a workspace has the one organisation "
          + "\(Self.id); leave it out.", field: "organizationId")
    }
    try FieldRule.required(command.name, "name", of: "The organisation")
    try FieldRule.text(command.name, "name")
    try Self.checkPlace(command)
    let switches = try Self.switches(of: command)
    let pipeline = Self.value(of: .defaultPipeline, in: command)
    if !pipeline.isEmpty {
      let state = try context.require(
        Pipeline.self, pipeline, field: "policySwitches.defaultPipeline")
      try state.requireUsable(at: context.now)
    }
    let configured = OrganizationConfigured.with {
      $0.organizationID = command.organizationID
      $0.name = command.name.trimmed
      $0.timeZone = command.timeZone
      $0.baseCurrency = command.baseCurrency
      $0.fiscalYearStart = command.fiscalYearStart.isEmpty ? "01-01" : command.fiscalYearStart
      $0.locale = command.locale
      $0.policySwitches = switches
    }
    guard configured != current else { return [] }
    return [DecidedEvent(Self.key, .organization(.organizationConfigured(configured)))]
  }

  private var current: OrganizationConfigured {
    .with {
      $0.organizationID = id
      $0.name = name
      $0.timeZone = settings.timeZone
      $0.baseCurrency = settings.baseCurrency
      $0.fiscalYearStart = fiscalYearStart
      $0.locale = locale
      $0.policySwitches = switches
    }
  }

  private static func value(
    of name: PolicySwitchName, in command: ConfigureOrganization
  ) -> String {
    command.policySwitches.first { $0.name == name.rawValue }?.value ?? ""
  }

  private static func checkPlace(_ command: ConfigureOrganization) throws(Refusal) {
    let zone = command.timeZone.utf8
    let isZone = zone.allSatisfy {
      $0.isASCIILetterOrDigit
        || [
          UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "+"),
        ].contains($0)
    }
    guard !zone.isEmpty else { throw .required("timeZone", of: "The organisation") }
    guard isZone, zone.count <= 64 else {
      throw Refusal(
        .format, "timeZone “\(command.timeZone)” is no name such as Asia/Shanghai; correct it.",
        field: "timeZone")
    }
    guard MoneyRule.isCurrency(command.baseCurrency) else {
      throw Refusal(
        .currency, "baseCurrency “\(command.baseCurrency)” is no code such as CNY; correct it.",
        field: "baseCurrency")
    }
    let start = command.fiscalYearStart
    guard start.isEmpty || CalendarDate("2001-\(start)") != nil else {
      throw Refusal(
        .format, "fiscalYearStart “\(start)” is no day such as 04-01; correct it.",
        field: "fiscalYearStart")
    }
    try FieldRule.text(command.locale, "locale", limit: 35)
  }

  /// S-5: known names with values they can have, each once, in the order of their names.
  private static func switches(
    of command: ConfigureOrganization
  ) throws(Refusal) -> [PolicySwitch] {
    var settings = OrganizationSettings()
    var seen: Set<String> = []
    for policySwitch in command.policySwitches {
      guard let name = PolicySwitchName(rawValue: policySwitch.name) else {
        throw .unknownCode(policySwitch.name, field: "policySwitches.name")
      }
      guard settings.set(name, to: policySwitch.value) else {
        throw .unknownCode(policySwitch.value, field: "policySwitches.\(policySwitch.name)")
      }
      guard seen.insert(policySwitch.name).inserted else {
        throw Refusal(
          .inconsistent, "policySwitches has \(policySwitch.name) twice; keep one.",
          field: "policySwitches")
      }
    }
    return command.policySwitches.sorted {
      Array($0.name.utf8).lexicographicallyPrecedes($1.name.utf8)
    }
  }
}

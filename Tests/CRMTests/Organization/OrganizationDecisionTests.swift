import CRM
import Schema
import SwiftProtobuf
import Testing

@Suite struct OrganizationDecisionTests {
  private func outcome(_ change: (inout ConfigureOrganization) -> Void) throws -> String {
    var command = ConfigureOrganization.with {
      $0.organizationID = Organization.id
      $0.name = "Acme"
      $0.timeZone = "Europe/Berlin"
      $0.baseCurrency = "EUR"
    }
    change(&command)
    return try SmallCompany.founded().outcome(Organization.self, .configureOrganization(command))
  }

  @Test func `a configuration is taken as a whole`() throws {
    #expect(try outcome { _ in } == "OrganizationConfigured")
    #expect(try outcome { $0.name = "  " } == "VALIDATION.REQUIRED")
    #expect(try outcome { $0.timeZone = "" } == "VALIDATION.REQUIRED")
    #expect(try outcome { $0.timeZone = "Mars; rm" } == "VALIDATION.FORMAT")
    #expect(try outcome { $0.baseCurrency = "eur" } == "VALIDATION.CURRENCY")
    #expect(try outcome { $0.fiscalYearStart = "02-30" } == "VALIDATION.FORMAT")
    #expect(try outcome { $0.fiscalYearStart = "04-01" } == "OrganizationConfigured")
    #expect(try outcome { $0.organizationID = "org_2" } == "VALIDATION.REFERENCE")
  }

  @Test(arguments: [
    ("ticketReopenDays", "0", "OrganizationConfigured"),
    ("ticketReopenDays", "3650", "OrganizationConfigured"),
    ("ticketReopenDays", "3651", "VALIDATION.UNKNOWN_CODE"),
    ("ticketReopenDays", "-1", "VALIDATION.UNKNOWN_CODE"),
    ("lowSatisfactionBelow", "11", "OrganizationConfigured"),
    ("lowSatisfactionBelow", "12", "VALIDATION.UNKNOWN_CODE"),
    ("nextStepRequired", "off", "OrganizationConfigured"),
    ("nextStepRequired", "no", "VALIDATION.UNKNOWN_CODE"),
    ("peerTransfer", "accept", "OrganizationConfigured"),
    ("defaultPipeline", "pip_default", "OrganizationConfigured"),
    ("defaultPipeline", "pip_8", "VALIDATION.REFERENCE"),
    ("nosuch", "1", "VALIDATION.UNKNOWN_CODE"),
  ])
  func `a switch is known and has a value that it can have`(
    name: String, value: String, expected: String
  ) throws {
    let found = try outcome { command in
      command.policySwitches = [.with { ($0.name, $0.value) = (name, value) }]
    }
    #expect(found == expected)
  }

  @Test func `the same configuration again changes nothing and switches keep no order`() throws {
    var company = try SmallCompany.founded()
    let switches: [PolicySwitch] = [
      .with { ($0.name, $0.value) = ("ticketReopenDays", "3") },
      .with { ($0.name, $0.value) = ("nextStepRequired", "off") },
    ]
    func command(_ switches: [PolicySwitch]) -> OrganizationCommand.OneOf_Command {
      .configureOrganization(
        .with {
          ($0.name, $0.timeZone, $0.baseCurrency) = ("Acme", "UTC", "EUR")
          $0.policySwitches = switches
        })
    }
    #expect(try company.run(Organization.self, command(switches)) == ["OrganizationConfigured"])
    #expect(try company.run(Organization.self, command(switches.reversed())) == [])
    let settings = try company.state(Organization.self, Organization.id).settings
    #expect(settings.ticketReopenDays == 3)
    #expect(!settings.nextStepRequired)
    #expect(settings.lowSatisfactionBelow == 6)
    #expect(try company.run(Organization.self, command([])) == ["OrganizationConfigured"])
    #expect(try company.state(Organization.self, Organization.id).settings.ticketReopenDays == 14)
  }
}

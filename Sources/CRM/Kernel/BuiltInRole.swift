/// The roles that the product itself knows; all others are the organisation's.
package enum BuiltInRole {
  /// Configures; reads no business data of its own right.
  package static let administrator = "crmAdmin"
  /// Reads and does everything but configure and approve: what the first user has beside
  /// ``administrator``, until it is given away.
  package static let workspaceOwner = "workspaceOwner"
  /// Reads everything and changes nothing.
  package static let auditor = "auditor"
  /// May rule on disputes that it is not a part of.
  package static let arbitrator = "arbitrator"
}

/// The roles that the product itself knows; all others are the organisation's.
package enum BuiltInRole {
  package static let administrator = "crmAdmin"
}

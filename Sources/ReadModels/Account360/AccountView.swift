internal import EventModel

/// A customer with everything around it.
package struct AccountView: Equatable, Sendable {
  package let account: AccountRow
  package let contacts: [AccountContactRow]
  package let opportunities: [AccountOpportunityRow]
  package let tickets: [AccountTicketRow]
  /// Of the account itself.
  package let tags: [RecordTagRow]
  /// Needs and commitments, closed ones too.
  package let promises: [AccountPromiseRow]
  /// Of all its contacts.
  package let consents: [ContactConsentRow]
  /// The last ones, newest first.
  package let activities: [AccountActivityRow]
  /// The last activity that said what comes next.
  package let nextStep: AccountActivityRow?
}

extension ModelReader {
  /// The account `id` as it stood, with its last activities; `nil` when there was none.
  package func account(
    _ id: String, asOf moment: AsOf = .latest, activityLimit: Int = 20
  ) throws(QueryError) -> Answer<AccountView?> {
    try ask(Account360.self, asOf: moment) { model throws(StorageError) in
      let own: [SQLValue] = [.text(id)]
      let mine = "account_id = ? ORDER BY 1"
      guard
        let account = try model.present(AccountRow.self, where: "account_id = ?", own).first
      else { return nil }
      let contacts = try model.present(AccountContactRow.self, where: mine, own)
      var consents: [ContactConsentRow] = []
      for contact in contacts {
        consents += try model.present(
          ContactConsentRow.self, where: "contact_id = ? ORDER BY purpose, channel",
          [.text(contact.contactID)])
      }
      let seen = "account_id = ? AND position <= \(model.limit)"
      let activities = try model.rows(
        AccountActivityRow.self, from: "account_activity",
        where: "\(seen) ORDER BY position DESC LIMIT \(max(0, activityLimit))", own)
      let next = try model.rows(
        AccountActivityRow.self, from: "account_activity",
        where: "\(seen) AND next_step_due_us IS NOT NULL ORDER BY position DESC LIMIT 1", own)
      return AccountView(
        account: account, contacts: contacts,
        opportunities: try model.present(AccountOpportunityRow.self, where: mine, own),
        tickets: try model.present(AccountTicketRow.self, where: mine, own),
        tags: try model.present(
          RecordTagRow.self, where: "record = ? ORDER BY tag_id", [.text("account-\(id)")]),
        promises: try model.present(AccountPromiseRow.self, where: "\(mine), 2", own),
        consents: consents, activities: activities, nextStep: next.first)
    }
  }
}

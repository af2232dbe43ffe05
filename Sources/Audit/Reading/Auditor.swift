package import EventLog
internal import EventModel
package import Vault

/// Answers questions about the past from the log alone: who did what, when, and what it changed.
///
/// Everything here reads and nothing writes; who may ask is the caller's to decide.
package struct Auditor: Sendable {
  package let log: EventLog
  /// Opens personal sections; ``Vault/absent()`` where they stay hidden.
  package let vault: Vault

  package init(log: EventLog, vault: Vault) {
    self.log = log
    self.vault = vault
  }
}

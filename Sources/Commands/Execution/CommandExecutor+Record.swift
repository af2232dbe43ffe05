package import CRM
package import EventModel

extension CommandExecutor {
  /// The record `key` as the log has it now, with what is personal opened as far as the vault can,
  /// and the revision that a command on it may expect; `nil` when it doesn't exist.
  package func record(
    _ key: RecordKey
  ) throws(CommandFailure) -> (state: any Aggregate, revision: Revision)? {
    guard let loaded = try reader.load(key), loaded.state.exists, let revision = loaded.revision
    else { return nil }
    return (loaded.state, revision)
  }
}

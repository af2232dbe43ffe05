internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Schema
internal import Transparency

/// What those who let callers in must know of the workspace's users.
extension Workspace {
  /// The user whom an identity provider calls `subject`: by its identifier here, or by the external
  /// identifier that it was provisioned with, whose system is the issuer.
  ///
  /// - Returns: `nil` when there is none, or it may not act now.
  package func activeUser(issuer: String, subject: String) throws(ServiceError) -> String? {
    let users = try directoryOfRights().users
    if let user = users[subject] { return user.status == .active ? subject : nil }
    let found = users.filter { _, user in
      user.externalIDs.contains { $0.system == issuer && $0.id == subject }
    }
    // Two users of one identity: neither is it.
    guard found.count == 1, let (id, user) = found.first, user.status == .active else { return nil }
    return id
  }

  /// Whether the user may act now.
  package func isActive(_ user: String) throws(ServiceError) -> Bool {
    try directoryOfRights().users[user]?.status == .active
  }

  private func directoryOfRights() throws(ServiceError) -> PermissionDirectory {
    do throws(CommandFailure) {
      return try executor.permissions.current().directory
    } catch { throw ServiceError(error) }
  }

  /// The proof that what a command wrote at `position` is in the log: the file of C2SP tlog-proof.
  ///
  /// It is for whoever carried out the command, so it asks for no right of its own.
  package func receipt(of position: UInt64) throws(ServiceError) -> String {
    do throws(CheckpointError) {
      if isWriter { _ = try log.publishCheckpointAndWait() }
      return try log.inclusionProof(of: Position(position)).text
    } catch { throw ServiceError(error) }
  }
}

/// A short name of content, for entity tags.
package enum ContentTag {
  /// 16 hexadecimal digits of the content's SHA-256.
  package static func of(_ bytes: [UInt8]) -> String {
    String(Digest.sha256(bytes).hex.prefix(16))
  }
}

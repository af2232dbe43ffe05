internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Who the user is and where it belongs.
extension User {
  func provision(
    _ command: ProvisionUser, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.user(command.userID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "usr", field: "userId")
    try FieldRule.required(command.name.line, "name", of: "The user")
    try FieldRule.text(command.name.line, "name")
    let emails = try Self.email(command.email)
    try FieldRule.text(command.departmentID, "departmentId", limit: 100)
    try FieldRule.externalIDs(command.externalIds)
    if !command.managerID.isEmpty {
      guard command.managerID != command.userID else { throw Self.ownManager(command.userID) }
      _ = try context.require(User.self, command.managerID, field: "managerId")
    }
    for role in command.roleIds { try Self.checkRole(role) }
    guard Set(command.roleIds).count == command.roleIds.count else {
      throw Refusal(.inconsistent, "roleIds has a role twice; keep one.", field: "roleIds")
    }
    for role in command.roleIds { try Self.requireGrantRight(role, in: context) }
    let watchful = command.roleIds.first { Self.watchfulRoles.contains($0) }
    if let watchful, context.settings.needsSecondPersonForRoles, !context.isSystem {
      throw Refusal(
        .permissionSelf,
        "roleIds has \(watchful), which two people give; leave it out, and grant it afterwards.",
        field: "roleIds")
    }
    guard command.active || !command.roleIds.contains(BuiltInRole.administrator) else {
      throw Refusal(
        .inconsistent,
        "The user isn't active, and only an active one becomes an administrator; grant the role "
          + "when the invitation is accepted.", field: "roleIds")
    }
    let provisioned = UserProvisioned.with {
      $0.userID = command.userID
      $0.departmentID = command.departmentID
      $0.managerID = command.managerID
      $0.active = command.active
      $0.externalIds = command.externalIds
      $0.roleIds = command.roleIds
    }
    let personal = UserPersonal.with {
      $0.name = command.name
      if $0.name.full.isEmpty { $0.name.full = command.name.line }
      if let email = emails.first { $0.email = email }
      $0.phones = command.phones
    }
    return [
      DecidedEvent(
        key, .user(.userProvisioned(provisioned)), personal: [DecidedPersonal(key, .user(personal))]
      )
    ]
  }

  private static func email(_ address: String) throws(Refusal) -> [Email] {
    guard !address.isEmpty else { return [] }
    return try ContactPoints.emails([.with { $0.address = address }])
  }

  private static func ownManager(_ id: String) -> Refusal {
    Refusal(
      .cycle, "managerId names the user \(id) itself; name somebody else, or nobody.",
      field: "managerId")
  }

  func changeDetails(_ command: ChangeUserDetails) throws(Refusal) -> [DecidedEvent] {
    try requireNotDeactivated()
    guard let current = profile.content.opened else {
      throw Refusal(
        .status,
        "The directory entry of the user \(id) can't be read any more; provision a new "
          + "user instead.")
    }
    var changes = FieldChanges()
    var personal = UserPersonal()
    if command.hasName {
      try FieldRule.required(command.name.line, "name", of: "The user")
      try FieldRule.text(command.name.line, "name")
      personal.name = command.name
      if personal.name.full.isEmpty { personal.name.full = command.name.line }
      changes.text("name", current.name.line, personal.name.line)
    }
    if command.hasEmail {
      if let email = try Self.email(command.email).first { personal.email = email }
      changes.text("email", current.email.address, personal.email.address)
    }
    guard !changes.isEmpty else { return [] }
    personal.changes = changes.changes
    return [event(.userDetailsChanged(.init()), personal)]
  }

  func move(_ command: MoveUserToDepartment) throws(Refusal) -> [DecidedEvent] {
    try requireNotDeactivated()
    try FieldRule.required(command.departmentID, "departmentId", of: "The command")
    try FieldRule.text(command.departmentID, "departmentId", limit: 100)
    guard command.departmentID != departmentID else { return [] }
    return [
      event(.userMovedDepartment(.with { ($0.from, $0.to) = (departmentID, command.departmentID) }))
    ]
  }

  func changeManager(
    _ command: ChangeUserManager, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    try requireNotDeactivated()
    guard command.managerID != managerID else { return [] }
    if !command.managerID.isEmpty {
      guard command.managerID != id else { throw Self.ownManager(id) }
      _ = try context.require(User.self, command.managerID, field: "managerId")
      let line = User.managers(from: command.managerID, in: context)
      guard !line.contains(id), line.count < Self.managerLimit else {
        throw Refusal(
          .cycle,
          "The user \(id) stands above \(command.managerID) already, or the line is longer than "
            + "\(Self.managerLimit); choose another manager.", field: "managerId")
      }
    }
    return [
      event(.userManagerChanged(.with { ($0.from, $0.to) = (managerID, command.managerID) }))
    ]
  }
}

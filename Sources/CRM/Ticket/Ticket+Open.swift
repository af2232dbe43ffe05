internal import EventModel
internal import Schema
internal import SwiftProtobuf

extension Ticket {
  func open(_ command: OpenTicket, in context: DecisionContext) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.ticket(command.ticketID)
    guard !exists else { throw .alreadyExists(key) }
    try FieldRule.newID(key, prefix: "tkt", field: "ticketId")
    try Self.checkValues(command)
    let (accountID, subject) = try Self.customer(of: command, in: context)
    if !command.teamID.isEmpty {
      try context.require(Team.self, command.teamID, field: "teamId").requireUsable()
    }
    try Self.checkContinuation(command, in: context)
    let owner = try Self.owner(of: command, in: context)
    let opened = TicketOpened.with {
      $0.ticketID = command.ticketID
      $0.ticketNo = command.ticketNo
      $0.accountID = accountID
      $0.contactID = command.contactID
      $0.channel = command.channel
      $0.categoryCode = command.categoryCode
      $0.priority = command.priority == .ticketPriorityUnspecified ? .normal : command.priority
      $0.externalIds = command.externalIds
      $0.subjectRef = (subject ?? key).reference
      $0.teamID = command.teamID
      $0.productID = command.productID
      $0.continuesTicketID = command.continuesTicketID
    }
    let personal = TicketPersonal.with {
      $0.subject = command.subject
      $0.description_p = command.description_p
    }
    let event = DecidedEvent(
      key, .ticket(.ticketOpened(opened)),
      personal: [DecidedPersonal(subject ?? key, .ticket(personal))])
    var ticket = Ticket()
    ticket.apply(event.fact(in: context))
    let account = context.records.state(Account.self, accountID)
    let policy = Self.policy(
      category: opened.categoryCode, priority: opened.priority,
      grade: account?.grade ?? .gradeUnspecified, in: context)
    let applied = policy.flatMap { ticket.applied($0, in: context) }
    return [event] + (applied.map { [$0] } ?? [])
      + (owner.map { [OwnerRule.assigned(key, to: $0)] } ?? [])
  }

  private static func checkValues(_ command: OpenTicket) throws(Refusal) {
    try FieldRule.required(command.ticketNo, "ticketNo", of: "The ticket")
    try FieldRule.text(command.ticketNo, "ticketNo", limit: 100)
    try FieldRule.required(command.subject, "subject", of: "The ticket")
    try FieldRule.text(command.subject, "subject", limit: 1000)
    try FieldRule.text(
      command.description_p, "description", limit: FieldRule.longByteLimit)
    try FieldRule.text(command.categoryCode, "categoryCode", limit: 80)
    try FieldRule.text(command.productID, "productId", limit: 100)
    try FieldRule.externalIDs(command.externalIds)
    if case .UNRECOGNIZED(let value) = command.channel {
      throw .unknownCode("\(value)", field: "channel")
    }
    guard command.channel != .ticketChannelUnspecified else {
      throw .required("channel", of: "The ticket")
    }
    if case .UNRECOGNIZED(let value) = command.priority {
      throw .unknownCode("\(value)", field: "priority")
    }
    guard command.orderID.isEmpty else {
      throw .notAvailable("OpenTicket with orderId", needs: "orders")
    }
  }

  /// The account, and the record whose subject seals: the contact's, else the account's.
  private static func customer(
    of command: OpenTicket, in context: DecisionContext
  ) throws(Refusal) -> (accountID: String, subject: RecordKey?) {
    var accountID = command.accountID
    var subject: RecordKey?
    if !command.contactID.isEmpty {
      let contact = try context.require(Contact.self, command.contactID, field: "contactId")
      try contact.requireActive()
      if accountID.isEmpty { accountID = contact.accountID }
      guard contact.accountID == accountID else {
        throw Refusal(
          .inconsistent,
          "The contact \(contact.id) is no contact of the account \(accountID); name its own "
            + "account, or none.", field: "contactId")
      }
      subject = contact.subject
    }
    if !accountID.isEmpty {
      let account = try context.require(Account.self, accountID, field: "accountId")
      try account.requireActive()
      subject = subject ?? account.subject
    }
    return (accountID, subject)
  }

  private static func checkContinuation(
    _ command: OpenTicket, in context: DecisionContext
  ) throws(Refusal) {
    guard !command.continuesTicketID.isEmpty else { return }
    let before = try context.require(
      Ticket.self, command.continuesTicketID, field: "continuesTicketId")
    guard !before.isOpen else {
      throw Refusal(
        .status, "The ticket \(before.id) is \(before.status) and needs no new one; go on with it.",
        field: "continuesTicketId")
    }
  }

  /// Nobody, or a user; queues are pools.
  private static func owner(
    of command: OpenTicket, in context: DecisionContext
  ) throws(Refusal) -> OwnerRef? {
    guard command.hasOwner else { return nil }
    try OwnerRule.check(
      command.owner, field: "owner", in: context, mayBePooled: .ticket(command.ticketID))
    return command.owner
  }
}

/// What is known of the ticket.
extension Ticket {
  func categorize(_ command: CategorizeTicket) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    try FieldRule.required(command.categoryCode, "categoryCode", of: "The command")
    try FieldRule.text(command.categoryCode, "categoryCode", limit: 80)
    guard command.categoryCode != categoryCode else { return [] }
    return [
      event(.ticketCategorized(.with { ($0.from, $0.to) = (categoryCode, command.categoryCode) }))
    ]
  }

  func changePriority(_ command: ChangeTicketPriority) throws(Refusal) -> [DecidedEvent] {
    try requireOpen()
    switch command.priority {
    case .low, .normal, .high, .urgent: break
    case .ticketPriorityUnspecified: throw .required("priority", of: "The command")
    case .UNRECOGNIZED(let value): throw .unknownCode("\(value)", field: "priority")
    }
    guard command.priority != priority else { return [] }
    return [
      event(.ticketPriorityChanged(.with { ($0.from, $0.to) = (priority, command.priority) }))
    ]
  }

  func changeDetails(_ command: ChangeTicketDetails) throws(Refusal) -> [DecidedEvent] {
    guard !command.hasOrderID || command.orderID.isEmpty else {
      throw .notAvailable("ChangeTicketDetails with orderId", needs: "orders")
    }
    var plain = FieldChanges()
    if command.hasProductID {
      try FieldRule.text(command.productID, "productId", limit: 100)
      plain.text("productId", productID, command.productID)
    }
    var changes = FieldChanges()
    var personal = TicketPersonal()
    if command.hasSubject || command.hasDescription_p {
      guard let current = profile.content.opened else {
        throw Refusal(
          .status, "The texts of the ticket \(id) can't be read any more; open another one.")
      }
      if command.hasSubject {
        try FieldRule.required(command.subject, "subject", of: "The ticket")
        try FieldRule.text(command.subject, "subject", limit: 1000)
        personal.subject = command.subject
        changes.text("subject", current.subject, command.subject)
      }
      if command.hasDescription_p {
        try FieldRule.text(command.description_p, "description", limit: FieldRule.longByteLimit)
        personal.description_p = command.description_p
        changes.text("description", current.description_p, command.description_p)
      }
    }
    guard !plain.isEmpty || !changes.isEmpty else { return [] }
    personal.changes = changes.changes
    return [
      event(
        .ticketDetailsChanged(.with { $0.changes = plain.changes }),
        changes.isEmpty ? nil : personal)
    ]
  }
}

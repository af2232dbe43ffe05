package import EventModel
package import Schema

/// What of a record decides who may see and change it.
package struct RecordFacts: Hashable, Sendable {
  package struct Collaborator: Hashable, Sendable {
    package let userID: String
    package let access: CollaboratorAccess.Code
    /// `nil` for without end.
    package let until: Timestamp?

    package init(userID: String, access: CollaboratorAccess.Code, until: Timestamp?) {
      self.userID = userID
      self.access = access
      self.until = until
    }
  }

  package let key: RecordKey
  /// The users who hold it: its owner, and of a record that follows others, theirs.
  package var ownerIDs: Set<String>
  /// A pool owns it, or the record that it follows.
  package var isPooled = false
  /// That pool; empty for none.
  package var poolID = ""
  /// The partner whose it is, or with whom it is linked; empty for none.
  package var partnerID = ""
  package var collaborators: [Collaborator] = []
  package var shares: [RecordShare] = []
  /// A dispute freezes it.
  package var isDisputed = false
  /// A natural person is the customer: its name is personal.
  package var isPerson = false
  /// Plain fields that rules may ask for, by their names.
  package var fields: [String: String] = [:]

  package init(_ key: RecordKey, ownerIDs: Set<String> = []) {
    self.key = key
    self.ownerIDs = ownerIDs
  }
}

extension RecordFacts {
  /// The records that `state` follows: whoever holds them holds it.
  package static func parents(of state: any Aggregate) -> [RecordKey] {
    let keys: [RecordKey] =
      switch state {
      case let contact as Contact: [.account(contact.accountID)]
      case let activity as Activity: activity.subjects.map { RecordKey($0) }
      case let task as TaskRecord: task.subjects.map { RecordKey($0) }
      default: []
      }
    return keys.filter { !$0.id.isEmpty }
  }

  /// - Parameters:
  ///   - key: the record's name.
  ///   - state: as of the moment that is asked about.
  ///   - parents: the facts of those that ``parents(of:)`` names.
  package init(_ key: RecordKey, _ state: any Aggregate, parents: [RecordFacts] = []) {
    self.init(key)
    if let owned = state as? any OwnedAggregate { take(owned.ownership) }
    switch state {
    case let account as Account:
      partnerID = account.partnerID
      isPerson = account.type == .individual
      set("grade", Self.letter(account.grade))
      set("account.grade", Self.letter(account.grade))
      set("industryCode", account.industryCode)
    case let lead as Lead: set("rating", Self.letter(lead.rating))
    case let opportunity as Opportunity: set("pipelineID", opportunity.pipelineID)
    case let ticket as Ticket:
      set("priority", ticket.priority)
      set("teamID", ticket.teamID)
    case let activity as Activity: ownerIDs.insert(activity.performedBy)
    case let task as TaskRecord: ownerIDs.insert(task.assigneeID)
    case let user as User: ownerIDs.insert(user.id)
    case let registration as Registration: take(registration.claimant)
    case let found as DuplicateCase:
      ownerIDs.formUnion(found.parties.filter { $0.kind == .user }.map(\.id))
    default: break
    }
    ownerIDs.remove("")
    for parent in parents { follow(parent) }
  }

  /// A grade as people write it.
  private static func letter(_ grade: Grade.Code) -> String {
    grade.rawValue == 0 ? "" : "\(grade)".uppercased()
  }

  private mutating func set(_ name: String, _ value: String) {
    if !value.isEmpty { fields[name] = value }
  }

  private mutating func set<Code: RawRepresentable>(_ name: String, _ code: Code)
  where Code.RawValue == Int {
    if code.rawValue != 0 { fields[name] = "\(code)" }
  }

  private mutating func take(_ ownership: Ownership) {
    if let owner = ownership.owner { take(owner) }
    collaborators = ownership.collaborators.map {
      Collaborator(userID: $0.userID, access: $0.access, until: $0.until)
    }
    shares = ownership.shares
    isDisputed = !ownership.frozenBy.isEmpty
  }

  private mutating func take(_ owner: OwnerRef) {
    switch owner.kind {
    case .user: ownerIDs.insert(owner.id)
    case .pool: (isPooled, poolID) = (true, owner.id)
    case .partner: partnerID = owner.id
    case .ownerKindUnspecified, .UNRECOGNIZED: break
    }
  }

  private mutating func follow(_ parent: RecordFacts) {
    ownerIDs.formUnion(parent.ownerIDs)
    isPooled = isPooled || parent.isPooled
    if poolID.isEmpty { poolID = parent.poolID }
    if partnerID.isEmpty { partnerID = parent.partnerID }
    // Of several the first: what is about two customers is as guarded as either.
    if fields["account.grade"] == nil { fields["account.grade"] = parent.fields["account.grade"] }
    collaborators += parent.collaborators
    shares += parent.shares
    isDisputed = isDisputed || parent.isDisputed
    isPerson = isPerson || parent.isPerson
  }

  /// What kind of thing the field `name` of this record says.
  package func sensitivity(of name: String) -> Sensitivity.Code {
    isPerson && ["name", "legalName"].contains(name)
      ? .personName : Sensitivity.Code(ofField: name, in: key.type)
  }
}

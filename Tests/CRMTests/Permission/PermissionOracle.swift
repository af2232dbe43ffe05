/// What the specification says of who may do what, written from it alone and as plainly as can
/// be: a second opinion on the evaluator, which it doesn't know.
///
/// Source: the domain's permission model; sentences of it stand beside the code they became.
struct PermissionOracle {
  struct Person {
    var id: String
    var isActive = true
    var roles: [String] = []
    var department = ""
    var manager = ""
    var teams: Set<String> = []
    var restricted: Set<String> = []
    /// From whom, which scopes, from when, until when.
    var delegations: [(from: String, scopes: [String], since: Int, until: Int)] = []
    /// From when, until when.
    var brokenGlass: (since: Int, until: Int)?
  }

  struct Grant {
    /// `nil` for every type.
    var type: String?
    var action: String
    /// One of `reaches`, or empty.
    var scope = ""
    var pool = false
    var isDenied = false
  }

  struct Rule {
    var type: String
    var field = ""
    var sensitivity = ""
    /// `own`, `notOwn`, `pooled` or empty.
    var standing = ""
    var whenField = ""
    var whenValue = ""
    var role: String
    /// `hidden`, `masked`, `readOnly` or `editable`.
    var access: String
    var mayReveal = false
  }

  struct Sharing {
    var type: String
    var ownerTeam = ""
    var field = ""
    var value = ""
    var withTeam = ""
    var withUser = ""
    var mayEdit = false
  }

  struct Record {
    var type: String
    var ownerUser = ""
    var ownerPool = ""
    var collaborators: [(user: String, mayEdit: Bool, until: Int?)] = []
    var shares: [(user: String, team: String, mayEdit: Bool, until: Int?)] = []
    var fields: [String: String] = [:]
  }

  var people: [String: Person] = [:]
  var roles: [String: [Grant]] = [:]
  var rules: [Rule] = []
  var sharing: [Sharing] = []
  /// By pool, the fields that it masks before somebody claims a record.
  var poolMasks: [String: Set<String>] = [:]
  /// By role, the kinds of fields that its holders don't export, of which grade; empty for every.
  var notExported: [String: [(sensitivity: String, grade: String)]] = [:]

  // "none < own < ownAndCollaborating < team < teamAndSubordinate < department < … < all"
  static let reaches = [
    "own", "ownAndCollaborating", "team", "teamAndSubordinate", "department", "all",
  ]
  /// Rights that nobody hands on: deciding over others' requests and configuring stay with the
  /// person they were given to.
  static let personal: Set<String> = ["configure", "approve", "arbitrate", "impersonate", "export"]

  /// Whether `user` may do `action` with `record` at the time `now`.
  func may(_ user: String, _ action: String, _ record: Record, at now: Int) -> Bool {
    guard let person = people[user], person.isActive else { return false }
    // "minus freeze, suspension, restriction by handover"
    if person.restricted.contains(action) { return false }
    // "Roles are additive; deny rules win."
    if isDenied(person, action, record.type) { return false }
    if holds(person, action, record, at: now) { return true }
    for delegation in person.delegations where covers(delegation, action, record, at: now) {
      return true
    }
    if let glass = person.brokenGlass, glass.since <= now, now < glass.until,
      ["read", "list", "reveal"].contains(action)
    {
      return true
    }
    return false
  }

  private func isDenied(_ person: Person, _ action: String, _ type: String) -> Bool {
    person.roles.contains { role in
      (roles[role] ?? []).contains {
        $0.isDenied && $0.action == action && ($0.type == nil || $0.type == type)
      }
    }
  }

  private func covers(
    _ delegation: (from: String, scopes: [String], since: Int, until: Int), _ action: String,
    _ record: Record, at now: Int
  ) -> Bool {
    guard let giver = people[delegation.from], giver.isActive,
      delegation.since <= now, now < delegation.until, !Self.personal.contains(action),
      !giver.restricted.contains(action), !isDenied(giver, action, record.type),
      delegation.scopes.contains("*") || delegation.scopes.contains(action)
        || delegation.scopes.contains("\(record.type).\(action)")
    else { return false }
    return holds(giver, action, record, at: now)
  }

  /// "Effective record access = max of role scope, sharing rules, explicit share, collaborator
  /// entry" of the person's own.
  private func holds(_ person: Person, _ action: String, _ record: Record, at now: Int) -> Bool {
    for role in person.roles {
      for grant in roles[role] ?? [] where !grant.isDenied && grant.action == action {
        guard grant.type == nil || grant.type == record.type else { continue }
        if grant.pool, !record.ownerPool.isEmpty { return true }
        if reaches(grant.scope, person, record, action, at: now) { return true }
      }
    }
    func suffices(_ mayEdit: Bool) -> Bool {
      ["read", "list"].contains(action) || (mayEdit && action == "update")
    }
    for rule in sharing where rule.type == record.type && suffices(rule.mayEdit) {
      guard rule.withUser == person.id || person.teams.contains(rule.withTeam) else { continue }
      let ownerFits =
        rule.ownerTeam.isEmpty
        || (people[record.ownerUser]?.teams.contains(rule.ownerTeam) ?? false)
      let fieldFits = rule.field.isEmpty || record.fields[rule.field] == rule.value
      if ownerFits, fieldFits { return true }
    }
    for share in record.shares where suffices(share.mayEdit) {
      let lasts = share.until.map { now < $0 } ?? true
      if lasts, share.user == person.id || person.teams.contains(share.team) { return true }
    }
    for entry in record.collaborators where suffices(entry.mayEdit) {
      if entry.user == person.id, entry.until.map({ now < $0 }) ?? true { return true }
    }
    return false
  }

  private func reaches(
    _ scope: String, _ person: Person, _ record: Record, _ action: String, at now: Int
  ) -> Bool {
    guard let width = Self.reaches.firstIndex(of: scope) else { return false }
    if scope == "all" { return true }
    if record.ownerUser == person.id { return true }
    let collaborates = record.collaborators.contains {
      $0.user == person.id && ($0.until.map { now < $0 } ?? true)
    }
    if width >= 1, collaborates, action == "read" || action == "list" || action == "update" {
      // Somebody who may only look at it doesn't change it by collaborating.
      let mayEdit = record.collaborators.contains {
        $0.user == person.id && $0.mayEdit && ($0.until.map { now < $0 } ?? true)
      }
      if action != "update" || mayEdit { return true }
    }
    guard let owner = people[record.ownerUser] else { return false }
    if width >= 2, !owner.teams.isDisjoint(with: person.teams) { return true }
    if width >= 3, isBelow(owner, person) { return true }
    if width >= 4, !person.department.isEmpty, owner.department == person.department {
      return true
    }
    return false
  }

  private func isBelow(_ lower: Person, _ upper: Person) -> Bool {
    var next = lower.manager
    for _ in 0..<20 where !next.isEmpty {
      if next == upper.id { return true }
      next = people[next]?.manager ?? ""
    }
    return false
  }

  /// `hidden`, `masked`, `readOnly` or `editable`: what `user` sees of a field of a record that
  /// it may read; `hidden` where it may not.
  func access(
    _ user: String, to field: String, _ sensitivity: String, of record: Record, at now: Int
  ) -> String {
    guard let person = people[user], may(user, "read", record, at: now) else { return "hidden" }
    let mayUpdate = may(user, "update", record, at: now)
    func capped(_ access: String) -> String {
      access == "editable" && !mayUpdate ? "readOnly" : access
    }
    if holds(person, "read", record, at: now) {
      return capped(ruled(person, field, sensitivity, record))
    }
    // Whose right opened it decides what is seen of it; of several, the strictest.
    let order = ["hidden", "masked", "readOnly", "editable"]
    var strictest: Int?
    for delegation in person.delegations where covers(delegation, "read", record, at: now) {
      guard let giver = people[delegation.from] else { continue }
      let access = order.firstIndex(of: ruled(giver, field, sensitivity, record)) ?? 0
      strictest = min(strictest ?? access, access)
    }
    if let strictest { return capped(order[strictest]) }
    return "readOnly"
  }

  /// The rule that wins: "Most specific wins; tie → stricter".
  private func ruled(
    _ person: Person, _ field: String, _ sensitivity: String, _ record: Record
  ) -> String {
    let order = ["hidden", "masked", "readOnly", "editable"]
    var best: (specificity: [Int], access: Int)?
    for rule in rules where rule.type == record.type {
      guard rule.role == "*" || person.roles.contains(rule.role),
        rule.field.isEmpty || rule.field == field,
        rule.sensitivity.isEmpty || rule.sensitivity == sensitivity,
        fits(rule, person, record), let access = order.firstIndex(of: rule.access)
      else { continue }
      let specificity = [
        rule.field.isEmpty ? (rule.sensitivity.isEmpty ? 0 : 1) : 2,
        rule.whenField.isEmpty ? 0 : 1, rule.standing.isEmpty ? 0 : 1, rule.role == "*" ? 0 : 1,
      ]
      if let found = best {
        if found.specificity.lexicographicallyPrecedes(specificity)
          || (found.specificity == specificity && access < found.access)
        {
          best = (specificity, access)
        }
      } else {
        best = (specificity, access)
      }
    }
    let access = best?.access ?? 3
    // "Pooled record: fields in maskBeforeClaim are masked for members": for whoever doesn't read
    // every such record anyway.
    let readsAll = person.roles.contains { role in
      (roles[role] ?? []).contains {
        !$0.isDenied && $0.action == "read" && $0.scope == "all"
          && ($0.type == nil || $0.type == record.type)
      }
    }
    if poolMasks[record.ownerPool]?.contains(field) == true, !readsAll {
      return order[min(access, 1)]
    }
    return order[access]
  }

  private func fits(_ rule: Rule, _ person: Person, _ record: Record) -> Bool {
    switch rule.standing {
    case "own": guard record.ownerUser == person.id else { return false }
    case "notOwn": guard record.ownerUser != person.id else { return false }
    case "pooled": guard !record.ownerPool.isEmpty else { return false }
    default: break
    }
    return rule.whenField.isEmpty || record.fields[rule.whenField] == rule.whenValue
  }

  /// What a path delivers of the field: `value`, `mask` or nothing.
  ///
  /// "Hidden or masked fields may not be used by that subject in filter, sort, group, aggregate,
  /// search, duplicate result, export, webhook or event subscription."
  func delivered(
    _ user: String, _ field: String, _ sensitivity: String, of record: Record, on path: String,
    at now: Int
  ) -> String? {
    switch access(user, to: field, sensitivity, of: record, at: now) {
    case "hidden": return nil
    case "masked": return ["show", "history"].contains(path) ? "mask" : nil
    default: break
    }
    switch path {
    case "show", "history", "search", "duplicate": return "value"
    case "list", "filter", "sort", "group", "aggregate":
      return may(user, "list", record, at: now) ? "value" : nil
    case "export":
      // "Export: own, no phone/e-mail of grade A": unless another role exports it all the same.
      let person = people[user] ?? Person(id: user)
      let exporting = person.roles.filter { role in
        (roles[role] ?? []).contains { grant in
          guard !grant.isDenied, grant.action == "export",
            grant.type == nil || grant.type == record.type
          else { return false }
          return grant.pool && !record.ownerPool.isEmpty
            || reaches(grant.scope, person, record, "export", at: now)
        }
      }
      let isKeptBack =
        !exporting.isEmpty
        && exporting.allSatisfy { role in
          (notExported[role] ?? []).contains {
            $0.sensitivity == sensitivity
              && ($0.grade.isEmpty || record.fields["grade"] == $0.grade)
          }
        }
      return !isKeptBack && may(user, "export", record, at: now) ? "value" : nil
    case "replay", "stream": return may(user, "replay", record, at: now) ? "value" : nil
    default: return nil
    }
  }
}

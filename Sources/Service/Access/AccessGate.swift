internal import Audit
internal import CRM
internal import Commands
internal import EventModel
internal import Schema
internal import Synchronization

/// Lets through what one principal may see, question by question, and leaves the trace of it in the
/// access log: every read path of the workspace goes through one.
///
/// It asks the one evaluator, keeps the facts of the records it was asked about for as long as the
/// question lasts, and answers for what can't be seen as for what doesn't exist.
final class AccessGate: Sendable {
  let workspace: Workspace
  let user: String
  let evaluator: PermissionEvaluator
  /// Facts as of this moment; as they are now when `nil`.
  private let moment: Audit.Moment?
  private let known = Mutex<[RecordKey: RecordFacts?]>([:])
  private let reachesAll = Mutex<Bool?>(nil)
  private let recorded = Mutex<[AccessEntry]>([])
  /// The most records whose facts one question keeps.
  private static let keptLimit = 100_000

  init(
    _ workspace: Workspace, user: String, evaluator: PermissionEvaluator,
    asOf moment: Audit.Moment? = nil
  ) {
    self.workspace = workspace
    self.user = user
    self.evaluator = evaluator
    self.moment = moment
  }

  /// Whether the principal runs the workspace or audits it.
  var isOperator: Bool {
    let facts = RecordFacts(RecordKey(.organization, "org_main"))
    let allowed: [PermissionAction.Code] = [.configure, .replay]
    return allowed.contains { evaluator.may(user, $0, on: facts) }
  }

  /// What of the record decides on rights; `nil` when there is none.
  func facts(_ key: RecordKey, depth: Int = 0) throws(ServiceError) -> RecordFacts? {
    if let found = known.withLock({ $0[key] }) { return found }
    let facts = try read(key, depth: depth)
    known.withLock { known in
      if known.count >= Self.keptLimit { known.removeAll() }
      known[key] = .some(facts)
    }
    return facts
  }

  private func read(_ key: RecordKey, depth: Int) throws(ServiceError) -> RecordFacts? {
    guard Aggregates.empty(key.type) != nil, key.stream != nil else { return nil }
    let state: any Aggregate
    if moment == nil {
      do throws(CommandFailure) {
        guard let found = try workspace.executor.record(key) else { return nil }
        state = found.state
      } catch { throw ServiceError(error) }
    } else {
      let snapshot = try workspace.auditing { auditor throws(AuditError) in
        try auditor.record(key, asOf: moment)
      }
      guard snapshot.exists else { return nil }
      state = snapshot.state
    }
    var parents: [RecordFacts] = []
    if depth < 2 {
      for parent in RecordFacts.parents(of: state) {
        if let facts = try facts(parent, depth: depth + 1) { parents.append(facts) }
      }
    }
    return RecordFacts(key, state, parents: parents)
  }

  /// How long what it has let through so far would be let through again, if nothing is recorded.
  var span: ShownRecords.Span {
    let facts = known.withLock { $0.values.compactMap { $0 } }
    return ShownRecords.Span(
      from: evaluator.now, until: evaluator.nextChange(for: user, on: facts))
  }

  /// Whether the principal's rights reach every record and field; worked out once.
  var isUnrestricted: Bool {
    if let known = reachesAll.withLock({ $0 }) { return known }
    let reaches = evaluator.isUnrestricted(user)
    reachesAll.withLock { $0 = reaches }
    return reaches
  }

  /// The facts of a record; bare ones for who sees everything, where this version keeps no state.
  func knownFacts(_ key: RecordKey) throws(ServiceError) -> RecordFacts? {
    if let facts = try facts(key) { return facts }
    return isUnrestricted ? RecordFacts(key) : nil
  }

  func may(_ action: PermissionAction.Code, _ key: RecordKey) throws(ServiceError) -> Bool {
    guard let facts = try facts(key) else { return false }
    return evaluator.may(user, action, on: facts)
  }

  /// The facts of a record that may be read; refuses one that may not as one that isn't there.
  func readable(_ key: RecordKey, path: AccessPath) throws(ServiceError) -> RecordFacts {
    if let facts = try knownFacts(key), evaluator.may(user, .read, on: facts) {
      if let action = path.action, !evaluator.may(user, action, on: facts) {
        throw try denied(path.rawValue, key, "its role doesn't give “\(action)” with it")
      }
      return facts
    }
    let isThere = try facts(key) != nil
    if isThere { try record(.denied(path: path.rawValue, target: "\(key)", code: Self.notFound)) }
    throw ServiceError(
      .refused, code: Self.notFound,
      "There is no \(key.typeName) “\(key.id)” that \(user) may see: check the identifier, or ask "
        + "its owner to share it.")
  }

  static let notFound = "STATE.NOT_FOUND"

  /// A refusal, which the access log keeps.
  func denied(
    _ path: String, _ key: RecordKey?, _ why: String
  ) throws(ServiceError) -> ServiceError {
    try record(
      .denied(path: path, target: key?.description ?? "", code: "PERMISSION.DENIED"))
    return ServiceError(
      .refused, code: "PERMISSION.DENIED",
      "\(user) may not ask for this: \(why); ask an administrator for a role that allows it.")
  }

  /// Whether the principal may make records of `type`.
  func mayMake(_ type: ObjectType.Code) -> Bool {
    evaluator.may(user, .create, on: RecordFacts(RecordKey(type, ""), ownerIDs: [user]))
  }

  /// Refuses whoever has no right to `action` with records of `type` anywhere.
  func require(
    _ action: PermissionAction.Code, _ type: ObjectType.Code, path: String
  ) throws(ServiceError) {
    var facts = RecordFacts(RecordKey(type, ""))
    facts.ownerIDs = [user]
    guard !evaluator.may(user, action, on: facts) else { return }
    throw try denied(path, nil, "no role of theirs gives “\(action)” there")
  }

  /// The owners whose records of `type` may be listed; `nil` where all may be, whoever owns them.
  ///
  /// Refuses whoever may list nobody's. What is shared one by one is not counted in a report.
  func listableOwners(
    of type: ObjectType.Code, path: String
  ) throws(ServiceError) -> [String]? {
    let unowned = RecordFacts(RecordKey(type, ""))
    if evaluator.may(user, .list, on: unowned) { return nil }
    let owners = evaluator.directory.users.keys.sorted().filter { owner in
      evaluator.may(user, .list, on: RecordFacts(RecordKey(type, ""), ownerIDs: [owner]))
    }
    guard !owners.isEmpty else {
      throw try denied(path, nil, "no role of theirs gives “list” there")
    }
    guard owners.count <= Self.ownerLimit else {
      throw try denied(path, nil, "a report goes over \(Self.ownerLimit) owners at the most")
    }
    return owners
  }

  private static let ownerLimit = 10_000

  /// What a report says of what it left out.
  func notes(on owners: [String]?) -> [String] {
    owners.map { ["Of the \($0.count) owners whose records you may list."] } ?? []
  }

  /// Adds an entry to the access log.
  func record(_ entry: AccessEntry) throws(ServiceError) {
    recorded.withLock { entries in
      if entries.count <= Self.traceLimit { entries.append(entry) }
    }
    try workspace.record(entry)
  }

  /// What it told the access log; `nil` when that was more than it keeps.
  var traces: [AccessEntry]? {
    let entries = recorded.withLock { $0 }
    return entries.count <= Self.traceLimit ? entries : nil
  }

  private static let traceLimit = 16

  /// That a record was seen, and which kinds of its fields.
  func viewed(
    _ key: RecordKey, _ kind: RecordView.Kind = .detail, fields: [Sensitivity.Code], path: String
  ) throws(ServiceError) {
    let classes = Set(fields.map { "\($0)" }).sorted()
    try record(.viewed(record: "\(key)", kind: kind, classes: classes, path: path))
  }
}

extension Workspace {
  /// What lets the principal through, by its rights at this moment.
  func gate() throws(ServiceError) -> AccessGate {
    let user = try actingUser().text
    let directory: PermissionDirectory
    do throws(CommandFailure) {
      directory = try executor.permissions.current().directory
    } catch { throw ServiceError(error) }
    return AccessGate(
      self, user: user, evaluator: PermissionEvaluator(directory, at: clock()))
  }

  /// Refuses whoever's rights don't reach every record and every field.
  ///
  /// An event store has no users: whoever opens its folder may ask everything.
  func requireUnrestricted() throws(ServiceError) {
    guard kind == .crm else { return }
    let gate = try gate()
    guard !gate.isUnrestricted else { return }
    throw try gate.denied(
      "unrestricted", nil, "it needs rights that reach every record and every field")
  }

  /// Refuses whoever doesn't run the workspace: to audit it is no right to change it.
  func requireConfigurer(_ path: String) throws(ServiceError) {
    guard kind == .crm else { return }
    let gate = try gate()
    let facts = RecordFacts(RecordKey(.organization, "org_main"))
    guard !gate.evaluator.may(gate.user, .configure, on: facts) else { return }
    throw try gate.denied(path, nil, "it is for administrators")
  }

  /// Refuses whoever neither runs the workspace nor audits it.
  func requireOperator(_ path: String) throws(ServiceError) {
    guard kind == .crm else { return }
    let gate = try gate()
    guard !gate.isOperator else { return }
    throw try gate.denied(path, nil, "it is for administrators and auditors")
  }
}

internal import Audit
internal import CRM
internal import EventModel
internal import Schema

/// Events on their way out: only those of records that the principal may see, and of what they say
/// only the fields that it may.
struct EventFilterer {
  let gate: AccessGate
  let path: AccessPath
  /// Whether nothing has to be kept back from the principal at all.
  let seesEverything: Bool
  /// How many events were kept back whole.
  private(set) var withheldCount = 0
  /// The names of what was kept back of the others.
  private(set) var withheldFields: Set<String> = []
  /// The records whose events went out.
  private(set) var records: Set<RecordKey> = []

  init(_ gate: AccessGate, _ path: AccessPath) {
    self.gate = gate
    self.path = path
    let evaluator = gate.evaluator
    let user = gate.user
    let action = path.action ?? .read
    let kinds: [Sensitivity.Code] = [.contactData, .personName, .money, .freeText, .internal]
    seesEverything =
      gate.isUnrestricted && evaluator.isUnrestricted(user, action)
      && ObjectType.Code.allCases.allSatisfy { type in
        kinds.allSatisfy { evaluator.mayUse(user, "", of: type, $0) }
          && evaluator.directory.permissions.fieldRules(type).allSatisfy {
            $0.field.isEmpty || evaluator.mayUse(user, $0.field, of: type)
          }
      }
  }

  /// The event as it may be seen; `nil` when nothing of it may.
  mutating func filtered(_ event: ReplayedEvent) throws(ServiceError) -> ReplayedEvent? {
    let key = StreamName(event.event.stream).flatMap(RecordKey.init)
    if seesEverything {
      if let key { records.insert(key) }
      return event
    }
    guard let key, let facts = try gate.seen("\(key)", on: path) else {
      withheldCount += 1
      return nil
    }
    records.insert(key)
    var event = event
    event.data = filtered(event.data, facts, atLeast: nil)
    event.personal = event.personal.map { part in
      var part = part
      part.content = part.content.map { content in
        var content = content
        content.json = filtered(content.json, facts, atLeast: Self.kind(of: content.type))
        return content
      }
      return part
    }
    return event
  }

  /// What a sealed part says at least: nothing that stands sealed is as plain as the rest.
  private static func kind(of message: String) -> Sensitivity.Code {
    let suffixes = [".ClientData", ".ImportPersonal"]
    return suffixes.contains { message.hasSuffix($0) } ? .contactData : .freeText
  }

  private mutating func filtered(
    _ json: String, _ facts: RecordFacts, atLeast kind: Sensitivity.Code?
  ) -> String {
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: json) } catch {
      // What is no JSON can't be looked into.
      withheldFields.insert("data")
      return "null"
    }
    return (filtered(value, "", facts, kind) ?? .null).compact
  }

  /// The value of the member `name` as it may be seen.
  private mutating func filtered(
    _ value: JSONValue, _ name: String, _ facts: RecordFacts, _ least: Sensitivity.Code?
  ) -> JSONValue? {
    switch value {
    case .object(let members):
      if members.contains(where: { $0.name == "amountMinor" }) {
        return isSeen(name.isEmpty ? "amount" : name, .money, facts) ? value : nil
      }
      let named = members.first { $0.name == "field" || $0.name == "key" }?.value.text
      if let named, members.contains(where: { ["from", "to", "value"].contains($0.name) }) {
        return isSeen(named, kind(of: named, facts, least), facts)
          ? filtered(members, facts, least) : .object([JSONMember("field", .string(named))])
      }
      return filtered(members, facts, least)
    case .array(let values):
      return .array(values.compactMap { filtered($0, name, facts, least) })
    case .null, .boolean, .number, .string: return value
    }
  }

  private mutating func filtered(
    _ members: [JSONMember], _ facts: RecordFacts, _ least: Sensitivity.Code?
  ) -> JSONValue {
    var kept: [JSONMember] = []
    for member in members {
      guard isSeen(member.name, kind(of: member.name, facts, least), facts) else { continue }
      if let value = filtered(member.value, member.name, facts, least) {
        kept.append(JSONMember(member.name, value))
      }
    }
    return .object(kept)
  }

  private func kind(
    of name: String, _ facts: RecordFacts, _ least: Sensitivity.Code?
  ) -> Sensitivity.Code {
    if least == .contactData { return .contactData }
    let kind = facts.sensitivity(of: name)
    // Containers of fields say nothing themselves: their parts are looked at one by one.
    if name == "changes" || name == "customFields" { return .internal }
    return kind == .internal ? least ?? kind : kind
  }

  private mutating func isSeen(
    _ name: String, _ kind: Sensitivity.Code, _ facts: RecordFacts
  ) -> Bool {
    let delivery = gate.evaluator.delivery(gate.user, of: name, kind, facts, on: path)
    if delivery != .value { withheldFields.insert(name) }
    return delivery == .value
  }

  /// What a person is told of it.
  var notes: [String] {
    Workspace.withheldNote(withheldCount)
      + (withheldFields.isEmpty
        ? [] : ["Not shown to you: \(withheldFields.sorted().joined(separator: ", "))."])
  }
}

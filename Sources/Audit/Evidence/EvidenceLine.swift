package import EventModel
package import Evidence
internal import Schema
internal import SwiftProtobuf

/// A verified event in words: what people read of an evidence file.
package struct EvidenceLine: Hashable, Sendable {
  package let index: UInt64
  package let recordedAt: Timestamp
  /// When the actor says it happened; `nil` when the metadata is not shown.
  package let occurredAt: Timestamp?
  package let stream: String
  package let revision: UInt64
  package let type: String
  package let actor: String
  /// Empty for nobody.
  package let onBehalfOf: String
  package let assurance: VerifiedEvent.Assurance
  package let commandName: String
  package let reasonCode: String
  /// The members of what it says, each in words; empty when only the header is shown.
  package let says: [String]
  /// What was sealed and is disclosed here.
  package let disclosed: [String]
  /// How many sealed sections stay closed.
  package let closedCount: Int
  /// Of a change of owner: to whom, and how.
  package let owner: OwnerChange?
  /// What the record is called by what this event says plainly, such as a company's name.
  package let recordName: String?
  /// Of a disclosed entry of the directory: what this person is called.
  package let personName: String?
  /// Whether no section is shown.
  package let isHeaderOnly: Bool

  /// A change of owner.
  package struct OwnerChange: Hashable, Sendable {
    /// Such as `user:usr_1`.
    package let to: String
    package let how: String
  }

  /// The type as words: `OpportunityStageChanged` is `opportunity stage changed`.
  package var words: String { Self.words(type) }

  /// `legalName` as people read it: `legal name`.
  package static func words(_ name: String) -> String {
    EventTypeWords.words(name).joined(separator: " ")
  }
}

extension EvidenceLine {
  /// Reads a verified event with the catalogue of this program; a message that it does not know is
  /// named, and never guessed at.
  package init(_ event: VerifiedEvent) {
    let leaf = event.leaf
    index = event.index
    recordedAt = leaf.recordedAt
    stream = leaf.stream
    revision = leaf.revision.rawValue
    type = leaf.type
    actor = leaf.actor
    onBehalfOf = leaf.onBehalfOf
    assurance = event.assurance
    isHeaderOnly = event.sections.isEmpty
    var reading = SectionReading()
    for number in event.sections.keys.sorted() {
      guard let section = event.sections[number] else { continue }
      reading.read(section, kind: leaf.sections[number].kind)
    }
    occurredAt = reading.occurredAt
    commandName = reading.commandName
    reasonCode = reading.reasonCode
    says = reading.says
    disclosed = reading.disclosed
    owner = reading.owner
    recordName = reading.recordName
    personName = leaf.stream.hasPrefix("user-usr_") ? reading.personName : nil
    closedCount = leaf.sections.enumerated().count { number, header in
      header.kind.isSealed && event.sections[number]?.text == nil
    }
  }
}

/// What the sections of one event say.
private struct SectionReading {
  var occurredAt: Timestamp?
  var commandName = ""
  var reasonCode = ""
  var says: [String] = []
  var disclosed: [String] = []
  var owner: EvidenceLine.OwnerChange?
  var recordName: String?
  var personName: String?

  mutating func read(_ section: VerifiedSection, kind: SectionHeader.Kind) {
    switch (section, kind) {
    case (.closed, _), (_, .actorProof), (_, .sealedActorProof): return
    case (.plain(let text), .plain), (.plain(let text), .sealed): readPlain(text)
    case (.opened(let text), .plain), (.opened(let text), .sealed): readOpened(text)
    }
  }

  private mutating func readPlain(_ text: SectionText) {
    guard let name = ContentType.messageName(text.contentType) else {
      return says.append(Self.other(text))
    }
    if name == Metadata.protoMessageName {
      do {
        let metadata = try Metadata(serializedBytes: text.bytes)
        occurredAt = Timestamp(microseconds: metadata.occurredAtUs)
        commandName = metadata.commandName
        reasonCode = metadata.reasonCode
      } catch { says.append("metadata that can't be read") }
      return
    }
    guard name != "google.protobuf.FileDescriptorSet" else {
      return says.append("the schema of the events behind it, \(text.bytes.count) bytes")
    }
    do throws(PayloadError) {
      let payload = try Payload(messageName: name, content: text.bytes)
      let json = JSONValue(text: try payload.json())
      says += Self.members(json)
      recordName = json["name"]?.string ?? json["companyName"]?.string ?? json["title"]?.string
      if case .ownership(let event) = payload {
        owner = EvidenceLine.OwnerChange.make(event)
      }
    } catch { says.append("\(error)") }
  }

  private mutating func readOpened(_ text: SectionText) {
    guard let name = ContentType.messageName(text.contentType) else {
      return disclosed.append(Self.other(text))
    }
    do {
      switch name {
      case ReasonText.protoMessageName:
        disclosed.append("reason: \(try ReasonText(serializedBytes: text.bytes).text)")
      case ClientData.protoMessageName:
        disclosed += Self.members(JSONValue(try ClientData(serializedBytes: text.bytes)))
      default:
        let payload = try PersonalPayload(messageName: name, content: text.bytes)
        let json = JSONValue(text: try payload.json())
        personName = json["name"]?["full"]?.string ?? personName
        disclosed += Self.members(json)
      }
    } catch { disclosed.append("\(name), which this program can't read") }
  }

  /// Content that is no message of the catalogue: JSON as it stands, or its type alone.
  private static func other(_ text: SectionText) -> String {
    guard text.contentType == ContentType.json,
      let json = String(validating: text.bytes, as: UTF8.self)
    else { return "\(text.contentType), \(text.bytes.count) bytes" }
    return json
  }

  private static func members(_ json: JSONValue) -> [String] {
    json.members.compactMap { name, value in
      value.words.map { "\(EvidenceLine.words(name)): \($0)" }
    }
  }
}

extension EvidenceLine.OwnerChange {
  fileprivate static func make(_ event: OwnershipEvent.OneOf_Event) -> Self? {
    switch event {
    case .ownershipAssigned(let assigned):
      Self(
        to: FieldText.text(assigned.to) ?? "",
        how: "assigned (\(FieldText.code(assigned.method) ?? "no method"))")
    case .ownershipTransferred(let transferred):
      Self(
        to: FieldText.text(transferred.to) ?? "",
        how: "transferred (\(FieldText.code(transferred.cause) ?? "no cause"))")
    case .ownershipClaimed(let claimed):
      Self(to: "user:\(claimed.by)", how: "claimed from \(claimed.poolID)")
    case .ownershipReleasedToPool(let released):
      Self(
        to: "pool:\(released.poolID)",
        how: "released (\(FieldText.code(released.cause) ?? "no cause"))")
    case .ownershipTransferRequested, .ownershipTransferAccepted, .ownershipTransferDeclined,
      .ownershipTransferCancelled, .ownershipRecycleWarned, .ownershipLocked, .ownershipUnlocked,
      .ownershipFrozen, .ownershipUnfrozen, .protectionGranted, .protectionExtended,
      .protectionEnded, .collaboratorAdded, .collaboratorRemoved:
      nil
    }
  }
}

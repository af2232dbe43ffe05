package import EventModel
package import Schema
internal import SwiftProtobuf

/// Names a record: its type and its identifier.
package struct RecordKey: Hashable, Sendable {
  package let type: ObjectType.Code
  package let id: String

  package init(_ type: ObjectType.Code, _ id: String) {
    self.type = type
    self.id = id
  }

  package init(_ reference: RecordRef) { self.init(reference.objectType, reference.id) }

  package var reference: RecordRef {
    RecordRef.with {
      $0.objectType = type
      $0.id = id
    }
  }

  /// As it stands in streams, tags and sentences, such as `account`.
  package var typeName: String { type.streamCategory }

  /// `<type>-<id>`; `nil` when the identifier can't stand in a stream's name.
  package var stream: StreamName? { StreamName("\(typeName)-\(id)") }
  /// `<type>:<id>`; `nil` when the identifier can't stand in a tag.
  package var tag: Tag? { Tag("\(typeName):\(id)") }
}

extension RecordKey {
  /// Reads `<type>:<id>`; `nil` for anything else.
  package init?(text: String) {
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, !parts[1].isEmpty,
      let type = ObjectType.Code.byCategory[String(parts[0])]
    else { return nil }
    self.init(type, String(parts[1]))
  }
}

extension RecordKey: CustomStringConvertible {
  package var description: String { "\(typeName):\(id)" }
}

extension RecordKey {
  /// The record whose stream this is; `nil` for streams that are no record's.
  package init?(_ stream: StreamName) {
    guard let type = ObjectType.Code.byCategory[stream.category] else { return nil }
    self.init(type, stream.id)
  }

  package static func account(_ id: String) -> Self { Self(.account, id) }
  package static func contact(_ id: String) -> Self { Self(.contact, id) }
  package static func lead(_ id: String) -> Self { Self(.lead, id) }
  package static func opportunity(_ id: String) -> Self { Self(.opportunity, id) }
  package static func ticket(_ id: String) -> Self { Self(.ticket, id) }
  package static func user(_ id: String) -> Self { Self(.user, id) }
  package static func team(_ id: String) -> Self { Self(.team, id) }
  package static func duplicateCase(_ id: String) -> Self { Self(.duplicateCase, id) }
  package static func pipeline(_ id: String) -> Self { Self(.pipeline, id) }
  package static func pool(_ id: String) -> Self { Self(.pool, id) }
  package static func registration(_ id: String) -> Self { Self(.registration, id) }
  package static func task(_ id: String) -> Self { Self(.task, id) }
  package static func dispute(_ id: String) -> Self { Self(.dispute, id) }
  package static func handover(_ id: String) -> Self { Self(.handover, id) }
  package static func slaPolicy(_ id: String) -> Self { Self(.slaPolicy, id) }
  package static func businessCalendar(_ id: String) -> Self { Self(.businessCalendar, id) }
}

extension ObjectType.Code {
  fileprivate static let byCategory = Dictionary(
    allCases.map { ($0.streamCategory, $0) }, uniquingKeysWith: { first, _ in first })

  /// The category of this type's streams: the aggregate's name in camelCase.
  package var streamCategory: String {
    switch self {
    case .objectTypeUnspecified, .UNRECOGNIZED: "unknown"
    case .lead: "lead"
    case .account: "account"
    case .contact: "contact"
    case .opportunity: "opportunity"
    case .ticket: "ticket"
    case .quote: "quote"
    case .contract: "contract"
    case .order: "order"
    case .payment: "payment"
    case .subscription: "subscription"
    case .activity: "activity"
    case .task: "task"
    case .campaign: "campaign"
    case .partner: "partner"
    case .user: "user"
    case .team: "team"
    case .pipeline: "pipeline"
    case .organization: "organization"
    case .pool: "pool"
    case .registration: "registration"
    case .dispute: "dispute"
    case .handover: "handover"
    case .import: "import"
    case .duplicateCase: "duplicateCase"
    case .slaPolicy: "slaPolicy"
    case .businessCalendar: "businessCalendar"
    case .disputeRuleBook: "disputeRuleBook"
    case .permissions: "permissions"
    case .export: "export"
    }
  }
}

internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// Values as the text that people read; `nil` for what is absent.
enum FieldText {
  /// A code of the catalogue; `nil` for "unspecified".
  static func code<Code: SwiftProtobuf.Enum>(_ value: Code) -> String? {
    guard value.rawValue != 0 else { return nil }
    // Swift's name of a grade is in lower case, people's is not.
    return value is Grade.Code ? "\(value)".uppercased() : "\(value)"
  }

  static func text(_ owner: OwnerRef) -> String? {
    guard let kind = code(owner.kind) else { return nil }
    return "\(kind):\(owner.id)"
  }

  static func text(_ reference: RecordRef) -> String? {
    guard let type = code(reference.objectType) else { return nil }
    return "\(type):\(reference.id)"
  }

  /// Minor units as they are: how many decimals a currency has is the renderer's to know.
  static func text(_ money: Money) -> String? {
    money.currency.isEmpty ? nil : "\(money.amountMinor) \(money.currency)"
  }

  static func text(_ value: FieldValue) -> String? {
    switch value.value {
    case .text(let text): text.isEmpty ? nil : text
    case .integer(let integer): String(integer)
    case .decimal(let decimal): decimal
    case .boolean(let boolean): String(boolean)
    case .money(let money): text(money)
    case .date(let date): date
    case .instant(let instant): text(instant)
    case .reference(let reference): text(reference)
    case .list(let list): joined(list.values.compactMap { text($0) })
    case nil: nil
    }
  }

  static func text(_ instant: Google_Protobuf_Timestamp) -> String {
    Timestamp(microseconds: instant.seconds &* 1_000_000 &+ Int64(instant.nanos / 1000)).description
  }

  static func joined(_ texts: [String]) -> String? {
    texts.isEmpty ? nil : texts.joined(separator: ", ")
  }

  /// Any message, by its own form or else by its JSON mapping.
  static func text(_ message: any Message) -> String? {
    switch message {
    case let owner as OwnerRef: text(owner)
    case let reference as RecordRef: text(reference)
    case let money as Money: text(money)
    case let value as FieldValue: text(value)
    case let instant as Google_Protobuf_Timestamp: text(instant)
    default: JSONValue(message).words
    }
  }
}

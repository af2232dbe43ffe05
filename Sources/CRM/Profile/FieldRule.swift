internal import EventModel
internal import Schema

/// Rules of single fields that the commands on people and companies share.
enum FieldRule {
  /// The most bytes a short text may have.
  static let byteLimit = 500
  /// The most bytes a free text may have.
  static let longByteLimit = 100_000

  static func text(_ text: String, _ field: String, limit: Int = byteLimit) throws(Refusal) {
    guard text.utf8.count <= limit else {
      throw Refusal(
        .tooLong, "\(field) has \(text.utf8.count) bytes; give \(limit) at the most.", field: field)
    }
  }

  static func required(_ text: String, _ field: String, of thing: String) throws(Refusal) {
    guard !text.trimmed.isEmpty else { throw .required(field, of: thing) }
    try Self.text(text, field, limit: longByteLimit)
  }

  /// ACC-1, CA-1.
  static func name(
    _ name: String, _ field: String, of subject: NameRule.Subject
  ) throws(Refusal) {
    switch NameRule.fault(in: name, of: subject) {
    case nil: return
    case .empty: throw .required(field, of: "The customer")
    case .tooLong: try text(name, field, limit: NameRule.byteLimit)
    case .controlCharacter:
      throw Refusal(
        .format, "\(field) holds a control character; give a name of one line.", field: field)
    case .titleOnly:
      throw Refusal(
        .format, "\(field) is a title and no name; give the name, and keep the title in its field.",
        field: field)
    }
  }

  static func unifiedSocialCreditCode(_ text: String) throws(Refusal) -> String {
    guard !text.isEmpty else { return "" }
    guard let code = UnifiedSocialCreditCode(text) else {
      throw Refusal(
        .format,
        "unifiedSocialCreditCode has not 18 characters of its alphabet with a right check "
          + "character; compare it with the licence.", field: "unifiedSocialCreditCode")
    }
    return code.text
  }

  static func date(_ text: String, _ field: String) throws(Refusal) {
    guard text.isEmpty || CalendarDate(text) != nil else {
      throw Refusal(
        .format, "\(field) is no day of the form 2026-04-30; correct it.", field: field)
    }
  }

  static func source(_ source: Source) throws(Refusal) {
    guard source.channel != .sourceChannelUnspecified else {
      throw .required("source.channel", of: "The record")
    }
    if case .UNRECOGNIZED(let value) = source.channel {
      throw .unknownCode("\(value)", field: "source.channel")
    }
  }

  static func externalIDs(_ ids: [ExternalId]) throws(Refusal) {
    for id in ids {
      guard !id.system.isEmpty, !id.id.isEmpty else {
        throw Refusal(
          .required, "externalIds has an entry without system or id; give both.",
          field: "externalIds")
      }
      try text(id.system, "externalIds.system", limit: 80)
      try text(id.id, "externalIds.id", limit: 200)
    }
  }

  static func customFields(_ fields: [CustomField]) throws(Refusal) {
    guard Set(fields.map(\.key)).count == fields.count else {
      throw Refusal(
        .inconsistent, "customFields names a field twice; give each once.", field: "customFields")
    }
    for field in fields {
      try required(field.key, "customFields.key", of: "An entry of customFields")
      try text(field.key, "customFields.key", limit: 80)
    }
  }

  /// An identifier of a new record: `<prefix>_` and letters that a stream's name may have.
  static func newID(_ record: RecordKey, prefix: String, field: String) throws(Refusal) {
    guard record.id.hasPrefix("\(prefix)_"), record.stream != nil, record.id.utf8.count <= 100
    else {
      throw Refusal(
        .format,
        "\(field) “\(record.id)” is no identifier of the form \(prefix)_01KAKV…; leave it "
          + "out to have one made.", field: field)
    }
  }
}

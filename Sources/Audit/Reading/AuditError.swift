package import CRM
package import EventModel
package import LMDB
package import Schema
package import Vault

/// Why a question about the past has no answer.
package enum AuditError: Error, Hashable, Sendable {
  case storage(LMDBError)
  case vault(VaultError)
  /// The event there is newer than this code, or not of the catalogue's form.
  case unreadable(Position, PayloadError)
  /// A sealed section was altered, or is not the one its leaf speaks of.
  case damagedSection(Position, section: Int)
  /// No aggregate of this version has streams of this category.
  case unknownRecordType(String)
  /// The text can't be a record's identifier.
  case badIdentifier(String)
  /// The record has never had a field of this name; these it has.
  case unknownField(String, known: [String])
  /// There is no record of this name.
  case unknownRecord(RecordKey)
}

extension AuditError: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

extension AuditError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .storage(let error): "The log could not be read: \(error)."
    case .vault(let error): "\(error)"
    case .unreadable(let position, let error): "The event at \(position) can't be read: \(error)"
    case .damagedSection(let position, let section):
      "Section \(section) of the event at \(position) is damaged: run `deed log verify`."
    case .unknownRecordType(let type):
      "There are no records of type “\(type)”: ask for an account, a contact, a lead and so on."
    case .badIdentifier(let id): "“\(id)” is no identifier: give it as `deed show` prints it."
    case .unknownRecord(let key): "There is no \(key.typeName) \(key.id): check its identifier."
    case .unknownField(let field, let known):
      "The record never had a field “\(field)”: it has \(known.joined(separator: ", "))."
    }
  }
}

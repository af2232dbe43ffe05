/// Why bytes or text are no event that this code can read.
package enum PayloadError: Error, Hashable, Sendable {
  /// No message of the catalogue has this name.
  case unknownMessage(String)
  /// No event of the catalogue has this type.
  case unknownType(String)
  /// No command has this name.
  case unknownCommand(String)
  /// The message holds an event that is newer than this code: its field number, 0 for none.
  case newerEvent(message: String, fieldNumber: Int)
  /// A field holds a value of an enumeration that is newer than this code.
  case newerValue(String, Int)
  /// The bytes or the text are no such message.
  case malformed(message: String, reason: String)
}

extension PayloadError: CustomStringConvertible {
  /// One sentence that says what to do.
  package var description: String {
    switch self {
    case .unknownMessage(let name):
      "The message \(name) is not in this version's catalogue; read the log with a newer version."
    case .unknownType(let name):
      "The event type \(name) is not in this version's catalogue; check its spelling, or use a "
        + "newer version."
    case .unknownCommand(let name):
      "There is no command \(name); check its spelling."
    case .newerEvent(let message, let number):
      "An event of \(message) (field \(number)) is newer than this version; read the log with a "
        + "newer version."
    case .newerValue(let field, let value):
      "\(field) has the value \(value), which is newer than this version; read the log with a "
        + "newer version."
    case .malformed(let message, let reason):
      "This is no \(message): \(reason); correct it by the catalogue."
    }
  }
}

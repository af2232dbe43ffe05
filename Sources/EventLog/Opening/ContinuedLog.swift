internal import Transparency

/// The log that a new one goes on from: a log ends, and its last checkpoint stands in the next.
struct ContinuedLog {
  private let origin: String
  private let note: String

  /// - Throws: ``OpenError/invalid(_:)`` unless `note` is a signed checkpoint of another log.
  init(_ note: String, origin: String) throws(OpenError) {
    self.note = note
    do throws(NoteError) {
      self.origin = try Checkpoint(parsing: try SignedNote(parsing: note).text).origin
    } catch { throw .invalid("the checkpoint to continue from can't be read: \(error)") }
    guard !self.origin.utf8.elementsEqual(origin.utf8) else {
      throw .invalid("a log can't continue under its own name \(origin): give it another")
    }
  }

  /// The members of `LogCreated` that say it, each with its comma.
  var members: String {
    #""previous_checkpoint":\#(Self.quoted(note)),"previous_origin":\#(Self.quoted(origin)),"#
  }

  /// A note has no control characters but line feeds.
  private static func quoted(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output + "\""
  }
}

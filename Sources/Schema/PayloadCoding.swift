import Foundation
import SwiftProtobuf

/// What the generated code does with bytes and text.
enum PayloadCoding {
  /// How deep messages may nest: a value's lists in lists.
  static let depthLimit = 32

  static func message<M: Message>(_ content: [UInt8]) throws(PayloadError) -> M {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = depthLimit
    do {
      return try M(serializedBytes: content, options: options)
    } catch {
      throw .malformed(message: M.protoMessageName, reason: "\(error)")
    }
  }

  static func bytes(_ message: some Message) -> [UInt8] {
    do {
      return try message.serializedBytes()
    } catch {
      // Required fields and `Any` are the only reasons, and the catalogue has neither.
      preconditionFailure("\(error) while a message without required fields was written")
    }
  }

  static func json<M: Message>(_ json: [UInt8], of name: String) throws(PayloadError) -> M {
    var options = JSONDecodingOptions()
    options.messageDepthLimit = depthLimit
    do {
      return try M(jsonUTF8Bytes: json, options: options)
    } catch {
      throw .malformed(message: name, reason: "\(error)")
    }
  }

  static func json(_ message: some Message, of name: String) throws(PayloadError) -> String {
    do {
      return try message.jsonString()
    } catch {
      throw .malformed(message: name, reason: "\(error)")
    }
  }

  /// The error for a message whose event this code doesn't know: its number is the first of the
  /// unknown fields.
  static func unset(_ unknown: UnknownStorage, in message: String) -> PayloadError {
    var number: UInt64 = 0
    var shift: UInt64 = 0
    for byte in unknown.data.prefix(10) {
      number |= UInt64(byte & 0x7f) << shift
      shift += 7
      if byte & 0x80 == 0 { break }
    }
    return .newerEvent(message: message, fieldNumber: Int(truncatingIfNeeded: number >> 3))
  }
}

import Foundation
import Schema
import SwiftProtobuf

/// Makes one event of a type with every field filled in, the same for the same schema.
struct SampleEvent {
  private var messages: [String: Google_Protobuf_DescriptorProto] = [:]
  private var enumerations: [String: Google_Protobuf_EnumDescriptorProto] = [:]

  init(descriptor: [UInt8]) throws {
    let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: descriptor)
    for file in set.file {
      for message in file.messageType { add(message, in: file.package) }
      for enumeration in file.enumType {
        enumerations["\(file.package).\(enumeration.name)"] = enumeration
      }
    }
  }

  private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
    let name = "\(scope).\(message.name)"
    messages[name] = message
    for nested in message.nestedType { add(nested, in: name) }
    for enumeration in message.enumType {
      enumerations["\(name).\(enumeration.name)"] = enumeration
    }
  }

  /// The event that field `caseName` of `message` holds, in the JSON mapping of proto3.
  func json(of caseName: String, in message: String) throws -> String {
    guard let field = messages[message]?.field.first(where: { $0.name == caseName }) else {
      throw Missing(name: "\(message).\(caseName)")
    }
    return try value(of: field, depth: 0)
  }

  struct Missing: Error { let name: String }

  private func object(_ name: String, depth: Int) throws -> String {
    if name == "google.protobuf.Timestamp" { return "\"2026-02-03T04:05:06.789Z\"" }
    guard let message = messages[name] else { throw Missing(name: name) }
    // A message that holds itself ends there.
    guard depth < 6 else { return "{}" }
    var seen: Set<Int32> = []
    var members: [String] = []
    for field in message.field {
      // Of those that exclude each other, the first.
      if field.hasOneofIndex, !field.proto3Optional, !seen.insert(field.oneofIndex).inserted {
        continue
      }
      let value = try value(of: field, depth: depth + 1)
      members.append("\"\(field.jsonName)\":\(field.label == .repeated ? "[\(value)]" : value)")
    }
    return "{\(members.joined(separator: ","))}"
  }

  private func value(
    of field: Google_Protobuf_FieldDescriptorProto, depth: Int
  ) throws -> String {
    let type = String(field.typeName.dropFirst())
    switch field.type {
    case .message: return try object(type, depth: depth)
    case .enum:
      guard let value = enumerations[type]?.value.last else { throw Missing(name: type) }
      return "\"\(value.name)\""
    case .string: return "\"\(field.name) \(field.number)\""
    case .bool: return "true"
    case .bytes: return "\"\(Data("\(field.name) \(field.number)".utf8).base64EncodedString())\""
    case .int64, .uint64, .sint64, .fixed64, .sfixed64: return "\"\(field.number + 1_000_000)\""
    case .int32, .uint32, .sint32, .fixed32, .sfixed32: return "\(field.number + 100)"
    case .double, .float, .group: throw Missing(name: "a sample of \(field.name)")
    }
  }
}

import EventModel
import Foundation
import Schema
import SwiftProtobuf
import TestSupport
import Testing

@Suite struct CatalogueTests {
  @Test func `the committed table is the catalogue`() throws {
    let table = try String(
      contentsOf: URL(filePath: "\(PackageRoot.path)/Sources/Schema/catalogue.tsv"),
      encoding: .utf8)
    let lines = table.split(separator: "\n").dropFirst().map { line in
      line.split(separator: "\t").prefix(4).joined(separator: " ")
    }
    let entries = EventCatalogue.entries.map { entry in
      "\(entry.typeName) \(entry.messageName) \(entry.caseName) \(entry.fieldNumber)"
    }
    #expect(Set(lines) == Set(entries))
    #expect(lines.count == entries.count)
  }

  @Test func `every type is of the grammar of event types and stands once`() {
    for entry in EventCatalogue.entries { #expect(EventType(entry.typeName) != nil) }
    #expect(Set(EventCatalogue.entries.map(\.typeName)).count == EventCatalogue.entries.count)
  }

  @Test func `the descriptor set is what its digest says and holds the catalogue`() throws {
    let bytes = SchemaDescriptor.bytes
    #expect(Digest.sha256(bytes).hex == SchemaDescriptor.sha256)
    let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
    var seen: Set<String> = []
    for file in set.file {
      for dependency in file.dependency { #expect(seen.contains(dependency), "of \(file.name)") }
      seen.insert(file.name)
    }
    let messages = Set(
      set.file.flatMap { file in file.messageType.map { "\(file.package).\($0.name)" } })
    for entry in EventCatalogue.entries {
      #expect(messages.contains(entry.messageName))
      #expect(messages.contains(entry.eventMessageName))
      if let personal = entry.personalMessageName { #expect(messages.contains(personal)) }
    }
  }

  @Test func `no message has a binary fraction or a value of any kind`() throws {
    let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: SchemaDescriptor.bytes)
    for file in set.file where file.package.hasPrefix("deed.") {
      for message in file.messageType {
        for field in message.field {
          let name = "\(message.name).\(field.name)"
          #expect(field.type != .double && field.type != .float, "\(name)")
          #expect(!field.typeName.hasSuffix("protobuf.Value"), "\(name)")
          #expect(!message.options.mapEntry, "\(name)")
        }
      }
    }
  }

  @Test func `the zero of every enumeration says that nothing was said`() throws {
    let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: SchemaDescriptor.bytes)
    for file in set.file where file.package.hasPrefix("deed.") {
      #expect(file.enumType.isEmpty, "\(file.name) has an enumeration outside a message")
      for value in file.messageType.flatMap(\.enumType).compactMap(\.value.first) {
        #expect(value.number == 0)
        // Events spell their values as JSON shows them, services as Protocol Buffers do.
        let name = file.service.isEmpty ? value.name : value.name.lowercased()
        #expect(name.hasSuffix("_unspecified"))
      }
    }
  }
}

@Suite struct PayloadTests {
  @Test(arguments: EventCatalogue.entries)
  func `every event survives bytes and JSON`(entry: EventCatalogue.Entry) throws {
    let payload = try Payload(typeName: entry.typeName, json: Array("{}".utf8))
    #expect(payload.typeName == entry.typeName)
    #expect(payload.messageName == entry.messageName)
    let bytes = payload.serialized()
    // The key of the oneof's field, then an empty message.
    #expect(bytes.last == 0)
    #expect(try Payload(messageName: entry.messageName, content: bytes) == payload)
    #expect(try payload.json() == "{}")
  }

  @Test func `the codes stand in JSON as people write them`() throws {
    let payload = try Payload(
      typeName: "OwnershipAssigned",
      json: Array(#"{"to":{"kind":"user","id":"usr_1"},"method":"roundRobin"}"#.utf8))
    #expect(
      payload
        == .ownership(
          .ownershipAssigned(
            .with {
              $0.to = .with { ($0.kind, $0.id) = (.user, "usr_1") }
              $0.method = .roundRobin
            })))
    #expect(try payload.json() == #"{"to":{"kind":"user","id":"usr_1"},"method":"roundRobin"}"#)
  }

  @Test func `what is newer than the code is refused by its name`() throws {
    #expect(throws: PayloadError.unknownMessage("deed.crm.v1.QuoteEvent")) {
      try Payload(messageName: "deed.crm.v1.QuoteEvent", content: [])
    }
    #expect(throws: PayloadError.unknownType("QuoteDrafted")) {
      try Payload(typeName: "QuoteDrafted", json: Array("{}".utf8))
    }
    // Field 200 with an empty message.
    #expect(throws: PayloadError.newerEvent(message: "TagEvent", fieldNumber: 200)) {
      try Payload(messageName: "deed.crm.v1.TagEvent", content: [0xc2, 0x0c, 0x00])
    }
    let graded = AccountEvent.with {
      $0.accountGraded = .with { $0.to = .UNRECOGNIZED(77) }
    }
    let bytes: [UInt8] = try graded.serializedBytes()
    #expect(throws: PayloadError.newerValue("AccountGraded.to", 77)) {
      try Payload(messageName: "deed.crm.v1.AccountEvent", content: bytes)
    }
  }

  @Test(arguments: [
    #"{"tagID":"x"}"#, #"{"nosuch":1}"#, #"{"tagId":1}"#, "[]", "", #"{"origin":"NOSUCH"}"#,
    String(repeating: "[", count: 10_000),
  ])
  func `a text that is no such message is refused`(json: String) {
    #expect(throws: PayloadError.self) {
      try Payload(typeName: "TagApplied", json: Array(json.utf8))
    }
  }

  @Test func `damaged bytes never trap`() throws {
    let bytes = try Payload(
      typeName: "LeadRated", json: Array(#"{"from":"A","to":"B","basis":"model"}"#.utf8)
    ).serialized()
    for seed in 1...2000 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let damaged = bytes.mutated(using: &generator)
      do throws(PayloadError) {
        let payload = try Payload(messageName: "deed.crm.v1.LeadEvent", content: damaged)
        #expect(payload.messageName == "deed.crm.v1.LeadEvent", "seed \(seed)")
      } catch {
        #expect(!error.description.isEmpty, "seed \(seed)")
      }
    }
  }

  @Test func `a command is found by its name`() throws {
    let command = try CommandPayload(
      name: "CreateTeam", json: Array(#"{"teamId":"tea_1","name":"North"}"#.utf8))
    #expect(command == .team(.createTeam(.with { ($0.teamID, $0.name) = ("tea_1", "North") })))
    #expect(command.name == "CreateTeam")
    #expect(throws: PayloadError.unknownCommand("CreateTeams")) {
      try CommandPayload(name: "CreateTeams", json: [])
    }
    #expect(Set(CommandPayload.names).count == CommandPayload.names.count)
  }
}

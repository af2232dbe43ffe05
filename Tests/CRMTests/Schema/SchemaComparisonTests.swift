import Foundation
import Schema
import SwiftProtobuf
import TestSupport
import Testing

/// The catalogue against every release's, and against changes that must not be.
@Suite struct SchemaComparisonTests {
  @Test func `the catalogue reads what every release wrote`() throws {
    let folder = "\(PackageRoot.path)/Fixtures/catalogue"
    let releases = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".binpb") }
    #expect(releases.contains("0.1.0.binpb"))
    for release in releases {
      let bytes = try [UInt8](Data(contentsOf: URL(filePath: "\(folder)/\(release)")))
      let comparison = try SchemaComparison(from: bytes, to: SchemaDescriptor.bytes)
      #expect(comparison.faults.isEmpty, "against \(release): \(comparison.faults)")
    }
  }

  @Test func `a catalogue does not differ from itself, and additions are no faults`() throws {
    let same = try SchemaComparison(from: SchemaDescriptor.bytes, to: SchemaDescriptor.bytes)
    #expect(same.faults.isEmpty && same.additions.isEmpty)
    let grown = try changed { message in
      message.field.append(
        .with {
          ($0.name, $0.number, $0.type, $0.label) = ("colour", 900, .string, .optional)
        })
    }
    #expect(grown.faults.isEmpty)
    #expect(grown.additions == ["deed.crm.v1.TicketOpened.colour = 900"])
  }

  @Test func `what would make old events unreadable is named with what to do instead`() throws {
    func faults(_ change: (inout Google_Protobuf_DescriptorProto) -> Void) throws -> String {
      let faults = try changed(change).faults
      #expect(faults.count >= 1)
      return faults.joined(separator: " ")
    }
    #expect(try faults { $0.field.remove(at: 0) }.contains("is gone: put it back"))
    #expect(try faults { $0.field[0].type = .int64 }.contains("new version of the event"))
    #expect(try faults { $0.field[0].label = .repeated }.contains("repeated"))
    #expect(try faults { $0.field[0].name = "other" }.contains("keep the name"))
    #expect(
      try faults {
        $0.field[0].name = "other"
        $0.field[0].type = .bool
      }.contains("give other the next free number"))
    #expect(try faults { $0.field[0].jsonName = "other" }.contains("keep the json_name"))
    #expect(try faults { $0.field[0].proto3Optional.toggle() }.contains("was not given"))
    #expect(try faults { $0.field[0].number = 901 }.contains("give it its number back"))
  }

  @Test func `an event that is removed, and a value that changed, are named`() throws {
    var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: SchemaDescriptor.bytes)
    let file = try #require(set.file.firstIndex { $0.name.hasSuffix("ticket.proto") })
    let event = try #require(
      set.file[file].messageType.firstIndex { $0.name == "TicketEvent" })
    set.file[file].messageType[event].field.removeAll { $0.name == "ticket_closed" }
    set.file[file].messageType.removeAll { $0.name == "TicketClosed" }
    let list = try #require(
      set.file[file].messageType.firstIndex { $0.name == "TicketPriority" })
    set.file[file].messageType[list].enumType[0].value[1].name = "lowest"
    let faults = try SchemaComparison(
      from: SchemaDescriptor.bytes, to: set.serializedBytes()
    ).faults
    #expect(faults.contains { $0.hasPrefix("The field deed.crm.v1.TicketEvent.ticket_closed") })
    #expect(faults.contains { $0.hasPrefix("The message deed.crm.v1.TicketClosed is gone") })
    #expect(faults.contains { $0.contains("TicketPriority.Code was low and is lowest") })
    #expect(throws: PayloadError.self) {
      try SchemaComparison(from: [0xff], to: SchemaDescriptor.bytes)
    }
  }

  private func changed(
    _ change: (inout Google_Protobuf_DescriptorProto) -> Void
  ) throws -> SchemaComparison {
    var set = try Google_Protobuf_FileDescriptorSet(serializedBytes: SchemaDescriptor.bytes)
    let file = try #require(set.file.firstIndex { $0.name.hasSuffix("ticket.proto") })
    let message = try #require(
      set.file[file].messageType.firstIndex { $0.name == "TicketOpened" })
    change(&set.file[file].messageType[message])
    return try SchemaComparison(from: SchemaDescriptor.bytes, to: set.serializedBytes())
  }
}

@Suite struct UpcastTests {
  @Test func `every newer version of an event is what its predecessor leads to`() throws {
    let types = Set(EventCatalogue.entries.map(\.typeName))
    for type in types {
      let parts = type.split(separator: ".v")
      let version = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
      let next = "\(parts[0]).v\(version + 1)"
      let payload = try Payload(typeName: type, json: Array("{}".utf8))
      #expect(payload.nextVersion?.typeName == (types.contains(next) ? next : nil), "\(type)")
      if version > 1 {
        let earlier = version == 2 ? String(parts[0]) : "\(parts[0]).v\(version - 1)"
        #expect(types.contains(earlier), "\(type) has no predecessor")
      }
      #expect(payload.upcast.nextVersion == nil)
      #expect(payload.upcast == payload.upcast.upcast)
    }
  }

  @Test(arguments: [
    ("Accepted/In Progress", "Accepted", "In Progress"), ("Queued", "Queued", ""),
    ("Accepted/Wait - User/x", "Accepted", "Wait - User/x"), ("", "", ""), ("/x", "", "x"),
    ("受理/处理中", "受理", "处理中"),
  ])
  func `a joined status is split into its two facts`(
    joined: String, status: String, substatus: String
  ) throws {
    let old = TicketStatusChanged.with {
      ($0.from, $0.to, $0.sourceStatus, $0.handlingTeamID) = (.new, .assigned, joined, "tea_1")
    }
    let new = TicketStatusChangedV2.with {
      ($0.from, $0.to, $0.sourceStatus, $0.sourceSubstatus) = (.new, .assigned, status, substatus)
      $0.handlingTeamID = "tea_1"
    }
    #expect(
      Payload.ticket(.ticketStatusChanged(old)).upcast == .ticket(.ticketStatusChangedV2(new)))
  }
}

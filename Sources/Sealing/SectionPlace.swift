package import EventModel

/// Which section of which event: what a sealed section is bound to.
///
/// Position and revision are not part of it: sealing comes before the writer gives them.
package struct SectionPlace: Hashable, Sendable {
  package let eventID: EventID
  /// 0…15.
  package let section: UInt8
  package let stream: String
  package let type: String

  /// Traps on a section or a text that no leaf can have.
  package init(eventID: EventID, section: Int, stream: String, type: String) {
    precondition((0..<Leaf.sectionLimit).contains(section), "an event has 16 sections at the most")
    precondition(
      stream.utf8.count <= 255 && type.utf8.count <= 255, "a name has 255 bytes at the most")
    self.eventID = eventID
    self.section = UInt8(section)
    self.stream = stream
    self.type = type
  }

  package init(eventID: EventID, section: Int, stream: StreamName, type: EventType) {
    self.init(eventID: eventID, section: section, stream: stream.text, type: type.text)
  }

  /// HKDF's info for the secret of this section.
  func secretInfo(_ keyID: KeyID) -> [UInt8] {
    var bytes = Array("deed/event-secret/v1".utf8) + [0]
    bytes.append(contentsOf: keyID.bytes)
    bytes.append(contentsOf: eventID.bytes)
    bytes.append(section)
    return bytes
  }

  /// What AES-GCM authenticates beside the content.
  func associatedData(_ keyID: KeyID) -> [UInt8] {
    var bytes = Array("deed/seal/v1".utf8) + [0]
    bytes.append(contentsOf: eventID.bytes)
    bytes.append(section)
    bytes.append(contentsOf: keyID.bytes)
    bytes.append(str8: stream)
    bytes.append(str8: type)
    return bytes
  }
}

/// What a section holds, in clear.
package struct SectionContent: Hashable, Sendable {
  package let contentType: String
  package let content: [UInt8]

  package init(contentType: String, content: [UInt8]) {
    self.contentType = contentType
    self.content = content
  }
}

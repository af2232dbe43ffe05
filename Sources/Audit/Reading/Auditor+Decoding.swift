package import EventLog
internal import EventModel
internal import LMDB
internal import Schema
internal import Sealing
internal import SwiftProtobuf
internal import Vault

extension Auditor {
  /// Visits the selected events with their sections read.
  ///
  /// - Complexity: an event at a time is in memory.
  func visit(
    _ selection: EventSelection,
    _ body: (DecodedEvent) throws(AuditError) -> Continuation
  ) throws(AuditError) {
    try log.scan(selection) { layout, record throws(AuditError) in
      try body(try decode(RecordedEvent(copying: record, layout: layout)))
    }
  }

  /// Reads the sections of one event.
  package func decode(_ event: RecordedEvent) throws(AuditError) -> DecodedEvent {
    let metadata: Metadata?
    let payload: Payload?
    do throws(PayloadError) {
      metadata = try event.metadata()
      payload = try event.payload()
    } catch {
      throw .unreadable(event.position, error)
    }
    var parts: [SealedPart] = []
    let subjects = metadata?.sealed.map(\.subject) ?? []
    for index in 0..<event.sectionCount {
      let header = event.section(index)
      guard header.kind == .sealed else { continue }
      parts.append(
        SealedPart(
          section: index, keyID: header.keyID,
          subject: parts.count < subjects.count ? subjects[parts.count] : "",
          content: try open(index, header, of: event)))
    }
    return DecodedEvent(
      event: event, metadata: metadata ?? Metadata(), payload: payload, sealedParts: parts)
  }

  private func open(
    _ index: Int, _ header: SectionHeader, of event: RecordedEvent
  ) throws(AuditError) -> Sealed<SealedContent> {
    let blob = event.blob(index)
    let place = SectionPlace(
      eventID: event.eventID, section: index, stream: event.stream, type: event.type)
    let unsealed: Unsealed
    do throws(VaultError) {
      unsealed = try vault.open(blob.span, under: header.keyID, at: place)
    } catch {
      throw .vault(error)
    }
    switch unsealed {
    case .value(let content):
      guard Digest.sha256(blob) == header.digest else {
        throw .damagedSection(event.position, section: index)
      }
      return .value(try read(content, of: event))
    case .erased(let receipt): return .erased(receipt: receipt)
    case .unknownKey: return try destruction(of: header.keyID)
    case .notThisKey, .damaged: throw .damagedSection(event.position, section: index)
    }
  }

  /// A key that the vault never had, or can't say anything of, may be destroyed all the same.
  private func destruction(of keyID: KeyID) throws(AuditError) -> Sealed<SealedContent> {
    do throws(LMDBError) {
      guard let receipt = try log.destruction(of: keyID) else { return .hidden }
      return .erased(receipt: receipt)
    } catch {
      throw .storage(error)
    }
  }

  private func read(
    _ content: SectionContent, of event: RecordedEvent
  ) throws(AuditError) -> SealedContent {
    guard let name = ContentType.messageName(content.contentType) else {
      return .other(contentType: content.contentType)
    }
    do {
      switch name {
      case ReasonText.protoMessageName:
        return .reason(try ReasonText(serializedBytes: content.content).text)
      case ClientData.protoMessageName:
        return .client(try ClientData(serializedBytes: content.content))
      default: break
      }
    } catch {
      throw .unreadable(event.position, .malformed(message: name, reason: "\(error)"))
    }
    do throws(PayloadError) {
      return .personal(try PersonalPayload(messageName: name, content: content.content))
    } catch .unknownMessage {
      return .other(contentType: content.contentType)
    } catch {
      throw .unreadable(event.position, error)
    }
  }
}

extension Auditor {
  /// The secret that opens one section alone; `nil` when it can't be opened here.
  func secret(
    of blob: [UInt8], under keyID: KeyID, at place: SectionPlace
  ) throws(EvidenceRequestError) -> SectionSecret? {
    do {
      guard try log.destruction(of: keyID) == nil else { return nil }
    } catch { throw .audit(.storage(error)) }
    do {
      return try vault.secret(of: blob.span, under: keyID, at: place)
    } catch { throw .audit(.vault(error)) }
  }

  /// Whether the plain section `index` is what its leaf speaks of; `false` where it was redacted.
  ///
  /// - Throws: `damagedSection` for what is neither: somebody altered it.
  func isWhole(
    _ index: Int, _ blob: [UInt8], of event: RecordedEvent
  ) throws(EvidenceRequestError) -> Bool {
    guard Digest.sha256(blob) != event.section(index).digest else { return true }
    let redaction: Position?
    do throws(LMDBError) {
      redaction = try log.redaction(of: index, at: event.position)
    } catch { throw .audit(.storage(error)) }
    guard redaction != nil, blob.allSatisfy({ $0 == 0 }) else {
      throw .audit(.damagedSection(event.position, section: index))
    }
    return false
  }
}

internal import Audit
internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf
internal import Transparency

/// The sealed evidence of a dispute: made once, made again by anyone.
extension Workspace {
  /// Commands behind which a dispute's evidence is to be sealed.
  static let commandsWithEvidence: Set<String> = ["OpenDispute", "AppealDispute"]

  /// Seals the evidence that the dispute lacks; nothing when it lacks none.
  ///
  /// It is a command of its own, behind the one that opened the dispute: when this process ends
  /// between the two, the next look at the pack seals it, with the same bytes.
  func sealEvidence(of id: String) async throws(ServiceError) {
    let file = try auditing { auditor throws(AuditError) in try auditor.disputeFile(id) }
    guard file.dispute.needsPack else { return }
    let pack = try pack(of: file.dispute, size: file.dispute.nextPackSize, sealed: nil)
    let sealed = DisputeEvidencePackSealed.with {
      $0.fromPosition = 0
      $0.toPosition = pack.toPosition
      $0.queryVersion = DisputePack.queryVersion
      $0.itemCount = pack.itemCount
      $0.sections = pack.sections.map { section in
        .with {
          $0.name = section.name
          $0.itemCount = section.itemCount
          $0.sha256 = Data(section.sha256.bytes)
        }
      }
      $0.merkleRoot = Data(pack.merkleRoot.bytes)
      $0.sha256 = Data(pack.sha256.bytes)
      $0.logRoot = Data(pack.logRoot.bytes)
      if let size = pack.accessSize { $0.accessSize = size }
      if let root = pack.accessRoot { $0.accessRoot = Data(root.bytes) }
    }
    let cause = file.entries.last { entry in
      switch entry.payload {
      case .disputeOpened, .disputeAppealed: true
      case .disputeEvidencePackSealed, .disputeEvidenceAttached, .disputeResponseFiled,
        .disputeArbitratorAssigned, .disputeRuled, .disputeRulingApplied, .disputeWithdrawn,
        .disputeClosed, .disputeResponseOverdue:
        false
      }
    }
    _ = try await perform(
      .dispute(.sealDisputeEvidence(.with { ($0.disputeID, $0.pack) = (id, sealed) })),
      by: ActorID(system: "disputes"), key: "dispute-pack-\(id)-\(file.dispute.packs.count + 1)",
      causation: cause?.event.eventID)
  }

  /// What was seen before the main log had more than `size` events, or what `sealed` says was.
  func accessRecords(
    before size: UInt64, sealed: Dispute.Pack?
  ) throws(ServiceError) -> AccessRecords? {
    guard let log = accessLog?.log else { return nil }
    if let sealed, sealed.accessSize == nil { return nil }
    let found = try auditing { _ throws(AuditError) in
      try AccessRecords.size(of: log, when: size)
    }
    let count = sealed?.accessSize ?? found
    guard count > 0 else { return nil }
    do throws(CheckpointError) {
      return AccessRecords(log: log, size: count, root: try log.root(size: count))
    } catch { throw ServiceError(error) }
  }

  private func pack(
    of dispute: Dispute, size: UInt64, sealed: Dispute.Pack?
  ) throws(ServiceError) -> DisputePack {
    try flushAccessLog()
    let access = try accessRecords(before: size, sealed: sealed)
    let root: EventModel.Digest
    do throws(CheckpointError) { root = try log.root(size: size) } catch {
      throw ServiceError(error)
    }
    return try auditing { auditor throws(AuditError) in
      try auditor.disputePack(
        of: dispute.subject, dispute: dispute.id, size: size, logRoot: root, access: access,
        version: sealed?.queryVersion ?? DisputePack.queryVersion)
    }
  }

  /// Builds a dispute's pack again, and says whether it is the one that was sealed.
  ///
  /// - Parameters:
  ///   - id: the dispute.
  ///   - number: 1 for the claim's pack, 2 for the appeal's; the last one when `nil`.
  ///   - size: the pack as of so many events instead, which was never sealed.
  ///   - path: a new file to write it to.
  /// - Returns: refused when the pack is not the sealed one.
  /// - Throws: ``ServiceError`` when there is no such dispute or pack, or the file is there.
  public func disputePack(
    _ id: String, number: Int? = nil, size: UInt64? = nil, to path: String? = nil
  ) async throws(ServiceError) -> Outcome {
    try requirePart(in: try existingDispute(id).dispute)
    if isWriter { try await sealEvidence(of: id) }
    let dispute = try existingDispute(id).dispute
    var sealed: Dispute.Pack?
    if size == nil {
      let number = number ?? dispute.packs.count
      guard dispute.packs.indices.contains(number - 1) else {
        throw ServiceError(
          .refused, code: "STATE.NOT_FOUND",
          "The dispute \(id) has \(dispute.packs.count) sealed packs: ask for one of them, or give "
            + "--at for another position.")
      }
      sealed = dispute.packs[number - 1]
    }
    let wanted = size ?? sealed?.toPosition ?? 0
    guard (1...log.size).contains(wanted) else {
      throw ServiceError(
        .refused, code: "VALIDATION.POSITION",
        "A pack covers 1 to \(log.size) events, and \(wanted) are asked for.")
    }
    if let sealed, sealed.queryVersion > DisputePack.queryVersion {
      throw ServiceError(
        .refused, code: "STATE.NOT_AVAILABLE",
        "The pack \(sealed.id) was sealed by version \(sealed.queryVersion) of the question, and "
          + "this program has \(DisputePack.queryVersion): build it with the release that sealed it."
      )
    }
    let pack = try pack(of: dispute, size: wanted, sealed: sealed)
    let isSame = sealed.map { $0.sha256 == pack.sha256.bytes } ?? true
    if let path, isSame { try Self.write(pack.text, to: path) }
    let answer = Self.answer(pack, sealed, id: id, isSame: isSame, path: isSame ? path : nil)
    return Outcome(answer, isRefused: !isSame)
  }

  private static func write(_ text: String, to path: String) throws(ServiceError) {
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: .withoutOverwriting)
    } catch {
      throw ServiceError(
        .refused, code: "EXPORT.FILE",
        "“\(path)” can't be made: it exists already, or its folder doesn't; give another --out.")
    }
  }

  private static func answer(
    _ pack: DisputePack, _ sealed: Dispute.Pack?, id: String, isSame: Bool, path: String?
  ) -> Answer {
    var facts: [Answer.Fact] = [
      .init("disputeId", "Dispute", .text(id)),
      .init("packId", "Pack", sealed.map { .text($0.id) } ?? .none),
      .init("fromPosition", "From position", .integer(0)),
      .init("toPosition", "Before position", .integer(Int64(clamping: pack.toPosition))),
      .init(
        "accessSize", "Entries of the access log",
        pack.accessSize.map { .integer(Int64(clamping: $0)) } ?? .none),
      .init("items", "Items", .integer(Int64(clamping: pack.itemCount))),
      .init("merkleRoot", "Merkle root", .text(pack.merkleRoot.hex)),
      .init("logRoot", "Log's root", .text(pack.logRoot.hex)),
      .init("sha256", "SHA-256", .text(pack.sha256.hex)),
    ]
    if let sealed {
      facts += [
        .init("sealedSha256", "Sealed SHA-256", .text(sealed.sha256.hex)),
        .init("isSame", "As sealed", .flag(isSame)),
      ]
    }
    if let path { facts.append(.init("file", "File", .text(path))) }
    let sections = Answer.Table(
      "sections", "",
      columns: [.init("section", "Section"), .init("items", "Items"), .init("sha256", "SHA-256")],
      rows: pack.sections.map {
        [.text($0.name), .integer(Int64(clamping: $0.itemCount)), .text($0.sha256.hex)]
      })
    return Answer(
      isSame ? "The evidence of \(id)" : "The evidence of \(id) is not what was sealed",
      facts: facts, tables: [sections],
      notes: isSame
        ? []
        : [
          "The log says something else now than when the pack was sealed: run `deed log verify`."
        ])
  }
}

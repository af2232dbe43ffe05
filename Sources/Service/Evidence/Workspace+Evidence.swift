internal import Audit
internal import CRM
internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import Foundation
internal import LMDB
internal import Transparency

/// Evidence files: made here, checked anywhere.
extension Workspace {
  /// Makes an evidence file, and records that it was made before it is there.
  ///
  /// - Parameters:
  ///   - question: what it is to show.
  ///   - path: the file to make; it must not exist.
  /// - Returns: what it holds.
  /// - Throws: ``ServiceError``; no file is left then.
  public func exportEvidence(
    _ question: EvidenceQuestion, to path: String
  ) throws(ServiceError) -> Answer {
    let made = try makeEvidence(question, withAccess: false)
    try Self.write(made.bytes, to: path)
    return made.answer(file: path)
  }

  /// Makes a folder that a lawyer can open: the file, a readable report, and how to check it with
  /// the tools of others.
  public func exportEvidence(
    _ question: EvidenceQuestion, toFolder folder: String
  ) throws(ServiceError) -> Answer {
    guard !FileManager.default.fileExists(atPath: folder) else {
      throw ServiceError(
        .refused, code: "EXPORT.FILE", "“\(folder)” exists already: give a new folder.")
    }
    let made = try makeEvidence(question, withAccess: true)
    try EvidenceFolder(
      evidence: made.verified, bundle: made.bundle, key: made.key, access: made.access
    ).write(to: folder, file: made.bytes)
    return made.answer(file: folder)
  }

  /// An evidence file's bytes, and where it is recorded that they were made.
  package struct EvidenceFile: Sendable, Hashable {
    package let bytes: [UInt8]
    /// In hexadecimal digits.
    package let sha256: String
    package let position: UInt64
  }

  /// Makes an evidence file for somebody far away: recorded before anything of it leaves.
  func evidenceFile(_ question: EvidenceQuestion) throws(ServiceError) -> EvidenceFile {
    let made = try makeEvidence(question, withAccess: false)
    return EvidenceFile(
      bytes: made.bytes, sha256: made.digest.hex, position: made.recordedAt.rawValue)
  }

  private struct Made {
    let bundle: EvidenceBundle
    let verified: VerifiedEvidence
    let access: MadeAccess?
    let bytes: [UInt8]
    let digest: EventModel.Digest
    let key: NoteKey
    /// Those that some of the checkpoints in the file need.
    let olderKeys: [NoteKey]
    let disclosed: Int
    let recordedAt: Position

    func answer(file: String) -> Answer {
      Answer(
        "Evidence",
        facts: [
          .init("file", "File", .text(file)),
          .init("sha256", "SHA-256", .text(digest.hex)),
          .init("events", "Events", .integer(Int64(bundle.events.count))),
          .init("disclosed", "Sections disclosed", .integer(Int64(disclosed))),
          .init("looks", "Looks shown", access.map { .integer($0.lookCount) } ?? .none),
          .init(
            "checkpointSize", "Checkpoint's size",
            .integer(Int64(verified.checkpoint.checkpoint.size))),
          .init("recordedAt", "Recorded at", .integer(Int64(recordedAt.rawValue))),
          .init("vkey", "Verifier key", .text(key.vkey)),
          .init("olderKeys", "Keys before it", .list(olderKeys.map { .text($0.vkey) })),
        ],
        notes: [
          "Whoever gets it checks it with `deed evidence verify FILE --key VKEY`; the key must reach "
            + "them by another way than the file."
        ])
    }
  }

  private func makeEvidence(
    _ question: EvidenceQuestion, withAccess: Bool
  ) throws(ServiceError) -> Made {
    try requireUnrestricted()
    try requireWriter()
    return try bulkReading("evidence") { () throws(ServiceError) in
      let made = try collectEvidence(question, withAccess: withAccess)
      return (made, made.bundle.events.count)
    }
  }

  private func collectEvidence(
    _ question: EvidenceQuestion, withAccess: Bool
  ) throws(ServiceError) -> Made {
    let question = try withContested(question)
    guard let signer = keys.signer else {
      throw ServiceError(
        .refused, code: "LOG.NO_KEY",
        "The log has no key here to sign with: its keys folder is absent, give --keys.")
    }
    var request = try evidenceRequest(question)
    let size = question.checkpointSize
    let anchor = withAccess ? try accessAnchor(below: size) : nil
    if let anchor {
      request.positions.append(anchor.position)
      if question.namesPeople { request.people = try lookers(question, anchor) }
    }
    request.mayFindNothing = anchor != nil
    if size == nil { _ = try checkpoint() }
    let made: MadeEvidence
    do throws(EvidenceRequestError) {
      made = try auditor.evidence(request)
    } catch { throw ServiceError(evidence: error) }
    let bytes = Array(made.bundle.text.utf8)
    let verified: VerifiedEvidence
    let known = try logKeys(signer)
    do {
      // Nothing leaves that doesn't hold.
      verified = try EvidenceVerifier(keys: known).verify(bytes)
    } catch {
      throw ServiceError(
        .notVerified, code: "EVIDENCE.NOT_VERIFIED",
        "The evidence that was made does not hold, so nothing was written (\(error)); run "
          + "`deed log verify`.")
    }
    let access = try anchor.flatMap { anchor throws(ServiceError) in
      try accessEvidence(question, anchor, beside: verified)
    }
    let digest = EventModel.Digest.sha256(bytes)
    let place = try record(made, digest, access, purpose: question.purpose)
    return Made(
      bundle: made.bundle, verified: verified, access: access, bytes: bytes, digest: digest,
      key: signer.key,
      olderKeys: Array(known.dropFirst()), disclosed: made.disclosed.count, recordedAt: place)
  }

  private func record(
    _ made: MadeEvidence, _ digest: EventModel.Digest, _ access: MadeAccess?, purpose: String
  ) throws(ServiceError) -> Position {
    let streams = made.bundle.streams.map { claim in
      JSONText.object([
        .init("stream", .text(claim.stream)), .init("from_revision", .integer(claim.from)),
        .init("to_revision", .integer(claim.through)),
      ])
    }
    let ranges = made.bundle.ranges.map { range in
      JSONText.object([.init("from", .integer(range.from)), .init("to", .integer(range.to))])
    }
    let disclosed = made.disclosed.map { reference in
      JSONText.object([
        .init("position", .integer(reference.position.rawValue)),
        .init("section", .integer(UInt64(reference.section))),
      ])
    }
    var members: [JSONText.Member] = [
      .init("sha256", .text(digest.base64)),
      .init("checkpoint_size", .integer(made.checkpointSize)),
      .init("streams", .list(streams)), .init("ranges", .list(ranges)),
      .init("disclosed", .list(disclosed)), .init("purpose", .text(purpose)),
    ]
    if let access {
      members.append(.init("access_sha256", .text(EventModel.Digest.sha256(access.bytes).base64)))
    }
    return try recordSystem(.evidenceExported, in: .systemEvidence, members)
  }

  static func write(_ bytes: [UInt8], to path: String) throws(ServiceError) {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: .withoutOverwriting)
    } catch {
      throw ServiceError(
        .refused, code: "EXPORT.FILE",
        "“\(path)” can't be made: it exists already, or its folder doesn't; give another --out.")
    }
  }
}

extension ServiceError {
  init(evidence error: EvidenceRequestError) {
    switch error {
    case .audit(let error): self.init(error)
    case .checkpoint(let error): self.init(error)
    case .nothingAsked: self.init(.usage, code: "VALIDATION.EVIDENCE", error.description)
    case .unknownStream, .noEvent:
      self.init(.refused, code: "STATE.NOT_FOUND", error.description)
    case .rangeBeyond, .tooMany: self.init(.refused, code: "EVIDENCE.RANGE", error.description)
    case .notDisclosable: self.init(.refused, code: "EVIDENCE.NOT_DISCLOSABLE", error.description)
    }
  }
}

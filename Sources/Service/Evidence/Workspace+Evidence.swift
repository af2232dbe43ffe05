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
    let made = try makeEvidence(question)
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
    let made = try makeEvidence(question)
    try EvidenceFolder(evidence: made.verified, bundle: made.bundle, key: made.key)
      .write(to: folder, file: made.bytes)
    return made.answer(file: folder)
  }

  private struct Made {
    let bundle: EvidenceBundle
    let verified: VerifiedEvidence
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

  private func makeEvidence(_ question: EvidenceQuestion) throws(ServiceError) -> Made {
    try requireUnrestricted()
    try requireWriter()
    guard let signer = keys.signer else {
      throw ServiceError(
        .refused, code: "LOG.NO_KEY",
        "The log has no key here to sign with: its keys folder is absent, give --keys.")
    }
    let request = try evidenceRequest(question)
    _ = try checkpoint()
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
    let digest = EventModel.Digest.sha256(bytes)
    let place = try record(made, digest, purpose: question.purpose)
    return Made(
      bundle: made.bundle, verified: verified, bytes: bytes, digest: digest, key: signer.key,
      olderKeys: Array(known.dropFirst()), disclosed: made.disclosed.count, recordedAt: place)
  }

  private func record(
    _ made: MadeEvidence, _ digest: EventModel.Digest, purpose: String
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
    return try recordSystem(
      .evidenceExported, in: .systemEvidence,
      [
        .init("sha256", .text(digest.base64)),
        .init("checkpoint_size", .integer(made.checkpointSize)),
        .init("streams", .list(streams)), .init("ranges", .list(ranges)),
        .init("disclosed", .list(disclosed)), .init("purpose", .text(purpose)),
      ])
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

/// What is asked, as the auditor takes it.
extension Workspace {
  private func evidenceRequest(
    _ question: EvidenceQuestion
  ) throws(ServiceError) -> EvidenceRequest {
    guard question.purpose.utf8.count <= 200 else {
      throw ServiceError(
        .usage, code: "VALIDATION.PURPOSE", "The purpose has more than 200 bytes: shorten it.")
    }
    var request = EvidenceRequest()
    for record in question.records {
      let key = try Self.record(record)
      guard let stream = key.stream else {
        throw ServiceError(.usage, code: "VALIDATION.RECORD", "“\(record)” names no record.")
      }
      request.streams.append(stream)
    }
    request.streams += question.streams.compactMap { StreamName($0) }
    request.comment = question.comment
    if let person = question.person {
      guard let actor = ActorID(person) else {
        throw ServiceError(
          .usage, code: "VALIDATION.ACTOR",
          "“\(person)” is no person's identifier: give one such as usr_….")
      }
      request.actor = actor
      request.range = try positions(question.period)
    } else if let range = question.range {
      request.range = range
      request.showsRange = true
    }
    request.provesNothingLater = question.provesNothingLater
    request.olderSizes = question.olderSizes
    request.disclosure = try Self.disclosure(question.disclose)
    return request
  }

  /// The period as positions; `nil` for all there is.
  private func positions(_ period: Period) throws(ServiceError) -> Range<UInt64>? {
    guard period != Period() else { return nil }
    let zone = try timeZone()
    let from = try period.from.map { moment throws(ServiceError) in
      try boundary(moment, .start, zone)
    }
    let end = try period.to.map { moment throws(ServiceError) in
      try boundary(moment, .end, zone)
    }
    let lower = from ?? 0
    let upper = min(end ?? log.size, log.size)
    guard lower < upper else {
      throw ServiceError(
        .refused, code: "VALIDATION.PERIOD", "Nothing was recorded in that period: widen it.")
    }
    return lower..<upper
  }

  /// The first position of a period that starts at `moment`, or the one behind its end.
  private func boundary(
    _ moment: Moment, _ end: DayEnd, _ zone: TimeZone
  ) throws(ServiceError) -> UInt64 {
    if case .position(let position) = moment { return end == .start ? position : position + 1 }
    guard let time = moment.time(end, in: zone) else { return 0 }
    do throws(LMDBError) {
      let last = try log.position(
        at: end == .start ? time.advanced(byMicroseconds: -1) : time)
      return last.map { $0.rawValue + 1 } ?? 0
    } catch { throw ServiceError(storage: error) }
  }

  private static func disclosure(
    _ texts: [String]
  ) throws(ServiceError) -> EvidenceRequest.Disclosure {
    guard !texts.isEmpty else { return .nothing }
    if texts == ["all"] { return .everything }
    var sections: Set<SectionReference> = []
    for text in texts {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 2, let position = UInt64(canonicalDecimal: parts[0].utf8),
        let section = UInt64(canonicalDecimal: parts[1].utf8), section < 16
      else {
        throw ServiceError(
          .usage, code: "VALIDATION.DISCLOSE",
          "“\(text)” names no section: give POSITION.SECTION such as 120.2, or all.")
      }
      sections.insert(SectionReference(position: Position(position), section: Int(section)))
    }
    return .sections(sections)
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

internal import Audit
internal import EventModel
internal import Evidence
internal import Foundation
internal import Transparency

/// Checking an evidence file: needs no workspace, and trusts nothing in the file.
public enum EvidenceCheck {
  /// Checks `file` against what its reader knows from elsewhere.
  ///
  /// - Parameters:
  ///   - file: an evidence file, or a folder with one.
  ///   - trust: the keys, the witnesses' policy and actors' keys.
  /// - Returns: the history in words; refused, with the reason, when any statement did not hold.
  /// - Throws: ``ServiceError`` when the file or what is trusted can't be read.
  public static func verify(
    _ file: String, _ trust: EvidenceTrust
  ) throws(ServiceError) -> Outcome {
    let bytes = try EvidenceBytes(file)
    let verifier = try verifier(trust)
    do throws(EvidenceError) {
      var answer = answer(try report(bytes, verifier))
      if bytes.isFolder {
        answer.notes.append(
          "Checked: \(EvidenceFolder.fileName)"
            + (bytes.access == nil ? ". " : " and \(EvidenceFolder.accessName). ")
            + "The other files of the folder are copies for people and other tools, and were not looked "
            + "at: go by what stands here.")
      }
      return Outcome(answer, isRefused: false)
    } catch {
      return Outcome(
        Answer(
          "The evidence does NOT hold",
          facts: [
            .init("holds", "Holds", .flag(false)), .init("reason", "Reason", .text("\(error)")),
          ]), isRefused: true)
    }
  }

  /// The readable report of a file that holds, as plain text.
  public static func report(_ file: String, _ trust: EvidenceTrust) throws(ServiceError) -> String {
    let bytes = try EvidenceBytes(file)
    let verifier = try verifier(trust)
    do throws(EvidenceError) {
      return try report(bytes, verifier).plainText
    } catch {
      throw ServiceError(.notVerified, code: "EVIDENCE.NOT_VERIFIED", "\(error)")
    }
  }

  private static func report(
    _ bytes: EvidenceBytes, _ verifier: EvidenceVerifier
  ) throws(EvidenceError) -> EvidenceReport {
    let evidence = try verifier.verify(bytes.main)
    let access = try bytes.access.map { access throws(EvidenceError) in
      try VerifiedAccess(access.bytes, vkey: access.vkey, anchoredIn: evidence)
    }
    return EvidenceReport(evidence, access: access, keys: verifier.keys.map(\.vkey))
  }

  /// Checks an export of the whole log as tiles: every file of it, and the chains of the streams.
  ///
  /// - Parameters:
  ///   - folder: as `deed log tiles` writes it.
  ///   - trust: the keys and the witnesses' policy.
  /// - Returns: what it holds; refused, with the reason, when something did not.
  /// - Throws: ``ServiceError`` when what is trusted can't be read.
  public static func verifyTiles(
    _ folder: String, _ trust: EvidenceTrust
  ) throws(ServiceError) -> Outcome {
    let verifier = try verifier(trust)
    var mirror = TileMirror(verifier) { path throws(EvidenceError) in
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)") else {
        throw .tile(path, "it is not there")
      }
      return Array(data)
    }
    do throws(EvidenceError) {
      let tiles = try mirror.verify()
      let checkpoint = tiles.checkpoint.checkpoint
      return Outcome(
        Answer(
          "The tiles hold",
          facts: [
            .init("holds", "Holds", .flag(true)),
            .init("origin", "Log", .text(checkpoint.origin)),
            .init("size", "Events", .integer(Int64(checkpoint.size))),
            .init("root", "Root", .text(checkpoint.root.hex)),
            .init("streams", "Streams", .integer(Int64(tiles.streamCount))),
            .init("files", "Files", .integer(Int64(tiles.fileCount))),
            .init("firstRecordedAt", "First recorded", .moment(tiles.first)),
            .init("lastRecordedAt", "Last recorded", .moment(tiles.last)),
            .init(
              "quorum", "Witnesses asked for",
              verifier.policy.map { .text($0.quorumText) } ?? .none),
          ], timeZone: "UTC"), isRefused: false)
    } catch {
      return Outcome(
        Answer(
          "The tiles do NOT hold",
          facts: [
            .init("holds", "Holds", .flag(false)), .init("reason", "Reason", .text("\(error)")),
          ]), isRefused: true)
    }
  }

  private static func verifier(_ trust: EvidenceTrust) throws(ServiceError) -> EvidenceVerifier {
    do {
      var keys: [NoteKey] = []
      for text in trust.keys { keys.append(try NoteKey(vkey: text)) }
      let policy = try trust.policy.map { try WitnessPolicy(parsing: $0) }
      if keys.isEmpty { keys = policy?.logKeys ?? [] }
      guard let actors = KnownActorKey.parse(trust.actors ?? "") else {
        throw ServiceError(
          .usage, code: "VALIDATION.ACTORS",
          "The actors' keys are not lines of “actor key_id base64”: correct the file.")
      }
      return try EvidenceVerifier(keys: keys, policy: policy, actorKeys: actors)
    } catch let error as ServiceError {
      throw error
    } catch {
      throw ServiceError(.usage, code: "VALIDATION.KEY", "\(error)")
    }
  }

  private static func answer(_ report: EvidenceReport) -> Answer {
    let checkpoint = report.checkpoint
    let rows: [[Value]] = report.timeline.map { line in
      [
        .integer(Int64(line.index)), .moment(line.recordedAt), .moment(line.occurredAt),
        .text(line.actor), .named(line.onBehalfOf), .text(line.type), .text(line.stream),
        .integer(Int64(line.revision)), .text(EvidenceReport.assurance(line)),
        .list((line.says + line.disclosed).map { .text($0) }), .integer(Int64(line.closedCount)),
      ]
    }
    return Answer(
      "The evidence holds",
      facts: [
        .init("holds", "Holds", .flag(true)),
        .init("origin", "Log", .text(checkpoint.origin)),
        .init("size", "Checkpoint's size", .integer(Int64(checkpoint.size))),
        .init("root", "Root", .text(checkpoint.root.hex)),
        .init("events", "Events", .integer(Int64(report.evidence.events.count))),
        .init("headersOnly", "Of them by header", .integer(Int64(report.headerCount))),
        .init(
          "quorum", "Witnesses asked for", report.evidence.quorum.map { .text($0) } ?? .none),
        .init("proven", "Proven", .list(report.proven.map { .text($0) })),
        .init("serversWord", "The server's word", .list(report.serverWord.map { .text($0) })),
        .init("notShown", "Not shown", .list(report.notShown.map { .text($0) })),
      ],
      tables: [
        .init(
          "history", "History",
          columns: [
            .init("position", "Position"), .init("recordedAt", "Recorded"),
            .init("occurredAt", "Occurred"), .init("actor", "Who"), .init("onBehalfOf", "For"),
            .init("type", "What"), .init("stream", "Stream"), .init("revision", "Revision"),
            .init("assurance", "By whose word"), .init("says", "Says"),
            .init("sealed", "Not disclosed"),
          ], rows: rows)
      ], timeZone: "UTC")
  }
}

/// An evidence file as it was read; of a folder also the access log's part, when there is one.
private struct EvidenceBytes {
  let main: [UInt8]
  let access: (bytes: [UInt8], vkey: String)?
  let isFolder: Bool

  init(_ path: String) throws(ServiceError) {
    isFolder = FileManager.default.fileExists(atPath: "\(path)/\(EvidenceFolder.fileName)")
    guard isFolder else {
      main = try Self.read(path)
      access = nil
      return
    }
    main = try Self.read("\(path)/\(EvidenceFolder.fileName)")
    let accessFile = "\(path)/\(EvidenceFolder.accessName)"
    guard FileManager.default.fileExists(atPath: accessFile) else {
      access = nil
      return
    }
    let key = try Self.read("\(path)/\(EvidenceFolder.accessKeyName)")
    access = (
      try Self.read(accessFile), String(decoding: key.prefix { $0 != 0x0a }, as: UTF8.self)
    )
  }

  private static func read(_ path: String) throws(ServiceError) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ServiceError(
        .usage, code: "VALIDATION.FILE", "“\(path)” can't be read: name an evidence file.")
    }
    return Array(data)
  }
}

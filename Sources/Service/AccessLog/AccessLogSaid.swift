internal import Commands
internal import EventLog
internal import EventModel
internal import Evidence
internal import LMDB
internal import Transparency

/// The name of an access log in checkpoints: `<origin>/access`, and `<origin>/access/2` for the one
/// that was begun when the first was lost.
struct AccessOrigin: Hashable {
  private let main: String
  private let number: UInt64

  init(number: UInt64 = 1, of main: String) {
    self.main = main
    self.number = number
  }

  /// `nil` for what is no such name.
  init?(_ text: String, of main: String) {
    let first = "\(main)/access"
    guard text.utf8.starts(with: first.utf8) else { return nil }
    let rest = String(decoding: text.utf8.dropFirst(first.utf8.count + 1), as: UTF8.self)
    self.init(number: UInt64(rest) ?? 1, of: main)
    // There is one name for a number.
    guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
  }

  var text: String { number == 1 ? "\(main)/access" : "\(main)/access/\(number)" }

  /// The file of its key, beside the others.
  var keyName: String { number == 1 ? "access.key" : "access-\(number).key" }
}

/// What the main log says of its access log.
struct AccessLogSaid {
  let origin: AccessOrigin
  /// Its newest checkpoint; `nil` where there is none, be it that the one before was lost.
  let anchor: RecordedEvent?

  init(in main: EventLog) throws(ServiceError) {
    let newest: RecordedEvent?
    do throws(LMDBError) {
      newest = try main.events(
        EventSelection(.stream(.systemAccess), direction: .backwards, limit: 1)
      ).first
    } catch { throw ServiceError(storage: error) }
    let content = newest?.plain(0)?.content ?? []
    let isLoss = newest?.type == SystemEventType.accessLossAccepted.rawValue
    let name = isLoss ? Self.next(content) : VerifiedAccess.anchored(content)?.origin
    origin =
      name.flatMap { AccessOrigin($0, of: main.origin) } ?? AccessOrigin(of: main.origin)
    anchor = isLoss ? nil : newest
  }

  private static func next(_ content: [UInt8]) -> String? {
    do throws(EvidenceError) {
      return try JSONText(parsing: content)["next_origin"]?.string
    } catch { return nil }
  }

  /// Why `access` is not the log that the main one speaks of; `nil` when it is.
  func difference(from access: EventLog?) throws(ServiceError) -> String? {
    guard let access else {
      return anchor.map {
        "by the anchor at position \($0.position), the log speaks of an access log, and there is none"
      }
    }
    guard let anchor else {
      return access.origin.utf8.elementsEqual(origin.text.utf8)
        ? nil : "the access log is \(access.origin), and the log's is \(origin.text) now"
    }
    return try AccessLog.difference(of: anchor, from: access).map {
      "by the anchor at position \(anchor.position), \($0)"
    }
  }
}

extension StreamName {
  /// What the main log says of the access log.
  static let systemAccess = StreamName(category: "system", id: "access")
}

package import CRM
package import EventModel

/// The evidence for a dispute: what the log says of the contested record, up to a position.
///
/// A pure function of the log's first events: built again by anyone with the log, with or without
/// its keys, before or after an erasure, on a copy or a restored backup, it is the same to the
/// byte. Personal values are therefore not in it; the digest of each sealed section is.
///
/// Source: docs/format/dispute-pack.md.
package struct DisputePack: Hashable, Sendable {
  /// Of the question that is put to the logs; it changes with any change of the bytes.
  ///
  /// Version 1 asked the main log alone; packs of it are still made again.
  package static let queryVersion: UInt32 = 2

  package struct Section: Hashable, Sendable {
    package let name: String
    package let itemCount: UInt64
    package let sha256: Digest
  }

  package let subject: RecordKey
  /// The positions [0, `toPosition`) were replayed.
  package let toPosition: UInt64
  /// Records whose histories are in it beside the subject's.
  package let related: [RecordKey]
  package let sections: [Section]
  package let itemCount: UInt64
  /// Of the items' lines, by RFC 6962.
  package let merkleRoot: Digest
  package let logRoot: Digest
  /// How many entries of the access log were read; `nil` where there is none.
  package let accessSize: UInt64?
  /// Of the access log's tree at that size.
  package let accessRoot: Digest?
  /// The pack as text: a manifest and a line an item.
  package let text: String

  package var sha256: Digest { .sha256(Array(text.utf8)) }
}

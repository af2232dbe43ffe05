package import EventModel
internal import GRDB

/// What a model's tables hold, as one number: equal for equal rows, whatever the batches, the
/// cache and the crashes were that led there.
package struct ModelDigest: Hashable, Sendable {
  package let name: String
  package let version: UInt32
  /// The first position that is not in it.
  package let position: Position
  package let rowCount: Int
  package let digest: Digest
}

extension ModelFile {
  /// Scans every table in the order of its key and hashes what stands there.
  ///
  /// A value is hashed with its type and length, a row behind a mark of its own, so that no two
  /// contents read alike.
  func digest(
    _ tables: [TableSQL]
  ) throws(StorageError) -> (count: Int, digest: Digest) {
    try access { database throws(StorageError) in
      var scan = ContentScan()
      for table in tables { try scan.add(table, in: database) }
      return (scan.rowCount, scan.finish())
    }
  }
}

private struct ContentScan {
  private var hasher = DigestHasher()
  private var bytes: [UInt8] = []
  private(set) var rowCount = 0

  private static let table = UInt8(ascii: "T")
  private static let row = UInt8(ascii: "R")
  private static let null = UInt8(ascii: "0")
  private static let integer = UInt8(ascii: "1")
  private static let text = UInt8(ascii: "2")

  mutating func add(_ table: TableSQL, in database: Database) throws(StorageError) {
    bytes.append(Self.table)
    append(table.table)
    for column in table.columns { append(column.name) }
    let select = try RowStatement(table.selectAll, in: database)
    defer { select.reset() }
    while try select.step() {
      rowCount += 1
      bytes.append(Self.row)
      for (index, column) in table.columns.enumerated() {
        let index = Int32(index)
        if column.isOptional, select.isNull(at: index) {
          bytes.append(Self.null)
        } else if column.type == "INTEGER" {
          bytes.append(Self.integer)
          bytes.append(bigEndian: select.integer(at: index))
        } else {
          bytes.append(Self.text)
          append(select.text(at: index))
        }
      }
      if bytes.count > 1 << 16 { flush() }
    }
  }

  private mutating func append(_ text: String) {
    let utf8 = text.utf8
    bytes.append(bigEndian: UInt64(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  private mutating func flush() {
    hasher.update(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  mutating func finish() -> Digest {
    flush()
    return hasher.finalize()
  }
}

extension ModelRunner {
  /// The digest of what the model `name` holds, by a scan of its tables.
  package func digest(_ name: String) throws(ModelError) -> ModelDigest {
    try locked { work throws(ModelError) in
      guard let kind = kinds.first(where: { $0.name == name }) else { throw .unknownModel(name) }
      let group = try opened(&work)
      group.finish()
      guard let model = group.models.first(where: { $0.name == name }) else {
        throw work.refused[name] ?? .unknownModel(name)
      }
      do throws(StorageError) {
        let (count, digest) = try model.file.digest(kind.definitions)
        return ModelDigest(
          name: name, version: kind.version, position: model.checkpoint.next, rowCount: count,
          digest: digest)
      } catch {
        throw .storage(model: name, error)
      }
    }
  }

  /// Closes the models' files; the next call opens them again.
  package func close() throws(ModelError) {
    try locked { work throws(ModelError) in try close(&work) }
  }
}

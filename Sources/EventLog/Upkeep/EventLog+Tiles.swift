internal import EventModel
internal import Foundation
package import LMDB
package import Transparency

/// The log as C2SP tlog-tiles: files that other tools read.
extension EventLog {
  /// What an export of tiles wrote.
  package struct TileExport: Hashable, Sendable {
    package let size: UInt64
    package let fileCount: Int
    package let byteCount: UInt64
  }

  /// Writes `checkpoint`, `tile/<L>/…` and `tile/entries/…` of the newest published checkpoint.
  ///
  /// Each file is whole or not there, and the checkpoint is written last: so whoever reads the
  /// folder sees the old export or the new one. A folder with an older export of this log is
  /// brought up to date: its full tiles are not written again.
  ///
  /// - Throws: ``TileError``; `otherLog` when the folder holds anything else.
  package func exportTiles(to folder: String) throws(TileError) -> TileExport {
    let published: PublishedCheckpoint
    do throws(CheckpointError) {
      guard let newest = try newestCheckpoint() else { throw .unknownSize(size) }
      published = newest
    } catch { throw .checkpoint(error) }
    var writer = TileWriter(log: self, folder: folder, size: published.checkpoint.size)
    try writer.prepare(root: { size throws(CheckpointError) in try root(size: size) })
    try writer.writeHashes()
    try writer.writeEntries()
    try writer.write("checkpoint", Array(published.note.utf8))
    return TileExport(
      size: published.checkpoint.size, fileCount: writer.fileCount, byteCount: writer.byteCount)
  }
}

extension EventLog {
  /// A tile of hashes or of entries, from the tree's tables and the records.
  ///
  /// The log's tree must have all of it.
  ///
  /// - Complexity: O(256) gets of a hash, or records.
  package func bytes(of tile: Tile) throws(TileError) -> [UInt8] {
    guard tile.content == .entries else {
      do throws(CheckpointError) {
        return try tree { reader throws(LMDBError) in
          try TileTree.bytes(of: tile, reading: reader)
        }
      } catch { throw .checkpoint(error) }
    }
    var bytes: [UInt8] = []
    try scan(
      EventSelection(
        from: Position(tile.range.lowerBound), through: Position(tile.range.upperBound - 1))
    ) { layout, record throws(TileError) in
      TileTree.append(entry: record.extracting(layout.leafRange), to: &bytes)
      return .proceed
    }
    return bytes
  }
}

/// Why tiles were not written whole; what was written before stays as it was.
package enum TileError: Error, Hashable, Sendable {
  case checkpoint(CheckpointError)
  /// The folder holds something else than an older export of this log.
  case otherLog(folder: String)
  case file(FileError)
  case storage(LMDBError)
}

extension TileError: LMDBFailure {
  package init(_ error: LMDBError) { self = .storage(error) }
}

extension TileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .checkpoint(let error): "\(error)"
    case .otherLog(let folder):
      "“\(folder)” holds something else than an older export of this log; give a new folder."
    case .file(let error): "A file can't be written: \(error)."
    case .storage(let error): "The store failed: \(error)."
    }
  }
}

private struct TileWriter {
  let log: EventLog
  let folder: String
  let size: UInt64
  var fileCount = 0
  var byteCount: UInt64 = 0
  private var folders: Set<String> = []
  /// Full tiles within this size are there already.
  private var oldSize: UInt64 = 0

  init(log: EventLog, folder: String, size: UInt64) {
    self.log = log
    self.folder = folder
    self.size = size
  }

  /// Looks at what the folder holds, and makes it when it isn't there.
  mutating func prepare(
    root: (UInt64) throws(CheckpointError) -> Digest
  ) throws(TileError) {
    do throws(FileError) { try DurableFile.makeFolder(folder) } catch { throw .file(error) }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch { throw .otherLog(folder: folder) }
    // One that was cut off may have left the beginning of its checkpoint.
    guard Set(names).isSubset(of: ["checkpoint", "checkpoint.new", "tile"]) else {
      throw .otherLog(folder: folder)
    }
    let old: [UInt8]?
    do throws(FileError) {
      old = try DurableFile.read("\(folder)/checkpoint")
    } catch { throw .file(error) }
    guard let old else { return }
    let checkpoint: Checkpoint
    do throws(NoteError) {
      checkpoint = try PublishedCheckpoint(parsing: String(decoding: old, as: UTF8.self)).checkpoint
    } catch { throw .otherLog(folder: folder) }
    guard checkpoint.origin == log.origin, checkpoint.size <= size else {
      throw .otherLog(folder: folder)
    }
    let known: Digest
    do throws(CheckpointError) {
      known = try root(checkpoint.size)
    } catch { throw .checkpoint(error) }
    guard known == checkpoint.root else { throw .otherLog(folder: folder) }
    oldSize = checkpoint.size
  }

  mutating func write(_ path: String, _ bytes: [UInt8]) throws(TileError) {
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    do throws(FileError) {
      if !parent.isEmpty, folders.insert(parent).inserted {
        try DurableFile.makeFolder("\(folder)/\(parent)")
      }
      try DurableFile.replace("\(folder)/\(path)", with: bytes)
    } catch { throw .file(error) }
    fileCount += 1
    byteCount += UInt64(bytes.count)
  }

  /// The tiles of `content` that are not there yet.
  private func missing(_ content: Tile.Content) -> [Tile] {
    let (full, partial) = TileTree.tiles(of: content, in: size)
    let (there, _) = TileTree.tiles(of: content, in: oldSize)
    return (there..<full).map { Tile(content, index: $0) } + (partial.map { [$0] } ?? [])
  }

  mutating func writeHashes() throws(TileError) {
    for level in 0..<TileTree.levelCount(in: size) {
      for tile in missing(.hashes(level: level)) {
        try write(tile.path, try log.bytes(of: tile))
      }
    }
  }

  mutating func writeEntries() throws(TileError) {
    for tile in missing(.entries) { try write(tile.path, try log.bytes(of: tile)) }
  }
}

internal import EventModel
internal import TestSupport
internal import Testing
internal import Transparency

@Suite struct TileTests {
  struct PathVectors: Decodable {
    struct Size: Decodable {
      let full: [String: UInt64]
      let partial: [String]
    }
    let n: [String: String]
    let sizes: [String: Size]
  }

  @Test func `paths group their digits by three`() {
    #expect(Tile(.hashes(level: 0), index: 1_234_067).path == "tile/0/x001/x234/067")
    #expect(Tile(.entries, index: 273, width: 112).path == "tile/entries/273.p/112")
    #expect(Tile(path: "tile/2/000.p/1") == Tile(.hashes(level: 2), index: 0, width: 1))
  }

  @Test(
    arguments: [
      "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/000",
      "tile/0/x000", "tile/0/000/000", "tile/0/001/", "/tile/0/000", "tile/0//000",
      "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/000.p", "tile/0/000.p/",
      "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/1",
      "tile/0/000.P/1", "tile/0/x00a/000", "tile/0/%30%30%30", "tile/Entries/000",
      "tile/0/x999/x999/x999/x999/x999/999", "tile/0/../000", "tile/0/٠٠٠",
      "tile/0/x001/x000/x000/x000/x000/x000/000",
    ])
  func `another form of a path is refused`(path: String) {
    #expect(Tile(path: path) == nil)
  }

  @Test(arguments: ["0", "63", "entries"], ["", ".p/255"])
  func `the last tiles there can be are counted past, and the one behind them is none`(
    kind: String, suffix: String
  ) throws {
    // 2^56 - 3 to 2^56 - 1.
    for digit in 3...5 {
      let path = "tile/\(kind)/x072/x057/x594/x037/x927/93\(digit)\(suffix)"
      let tile = Tile(path: path)
      #expect((tile == nil) == (digit == 5))
      guard let tile else { continue }
      #expect(tile.path == path)
      #expect(tile.range.count == tile.width)
      #expect(!tile.isWithin(1 << 40))
    }
  }

  @Test(.enabled(if: Vectors.isPresent))
  func `the vectors' paths and tiles of each size are ours`() throws {
    let vectors = try Vectors.decode(PathVectors.self, from: "tile-paths.json")
    for (index, path) in vectors.n {
      let tile = Tile(.hashes(level: 5), index: try #require(UInt64(index)))
      #expect(tile.path == "tile/5/\(path)")
      #expect(Tile(path: tile.path) == tile)
    }
    for (text, vector) in vectors.sizes {
      let size = try #require(UInt64(text))
      var full: [String: UInt64] = [:]
      var partial: Set<String> = []
      let levels = (0..<TileTree.levelCount(in: size)).map { Tile.Content.hashes(level: $0) }
      for content in [.entries] + levels {
        let tiles = TileTree.tiles(of: content, in: size)
        switch content {
        case .entries: full["entries"] = tiles.full
        case .hashes(let level): full[String(level)] = tiles.full
        }
        guard let last = tiles.partial else { continue }
        partial.insert(last.path)
        #expect(last.isWithin(size))
        #expect(!Tile(content, index: last.index, width: last.width + 1).isWithin(size))
        #expect(Tile(path: last.path) == last)
      }
      #expect(full == vector.full, "size \(size)")
      #expect(partial == Set(vector.partial), "size \(size)")
    }
  }

  @Test(.enabled(if: Vectors.isPresent), arguments: [("log", 530), ("log-256", 256)])
  func `tiles of the vector log have the bytes of its files`(folder: String, size: UInt64) throws {
    let records = try Vectors.records().prefix(Int(size))
    var tree = StoredTree()
    var leaves: [[UInt8]] = []
    for record in records {
      let layout = try RecordLayout(parsing: record.span)
      leaves.append(Array(record[layout.leafRange]))
      tree.append(.leafHash(record.span.extracting(layout.leafRange)))
    }
    let levels = (0..<TileTree.levelCount(in: size)).map { Tile.Content.hashes(level: $0) }
    for content in [.entries] + levels {
      let (full, partial) = TileTree.tiles(of: content, in: size)
      for tile in (0..<full).map({ Tile(content, index: $0) }) + [partial].compactMap({ $0 }) {
        var bytes: [UInt8] = []
        switch content {
        case .entries:
          for index in tile.range {
            let leaf = leaves[Int(index)]
            TileTree.append(entry: leaf.span, to: &bytes)
          }
        case .hashes: bytes = TileTree.bytes(of: tile, reading: tree.hashes)
        }
        #expect(bytes == Array(try Vectors.data("\(folder)/\(tile.path)")), "\(tile.path)")
      }
    }
  }
}

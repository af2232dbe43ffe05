internal import EventModel
internal import TestSupport
internal import Transparency

/// The shape of `tree.json` and of the proofs in `log.json`.
struct TreeVectors: Decodable {
  struct Inclusion: Decodable {
    let index: UInt64
    let size: UInt64
    let proof: [String]
  }
  struct Consistency: Decodable {
    let old: UInt64
    let new: UInt64
    let proof: [String]
  }
  struct Classic: Decodable {
    let leaves: [String]
    let leafHashes: [String]
    let roots: [String: String]
    let inclusion: [Inclusion]
    let consistency: [Consistency]

    enum CodingKeys: String, CodingKey {
      case leaves, roots, inclusion, consistency
      case leafHashes = "leaf_hashes"
    }
  }
  struct Head: Decodable {
    let size: UInt64
    let root: String
    let edge: [String: String]
  }
  struct Counter: Decodable {
    let heads: [Head]
    let levels: [String: [String: String]]
    let inclusion: [Inclusion]
    let consistency: [Consistency]
  }
  let rfc6962: Classic
  let counter: Counter
}

/// The shape of `log.json`.
struct LogVectors: Decodable {
  struct Event: Decodable {
    let position: UInt64
    let leafHash: String

    enum CodingKeys: String, CodingKey {
      case position
      case leafHash = "leaf_hash"
    }
  }
  let origin: String
  let size: UInt64
  let roots: [String: String]
  let inclusion: [TreeVectors.Inclusion]
  let consistency: [TreeVectors.Consistency]
  let events: [Event]
}

/// Stored levels in arrays, as a log keeps them in tables.
struct StoredTree {
  private(set) var levels: [StoredLevel: [Digest]] = [:]
  private(set) var edge = MerkleEdge()
  /// By size.
  private(set) var roots: [Digest] = [MerkleTree.emptyRoot]

  mutating func append(_ leafHash: Digest) {
    var kept: [(StoredLevel, UInt64, Digest)] = []
    edge.append(leafHash) { level, index, hash in kept.append((level, index, hash)) }
    for (level, index, hash) in kept {
      precondition(index == UInt64(levels[level, default: []].count), "a hole in \(level)")
      levels[level, default: []].append(hash)
    }
  }

  func hashes(_ level: StoredLevel, _ range: Range<UInt64>) -> [Digest] {
    Array(levels[level, default: []][Int(range.lowerBound)..<Int(range.upperBound)])
  }

  /// Leaf i is the u64 i, big-endian.
  static func counter(_ size: UInt64) -> StoredTree {
    var tree = StoredTree()
    for index in 0..<size {
      var leaf: [UInt8] = []
      leaf.append(bigEndian: index)
      tree.append(.leafHash(leaf.span))
    }
    return tree
  }

  static let counter70000 = counter(70_000)
}

/// RFC 9162 section 2.1.1, word for word: the model that everything else is compared with.
func definedRoot(_ leafHashes: ArraySlice<Digest>) -> Digest {
  guard leafHashes.count > 1 else { return leafHashes.first ?? .sha256([]) }
  var middle = 1
  while middle * 2 < leafHashes.count { middle *= 2 }
  let split = leafHashes.startIndex + middle
  return .nodeHash(definedRoot(leafHashes[..<split]), definedRoot(leafHashes[split...]))
}

extension Digest {
  init(hex: String) throws {
    guard let bytes = [UInt8](hex: hex), let digest = Digest(bytes) else {
      throw VectorError(text: hex)
    }
    self = digest
  }
}

struct VectorError: Error {
  let text: String
}

func digests(_ texts: [String]) throws -> [Digest] { try texts.map(Digest.init(hex:)) }

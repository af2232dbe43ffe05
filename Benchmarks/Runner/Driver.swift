import Foundation

/// Makes all measurements, each in a process of its own and in turn with its peer.
struct Driver {
  let floor: String
  let folder: String
  let sizes: [Int]
  let rounds: Int
  let results: String?
  let document: String?
  let own: String

  /// The groups of one event that are appended to a log of each size.
  private static let singles = 1000
  private static let queries = 5000

  /// Reads `--floor PROGRAM --folder SCRATCH --sizes N,N --rounds N`, and either
  /// `--results FILE --document FILE` to write the tables or `--check-only`.
  init(_ arguments: Arguments) throws {
    floor = try arguments.text("floor")
    folder = try arguments.text("folder")
    sizes = try arguments.text("sizes").split(separator: ",").map { text in
      guard let size = Int(text), size > 0 else { throw BenchError.missing("sizes") }
      return size
    }
    rounds = try arguments.count("rounds")
    let isWriting = !arguments.has("check-only")
    results = isWriting ? try arguments.text("results") : nil
    document = isWriting ? try arguments.text("document") : nil
    own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  func run() throws {
    var tables: [Table] = []
    for size in sizes { tables.append(try measure(size)) }
    let report = Report(tables: tables, machine: try Machine.read(), rounds: rounds)
    print(report.markdown)
    if let results { try report.json.write(to: URL(filePath: results)) }
    if let document {
      try report.markdown.write(toFile: document, atomically: true, encoding: .utf8)
    }
    let missed = report.rows.filter { !$0.isReached }
    guard missed.isEmpty else {
      throw BenchError.below(missed.map { "\($0.name) at \($0.events)" })
    }
  }

  private func measure(_ size: Int) throws -> Table {
    var table = Table(events: size)
    for round in 1...rounds {
      say("\(size) events, round \(round) of \(rounds)")
      let ours = "\(folder)/ours"
      let theirs = "\(folder)/theirs"
      for path in [ours, theirs] where FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
      try FileManager.default.createDirectory(
        atPath: theirs, withIntermediateDirectories: true)
      try writing(size, ours, theirs, &table)
      try reading(size, ours, theirs, &table)
    }
    return table
  }

  private func writing(
    _ size: Int, _ ours: String, _ theirs: String, _ table: inout Table
  ) throws {
    table.syncMicroseconds.append(try peer("sync", folder, "200")["p50_us"])
    var mine = try deed("append --folder \(ours) --events \(size) --group 1000 --seed 1")
    let sizes = "\(folder)/sizes"
    _ = try deed("sizes --folder \(ours) --events \(size) --file \(sizes)")
    var other = try peer("append", theirs, sizes, "1000")
    try table.add(.appendGroups, mine.rate, other.rate)
    try table.add(.longestPause, mine["max_us"] / 1000, other["max_us"] / 1000)
    table.memories.append(try mine["memory_mib"])

    mine = try deed("append --folder \(ours) --events \(Self.singles) --group 1 --seed 2")
    _ = try deed("sizes --folder \(ours) --events \(Self.singles) --file \(sizes)")
    other = try peer("append", theirs, sizes, "1")
    try table.add(.appendSingles, mine.rate, other.rate)
    table.bytesPerEvent.append(try bytes(in: ours) / Double(size))
    table.peerBytesPerEvent.append(try bytes(in: theirs) / Double(size))
  }

  private func reading(
    _ size: Int, _ ours: String, _ theirs: String, _ table: inout Table
  ) throws {
    for _ in 1...3 {
      let mine = try deed("scan --folder \(ours)")
      try table.add(.scan, mine.rate, peer("scan", theirs).rate)
    }
    let query = "tags --folder \(ours) --events \(size) --queries \(Self.queries) --seed 1"
    let mine = try deed(query)
    let gets = try peer("get", theirs, "7919", String(Self.queries * 10))
    try table.add(.tags, mine["queries"] / mine["seconds"], gets.rate / 10)

    let verified = try deed("verify --folder \(ours)")
    try table.add(
      .verify, verified["bytes"] / verified["seconds"] / 1e6, OpenSSL.bytesPerSecond() / 1e6)

    let opened = try deed("open --folder \(ours)")
    try table.add(.open, opened["seconds"] * 1000, peer("open", theirs)["seconds"] * 1000)

    let output = "\(folder)/models"
    if FileManager.default.fileExists(atPath: output) {
      try FileManager.default.removeItem(atPath: output)
    }
    let built = try deed("rebuild --folder \(ours) --output \(output)")
    try table.add(.rebuild, built.rate, peer("scan", theirs).rate)
    table.rebuildMemories.append(try built["memory_mib"])
  }

  private func deed(_ words: String) throws -> Figures {
    try Figures(line: Subprocess.output(own, words.split(separator: " ").map(String.init)))
  }

  private func peer(_ words: String...) throws -> Figures {
    try Figures(line: Subprocess.output(floor, words))
  }

  /// What the files in `folder` take on the disk, in bytes.
  private func bytes(in folder: String) throws -> Double {
    let line = try Subprocess.output("/usr/bin/du", ["-s", "--block-size=1", folder])
    return Double(line.prefix { $0.isNumber }) ?? 0
  }

  private func say(_ text: String) {
    FileHandle.standardError.write(Data("\(text)\n".utf8))
  }
}

/// What was measured at one size.
struct Table {
  let events: Int
  private(set) var pairs: [(kind: RowKind, values: [(ours: Double, peer: Double)])] = []
  var syncMicroseconds: [Double] = []
  var memories: [Double] = []
  var rebuildMemories: [Double] = []
  var bytesPerEvent: [Double] = []
  var peerBytesPerEvent: [Double] = []

  init(events: Int) { self.events = events }

  mutating func add(_ kind: RowKind, _ ours: Double, _ peer: Double) {
    if let place = pairs.firstIndex(where: { $0.kind.name == kind.name }) {
      pairs[place].values.append((ours, peer))
    } else {
      pairs.append((kind, [(ours, peer)]))
    }
  }

  var rows: [Row] { pairs.map { $0.kind.row($0.values, events: events) } }
}

import Foundation

/// Makes all measurements, each in a process of its own and in turn with its peer.
struct Driver {
  let floor: String
  let folder: String
  let sizes: [Int]
  let rounds: Int
  /// Of logs of ``largeSize`` events and more, which take long.
  let largeRounds: Int
  let results: String?
  let document: String?
  let own: String
  /// What stands below the tables.
  let explanation: String
  /// Whether it is a check rather than a measurement: the models are not built one by one, and
  /// half of a threshold will do.
  let isShort: Bool

  private static let largeSize = 5_000_000
  /// The groups of one event that are appended to a log of each size.
  private static let singles = 1000
  private static let queries = 5000
  private static let models = [
    "account-360", "ownership-ledger", "lead-inbox", "pipeline-board", "funnel-cohort",
    "stage-durations", "ticket-queue",
  ]

  /// Reads `--floor PROGRAM --folder SCRATCH --sizes N,N --rounds N [--large-rounds N]`, and either
  /// `--results FILE --document FILE --explanation FILE` to write the tables or `--check-only`.
  init(_ arguments: Arguments) throws {
    floor = try arguments.text("floor")
    folder = try arguments.text("folder")
    sizes = try arguments.text("sizes").split(separator: ",").map { text in
      guard let size = Int(text), size > 0 else { throw BenchError.missing("sizes") }
      return size
    }
    rounds = try arguments.count("rounds")
    largeRounds = arguments.optionalCount("large-rounds") ?? rounds
    isShort = arguments.has("check-only")
    let isWriting = !isShort
    results = isWriting ? try arguments.text("results") : nil
    document = isWriting ? try arguments.text("document") : nil
    explanation =
      isWriting ? try String(contentsOfFile: arguments.text("explanation"), encoding: .utf8) : ""
    own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }

  func run() throws {
    var tables: [Table] = []
    var report = try write(tables)
    for size in sizes {
      tables.append(try measure(size))
      // A run that is cut off keeps what it has.
      report = try write(tables)
    }
    print(report.markdown)
    let missed = report.rows.filter { !$0.isReached(within: isShort ? 2 : 1) }
    guard missed.isEmpty else {
      throw BenchError.below(missed.map { "\($0.name) at \($0.events)" })
    }
  }

  private func write(_ tables: [Table]) throws -> Report {
    let report = Report(
      tables: tables, machine: try Machine.read(), rounds: rounds, explanation: explanation)
    if let results { try report.json.write(to: URL(filePath: results)) }
    if let document {
      try report.markdown.write(toFile: document, atomically: true, encoding: .utf8)
    }
    return report
  }

  private func measure(_ size: Int) throws -> Table {
    var table = Table(events: size)
    let rounds = size >= Self.largeSize ? largeRounds : rounds
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
      if size == sizes.min() { try callers(&table) }
      try reading(size, ours, theirs, &table)
      try rebuilding(ours, theirs, &table)
      try proving(ours, &table)
    }
    return table
  }

  private func proving(_ ours: String, _ table: inout Table) throws {
    try table.add(.tree, deed("tree --events 20000")["us_per_event"], nil)
    try table.add(
      .proof, deed("proof --folder \(ours) --queries \(Self.singles)")["p99_us"], nil)
    let evidence = try deed("evidence --folder \(ours) --events 1000")
    try table.add(.evidence, evidence["p50_us"] / 1000, nil)
    let keys = try fresh("keys")
    let erased = try deed("erase --folder \(ours) --keys \(keys) --queries 100")
    try table.add(.erasure, erased["p99_us"] / 1000, nil)
  }

  private func writing(
    _ size: Int, _ ours: String, _ theirs: String, _ table: inout Table
  ) throws {
    table.syncMicroseconds.append(try peer("sync", folder, "200")["p50_us"])
    let mine = try deed("append --folder \(ours) --events \(size) --group 1000 --seed 1")
    let other = try puts(of: ours, size, group: 1000, to: theirs)
    try table.add(.appendGroups, mine.rate, other.rate)
    try table.add(.longestPause, mine["max_us"] / 1000, other["max_us"] / 1000)
    try table.add(.pauseSpread, mine["p999_us"] / mine["p50_us"], nil)
    try table.add(.writingMemory, mine["memory_mib"], nil)
    try table.recordBytes.append(mine["record_bytes"])
    try table.payloadBytes.append(mine["payload_bytes"])
    try table.add(
      .bytesPerEvent, bytes(in: ours) / Double(size), bytes(in: theirs) / Double(size))
    for (kind, group, seed, factor) in [
      (RowKind.appendSingles, 1, 2, 1), (.appendHundreds, 100, 3, 10),
    ] {
      let count = Self.singles * factor
      let mine = try deed(
        "append --folder \(ours) --events \(count) --group \(group) --seed \(seed)")
      try table.add(
        kind, mine.rate, puts(of: ours, count, group: group, to: theirs).rate)
    }
  }

  /// Appends of several callers at once; into logs of their own, for they are the same whatever
  /// size the table is of.
  private func callers(_ table: inout Table) throws {
    for (kind, callers, group, conditions, count, tags) in [
      (RowKind.appendTwoCallers, 2, 1000, "none", 100_000, 4),
      (.appendTwoTags, 2, 1000, "none", 100_000, 2),
      (.appendManyCallers, 64, 1, "none", Self.singles * 10, 4),
      (.appendStreams, 64, 1, "streams", Self.singles * 10, 4),
      (.appendTags, 64, 1, "tags", Self.singles * 10, 4),
    ] {
      let (ours, theirs) = (try fresh("callers"), try fresh("callers-floor", makes: true))
      let mine = try deed(
        "callers --folder \(ours) --events \(count) --group \(group) --callers \(callers) "
          + "--conditions \(conditions) --tags \(tags) --seed 5")
      let done = Int(try mine["events"])
      let other = try puts(of: ours, done, group: max(64, group), to: theirs)
      try table.add(kind, mine.rate, other.rate)
    }
    let sealed = try deed("seal --folder \(try fresh("seal", makes: true)) --events 20000")
    try table.add(.sealed, sealed["events"] / sealed["processor_seconds"], nil)
  }

  /// Lets C put records of the sizes of the last `count` in the log `ours`.
  private func puts(
    of ours: String, _ count: Int, group: Int, to theirs: String
  ) throws -> Figures {
    let sizes = "\(folder)/sizes"
    _ = try deed("sizes --folder \(ours) --events \(count) --file \(sizes)")
    return try peer("append", theirs, sizes, String(group))
  }

  /// The path of a folder that is not there, or is empty.
  private func fresh(_ name: String, makes: Bool = false) throws -> String {
    let path = "\(folder)/\(name)"
    if FileManager.default.fileExists(atPath: path) {
      try FileManager.default.removeItem(atPath: path)
    }
    if makes {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    return path
  }

  private func reading(
    _ size: Int, _ ours: String, _ theirs: String, _ table: inout Table
  ) throws {
    for _ in 1...3 {
      let mine = try deed("scan --folder \(ours)")
      try table.add(.scan, mine.rate, peer("scan", theirs).rate)
    }
    try table.add(.read, deed("read --folder \(ours)").rate, peer("scan", theirs).rate)
    let load = "--folder \(ours) --events \(size) --queries \(Self.queries) --seed 1"
    for (kind, name, events) in [(RowKind.tags, "tags", 10), (.streams, "streams", 8)] {
      let mine = try deed("\(name) \(load)")
      let gets = try peer("get", theirs, "7919", String(Self.queries * events))
      try table.add(kind, mine["queries"] / mine["seconds"], gets.rate / Double(events))
    }
    try table.add(.asOf, deed("as-of \(load)")["p99_us"], nil)
    let followed = try deed("follow --folder \(ours) --queries \(Self.singles) --seed 4")
    try table.add(.follow, followed["p50_us"], nil)
    try table.add(.followLate, followed["p99_us"], nil)

    for _ in 1...3 {
      let verified = try deed("verify --folder \(ours)")
      try table.add(
        .verify, verified["bytes"] / verified["seconds"] / 1e6, OpenSSL.bytesPerSecond() / 1e6)
    }

    let opened = try deed("open --folder \(ours)")
    try table.add(.open, opened["seconds"] * 1000, peer("open", theirs)["seconds"] * 1000)
  }

  private func rebuilding(_ ours: String, _ theirs: String, _ table: inout Table) throws {
    let built = try deed(
      "rebuild --folder \(ours) --output \(fresh("models")) --model sales-and-tickets")
    try table.add(.rebuild, built.rate, peer("scan", theirs).rate)
    for model in isShort ? [] : Self.models {
      let built = try deed(
        "rebuild --folder \(ours) --output \(fresh("models")) --model \(model)")
      try table.add(.rebuild(model), built.rate, peer("scan", theirs).rate)
    }
    let output = try fresh("models")
    let all = try deed("rebuild --folder \(ours) --output \(output) --model all")
    try table.add(.rebuildAll, all.rate, peer("scan", theirs).rate)
    try table.add(.rebuildMemory, all["memory_mib"], nil)
    let board = try deed("board --folder \(ours) --output \(output) --queries 50")
    try table.add(.board, board["p50_us"], nil)
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
  private(set) var pairs: [(kind: RowKind, values: [(ours: Double, peer: Double?)])] = []
  var syncMicroseconds: [Double] = []
  /// The bytes of a record, without what the store adds.
  var recordBytes: [Double] = []
  /// The bytes of a payload's message.
  var payloadBytes: [Double] = []

  init(events: Int) { self.events = events }

  mutating func add(_ kind: RowKind, _ ours: Double, _ peer: Double?) {
    if let place = pairs.firstIndex(where: { $0.kind.name == kind.name }) {
      pairs[place].values.append((ours, peer))
    } else {
      pairs.append((kind, [(ours, peer)]))
    }
  }

  var rows: [Row] { pairs.map { $0.kind.row($0.values, events: events) } }
}

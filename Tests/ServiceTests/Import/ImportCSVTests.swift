import Service
import TestSupport
import Testing

@Suite struct ImportCSVTests {
  private static func steps(_ text: String, chunkByteCount: Int = 65_536) throws -> [CSVStep] {
    try steps(Array(text.utf8), chunkByteCount: chunkByteCount)
  }

  private static func steps(_ bytes: [UInt8], chunkByteCount: Int = 65_536) throws -> [CSVStep] {
    var reader = CSVReader(ByteFeed(bytes, chunkByteCount: chunkByteCount))
    var steps: [CSVStep] = []
    while let step = try reader.next() { steps.append(step) }
    return steps
  }

  private static func rows(_ steps: [CSVStep]) -> [[String]] {
    steps.compactMap { step in
      if case .row(let row) = step { row.fields } else { nil }
    }
  }

  @Test func `rows end with any line end, and empty lines are none`() throws {
    let steps = try Self.steps("a,b\r\n\r\n1,2\n\n3,\r,4\r\n\r\n")
    #expect(Self.rows(steps) == [["a", "b"], ["1", "2"], ["3", ""], ["", "4"]])
    let lines = steps.map { step in
      if case .row(let row) = step { row.line } else { 0 }
    }
    #expect(lines == [1, 3, 5, 6])
  }

  @Test func `a row's line counts the line ends inside quotes before it`() throws {
    let steps = try Self.steps("\"a\r\nb\nc\rd\",1\r\nx,2")
    guard case .row(let second) = steps[1] else { throw Missing.row }
    #expect(second.line == 5)
    #expect(Self.rows(steps) == [["a\r\nb\nc\rd", "1"], ["x", "2"]])
  }

  @Test func `a UTF-8 mark is dropped and UTF-16 is named`() throws {
    for size in 1...4 {
      let steps = try Self.steps([0xef, 0xbb, 0xbf] + Array("a".utf8), chunkByteCount: size)
      #expect(Self.rows(steps) == [["a"]])
      #expect(throws: SourceFault.utf16) {
        try Self.steps([0xff, 0xfe, 0x61, 0], chunkByteCount: size)
      }
    }
  }

  @Test func `a bad row is named by line and column, and the next one is read`() throws {
    let bad = Array("a,b\nx\"y,1\n\"x\"y,2\nok,".utf8) + [0xc3] + Array("\nlast,4".utf8)
    #expect(
      try Self.steps(bad).dropFirst() == [
        .refused(line: 2, .strayQuote(column: 1)),
        .refused(line: 3, .textBehindQuote(column: 1)),
        .refused(line: 4, .malformedUTF8(column: 2)),
        .row(CSVRow(line: 5, ["last", "4"])),
      ])
  }

  @Test func `half a character does not join the next field's half`() throws {
    #expect(
      try Self.steps([0xc3, UInt8(ascii: ","), 0xa9]) == [
        .refused(line: 1, .malformedUTF8(column: 1))
      ])
  }

  @Test func `a quote that is never closed is named by the line that opens it`() {
    #expect(throws: SourceFault.unclosedQuote(line: 3)) { try Self.steps("a\nb\n\"c\nd\ne") }
  }

  @Test func `limits on field, row, columns and rows are errors, not memory`() {
    var limits = CSVLimits()
    limits.fieldByteCount = 10
    limits.rowByteCount = 15
    limits.columnCount = 4
    limits.rowCount = 2
    let cases: [(String, SourceFault)] = [
      ("a\n12345678901", .fieldTooLong(line: 2, byteLimit: 10)),
      ("12345678,12345678", .rowTooLong(line: 1, byteLimit: 15)),
      ("1,2,3,4,5", .tooManyColumns(line: 1, limit: 4)),
      ("1\n2\n3", .tooManyRows(limit: 2)),
      ("\"1234567890\n\n\n", .fieldTooLong(line: 1, byteLimit: 10)),
    ]
    for (text, fault) in cases {
      #expect(throws: fault) {
        var reader = CSVReader(ByteFeed(Array(text.utf8), chunkByteCount: 3), limits: limits)
        while try reader.next() != nil {}
      }
    }
  }

  @Test func `a repeated column is addressed by its number`() throws {
    let header = CSVHeader(CSVRow(line: 1, ["Variant", "", "Variant", "Variant#2", "Variant"]))
    #expect(header.names == ["Variant", "#2", "Variant#2", "Variant#2#2", "Variant#3"])
    #expect(header.column("Variant#2") == 2)
    #expect(header.column("variant") == nil)
  }

  @Test func `a ragged row is refused, empty fields beyond the header are not`() throws {
    var reader = try CSVTableReader(ByteFeed(Array("a,b\n1\n1,2,,\n1,2,3\n".utf8)))
    #expect(try reader.next() == .refused(line: 2, .fieldCount(found: 1, expected: 2)))
    guard case .row(let row)? = try reader.next() else { throw Missing.row }
    #expect(row[1] == "2")
    #expect(try reader.next() == .refused(line: 4, .fieldCount(found: 3, expected: 2)))
    #expect(try reader.next() == nil)
    #expect(throws: SourceFault.noHeader) { try CSVTableReader(ByteFeed([])) }
  }

  @Test(.enabled(if: SharedData.isPresent))
  func `every case of csv-spectrum reads as its JSON says`() throws {
    let names = SharedData.files(in: "csv-torture/csv-spectrum/csvs")
    #expect(names.count >= 11)
    for name in names {
      var bytes = SharedData.bytes("csv-torture/csv-spectrum/csvs/\(name)")
      if name.hasSuffix("_crlf.csv"), !bytes.contains(UInt8(ascii: "\r")) {
        // The copy went through a checkout that took the CRs away.
        bytes = Array(String(decoding: bytes, as: UTF8.self).replacing("\n", with: "\r\n").utf8)
      }
      let json = name.replacing(".csv", with: ".json")
      let expected = try JSONParser.value(
        of: SharedData.bytes("csv-torture/csv-spectrum/json/\(json)"))
      for size in [1, 2, 3, 7, 65_536] {
        var reader = try CSVTableReader(ByteFeed(bytes, chunkByteCount: size))
        var objects: [JSONValue] = []
        while let step = try reader.next() {
          guard case .row(let row) = step else { throw Missing.row }
          let members = zip(reader.header.names, row.fields).map { JSONMember($0, .string($1)) }
          objects.append(.object(members))
        }
        #expect(JSONValue.array(objects) == expected, "\(name) in pieces of \(size)")
      }
    }
  }

  @Test func `what is written reads back the same`() throws {
    let pieces = [
      "", "a", "\"", ",", ";", "\r", "\n", "\r\n", "é", "客户", "=1+1", "\u{feff}", "\u{0}", " ",
      "'", "\u{301}", "👩‍👩‍👧",
    ]
    for seed in UInt64(1)...300 {
      var random = SeededGenerator(seed: seed)
      let columns = Int.random(in: 1...5, using: &random)
      let rows = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        (0..<columns).map { _ in
          (0..<Int.random(in: 0...4, using: &random))
            .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        }
      }
      let delimiter: UInt8 = Bool.random(using: &random) ? UInt8(ascii: ",") : UInt8(ascii: ";")
      let dialect = try #require(CSVDialect(delimiter: delimiter))
      let writer = CSVWriter(dialect: dialect, defendsFormulas: false)
      let text = rows.map { writer.line($0) }.joined()
      let size = Int.random(in: 1...20, using: &random)
      var reader = CSVReader(ByteFeed(Array(text.utf8), chunkByteCount: size), dialect: dialect)
      var read: [[String]] = []
      while let step = try reader.next() {
        guard case .row(let row) = step else { throw Missing.row }
        read.append(row.fields)
      }
      #expect(Self.areSame(read, rows), "seed \(seed)")
    }
  }

  /// Byte for byte: `==` of texts would let canonical equivalents pass.
  private static func areSame(_ a: [[String]], _ b: [[String]]) -> Bool {
    a.map { $0.map { Array($0.utf8) } } == b.map { $0.map { Array($0.utf8) } }
  }

  @Test(arguments: [
    "=1+1", "=\u{301}cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\r\nx",
    "\u{0}x", "＝1", "＋1", "－1", "＠x",
  ])
  func `text that a spreadsheet would calculate is written as text`(text: String) {
    let line = CSVWriter().line([text, "b"])
    let start = line.utf8.drop { $0 == UInt8(ascii: "\"") }
    #expect(start.first == UInt8(ascii: "'"))
    #expect(
      CSVWriter().line([.plain(text)]).utf8.contains(UInt8(ascii: "'"))
        == text.utf8.contains(UInt8(ascii: "'")))
  }

  private enum Missing: Error { case row }
}

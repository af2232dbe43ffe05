import Service
import TestSupport
import Testing

@Suite struct ImportJSONTests {
  private static func outcome(_ bytes: [UInt8]) -> Result<JSONValue, JSONRefusal> {
    Result { () throws(JSONRefusal) in try JSONParser.value(of: bytes) }
  }

  private static func outcome(_ text: String) -> Result<JSONValue, JSONRefusal> {
    outcome(Array(text.utf8))
  }

  @Test func `numbers keep their digits and members their order`() throws {
    let text = #"{"b":1.000000000000000005,"a":-0,"é":[1E-999,true,null]}"#
    #expect(try JSONParser.value(of: text).compact == text)
  }

  @Test func `a member that stands twice is refused, by bytes`() {
    #expect(Self.outcome(#"{"a":1,"b":2,"a":1}"#) == .failure(.duplicateMember("a")))
    #expect(Self.outcome(#"{"a":1,"\u0061":1}"#) == .failure(.duplicateMember("a")))
    guard case .success(.object(let members)) = Self.outcome("{\"e\u{301}\":1,\"\u{e9}\":2}") else {
      Issue.record("canonical equivalents are two names")
      return
    }
    #expect(members.count == 2)
  }

  @Test(arguments: [2, 15, 16, 17, 40])
  func `a member that stands twice is found among many`(count: Int) {
    let members = (0..<count).map { #""m\#($0)":\#($0)"# }
    for twice in [0, count / 2, count - 1] {
      let text = "{\(members.joined(separator: ",")),\"m\(twice)\":1}"
      #expect(Self.outcome(text) == .failure(.duplicateMember("m\(twice)")))
    }
    guard case .success(.object(let found)) = Self.outcome("{\(members.joined(separator: ","))}")
    else {
      Issue.record("\(count) members of their own names are fine")
      return
    }
    #expect(found.count == count)
  }

  @Test func `a text is read to its end, whatever is escaped in it`() {
    #expect(
      Self.outcome(#"["", "a", "a\"b", "\\", "é\u00e9", "a\n"]"#)
        == .success(.array(["", "a", "a\"b", "\\", "éé", "a\n"].map { .string($0) })))
    #expect(Self.outcome("[\"a\u{1}\"]") == .failure(.unexpected(at: 4)))
    #expect(Self.outcome(#"["a"#) == .failure(.ended))
    #expect(Self.outcome(#"["a\"#) == .failure(.ended))
  }

  @Test func `refusals name the place`() {
    #expect(Self.outcome(#"{"a":1} x"#) == .failure(.textBehindValue(at: 9)))
    #expect(Self.outcome(#"{"a":"#) == .failure(.ended))
    #expect(Self.outcome(#"["\ud800x"]"#) == .failure(.loneSurrogate(at: 3)))
    #expect(Self.outcome(#"["\ud800\ud800"]"#) == .failure(.loneSurrogate(at: 3)))
    #expect(Self.outcome([0x22, 0xff, 0x22]) == .failure(.malformedUTF8(at: 2)))
    #expect(Self.outcome("[01]") == .failure(.unexpected(at: 3)))
    #expect(Self.outcome(#"["\ud83d\ude00"]"#) == .success(.array([.string("😀")])))
  }

  @Test func `nesting has a limit`() {
    let deep = { (count: Int) in
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    #expect(throws: Never.self) { try JSONParser.value(of: deep(JSONParser.depthLimit)) }
    #expect(
      Self.outcome(deep(JSONParser.depthLimit + 1)) == .failure(.tooDeep(limit: 64)))
    #expect(
      Self.outcome(String(repeating: "[{\"a\":", count: 500_000)) == .failure(.tooDeep(limit: 64)))
  }

  @Test(.enabled(if: SharedData.isPresent))
  func `the JSON test suite is taken and refused as it should be`() {
    // What we refuse beyond the suite: a member that stands twice.
    let ours = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"]
    let names = SharedData.files(in: "json-torture/test_parsing")
    #expect(names.count == 318)
    for name in names {
      let outcome = Self.outcome(SharedData.bytes("json-torture/test_parsing/\(name)"))
      switch (name.prefix(2), outcome) {
      case ("y_", .success): #expect(!ours.contains(name))
      case ("y_", .failure(let refusal)): #expect(ours.contains(name), "\(name): \(refusal)")
      case ("n_", .success): Issue.record("\(name) was taken")
      default: break
      }
    }
    for name in SharedData.files(in: "json-torture/test_transform") {
      if case .success(let value) = Self.outcome(
        SharedData.bytes("json-torture/test_transform/\(name)"))
      {
        #expect(throws: Never.self, "\(name)") { try JSONParser.value(of: value.compact) }
      }
    }
  }

  @Test func `lines are objects, and every other line is named`() throws {
    let text = "\u{feff}{\"a\":1}\r\n\n[1]\n{\"a\":\n  \n{\"a\":2}"
    for size in [1, 5, 65_536] {
      var reader = JSONLinesReader(ByteFeed(Array(text.utf8), chunkByteCount: size))
      var steps: [JSONLinesStep] = []
      while let step = try reader.next() { steps.append(step) }
      #expect(
        steps == [
          .object(line: 1, .object([JSONMember("a", .number("1"))])),
          .refused(line: 3, .notAnObject(found: "an array")), .refused(line: 4, .ended),
          .object(line: 6, .object([JSONMember("a", .number("2"))])),
        ])
    }
  }

  @Test func `a line beyond the limit is refused and the next one read`() throws {
    let long = "{\"a\":\"" + String(repeating: "x", count: 5000) + "\"}\n{}"
    var reader = JSONLinesReader(
      ByteFeed(Array(long.utf8), chunkByteCount: 100), lineByteLimit: 999)
    #expect(try reader.next() == .refused(line: 1, .tooLong(byteLimit: 999)))
    #expect(try reader.next() == .object(line: 2, .object([])))
    #expect(try reader.next() == nil)
  }

  @Test func `text survives writing and reading, whatever it holds`() throws {
    for seed in UInt64(1)...200 {
      var random = SeededGenerator(seed: seed)
      let scalars = (0..<30).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0...0x2_ffff, using: &random))
      }
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      let value = JSONValue.object([JSONMember(text, .array([.string(text), .boolean(true)]))])
      #expect(try JSONParser.value(of: value.compact) == value, "seed \(seed)")
      #expect(try JSONParser.value(of: value.pretty) == value, "seed \(seed)")
    }
  }
}

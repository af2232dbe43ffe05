import Foundation
import TestSupport
import Testing

/// The life of a read model, as people and scripts meet it.
@Suite struct ModelCommandTests {
  @Test(arguments: [
    ("deed models diff --all --data d", 1, "MODEL.NO_BUILD"),
    ("deed models diff --data d", 2, "--all"),
    ("deed models switch ticket-queue --data d", 2, "--reason"),
    ("deed models switch ticket-queue --reason r --data d", 1, "MODEL.NO_BUILD"),
    ("deed models rollback ticket-queue --reason r --data d", 1, "MODEL.NO_BUILD"),
    ("deed models skip ticket-queue 3 --reason r --data d", 1, "MODEL.NOT_STOPPED"),
    ("deed models skip nosuch 3 --reason r --data d", 2, "VALIDATION.MODEL"),
    ("deed models retry nosuch --data d", 2, "VALIDATION.MODEL"),
    ("deed models discard nosuch --data d", 2, "VALIDATION.MODEL"),
    ("deed models rebuild nosuch --data d", 2, "VALIDATION.MODEL"),
    ("deed models rebuild --all --max-rate 0 --data d", 2, "VALIDATION.RATE"),
    ("deed models rehearse --sample 0 --data d", 2, "VALIDATION.SAMPLE"),
    ("deed models diff --all --expected-changes none --data d", 2, "VALIDATION.EXPECTED_CHANGES"),
  ])
  func `what can't be is refused with a code`(
    command: String, status: Int32, words: String
  ) throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: "deed init --data d > /dev/null; \(command)", in: folder)
      #expect(outcome.status == status, "\(outcome.standardOutput)\(outcome.standardError)")
      #expect(outcome.standardError.contains(words), "\(outcome.standardError)")
    }
  }

  @Test func `killed again and again, a rebuild ends with the same rows`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          deed demo --data d > /dev/null
          deed models list --data d --digest --format json > before.json
          for kill in 1 2 3; do
            deed models rebuild --all --hold --max-rate 200 --quiet --data d > /dev/null &
            until ls d/main/models/*.3.sqlite > /dev/null 2>&1; do :; done
            kill -9 $!
            wait $! || true
          done
          deed models rebuild --all --hold --quiet --data d --format json > rebuilt.json
          deed models diff --all --quiet --data d > diff.txt
          deed models switch --all --reason test --quiet --data d > switched.txt
          deed models list --data d --digest --format json > after.json
          """, in: folder)
      try #require(outcome.status == 0, "\(outcome.standardError)")
      func digests(_ file: String) throws -> [String] {
        let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
        return text.split(separator: "\n").filter { $0.contains("\"digest\"") }.map(String.init)
      }
      #expect(try digests("before.json").count >= 7)
      #expect(try digests("before.json") == digests("after.json"))
    }
  }

  @Test func `with JSON, progress comes as lines of JSON on standard error`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          deed demo --data d > /dev/null
          deed models rebuild --all --data d --format json > out.json 2> progress.jsonl
          python3 -c "import json; lines = [json.loads(l) for l in open('progress.jsonl')]
          assert lines and all(l['work'] == 'Rebuilding' and l['unit'] == 'events' for l in lines)
          assert lines[-1]['done'] == lines[-1]['total']; json.load(open('out.json'))"
          """, in: folder)
      #expect(outcome.status == 0, "\(outcome.standardError)")
    }
  }
}

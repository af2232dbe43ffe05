import Foundation
import TestSupport
import Testing

/// The command as people and scripts meet it: what it prints, and how it ends.
@Suite struct DemoCommandTests {
  @Test func `the demo answers for its dispute, and its answers stay`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          set -eu
          deed demo --data d --format json > demo.json
          account=$(sed -n 's/.*"account": *"\\([^"]*\\)".*/\\1/p' demo.json | head -n 1)
          grep -q '"digestsEqual": *true' demo.json
          grep -q '"verified": *true' demo.json
          deed owners "$account" --data d --at 2026-03-31 --format csv | cut -d, -f1,6 > then.csv
          deed owners "$account" --data d --format csv | cut -d, -f6 > chain.csv
          deed show account "$account" --data d --as-of 2026-03-31 --format json > shown.json
          deed models list --data d --digest --format csv | sed 's/,.*,/,/' > before.csv
          deed models rebuild --all --data d --quiet > rebuilt.txt
          deed models list --data d --digest --format csv | sed 's/,.*,/,/' > after.csv
          cmp before.csv after.csv
          deed log verify --data d --quiet > verified.txt
          deed log checkpoint --data d > checkpoint.txt
          deed log proof 5 --data d > proof.txt
          deed log backup copy --data d > backup.txt
          deed log restore copy --data restored --keys d.keys > restored.txt
          deed log verify --data restored --keys d.keys --quiet > verified-again.txt
          """, in: folder)
      #expect(outcome.status == 0, "\(outcome.standardError)")
      let then = try text("then.csv", in: folder).split(whereSeparator: \.isNewline)
      #expect(then.count == 2 && then.last?.hasSuffix("creation") == true)
      let chain = try text("chain.csv", in: folder).split(whereSeparator: \.isNewline)
      #expect(chain == ["method", "creation", "release", "claim"])
      #expect(try text("shown.json", in: folder).contains("福建码上科技有限公司"))
      #expect(try text("proof.txt", in: folder).contains("c2sp.org/tlog-proof@v1"))
    }
  }

  @Test func `an access log that is lost is told, and work goes on when that is recorded`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          set -eu
          deed init --data d > made.txt
          deed do CreateAccount '{"accountType":"organization","source":{"channel":"website"},\
          "name":"Quill"}' --data d --format json > account.json
          account=$(sed -n 's/.*"id": *"\\([^"]*\\)".*/\\1/p' account.json | head -n 1)
          deed evidence export --record "$account" --folder case --data d > exported.txt
          deed log backup copy --data d > backup.txt
          rm -r copy/access d/main/access
          if deed do CreateTeam '{"name":"South"}' --data d 2> refused.txt; then exit 9; fi
          grep -q 'LOG.FORKED' refused.txt
          deed log stats --data d > stats.txt
          if deed log restore copy --data again --keys d.keys 2> half.txt; then exit 9; fi
          grep -q -e '--without-access-log' half.txt
          deed log restore copy --data again --keys d.keys --without-access-log > alone.txt
          deed log accept-access-loss --reason disk-failure --data d > accepted.txt
          deed do CreateTeam '{"name":"South"}' --data d > team.txt
          deed log verify --quiet --data d > verified.txt
          """, in: folder)
      #expect(outcome.status == 0, "\(outcome.standardError)")
    }
  }

  @Test(arguments: [
    ("deed log stats --data nowhere", 1, "WORKSPACE.NOT_FOUND"),
    ("deed show", 2, "help"),
    ("deed nonsense", 2, "help"),
    ("deed init --data d --workspace 'A B'", 2, "VALIDATION.WORKSPACE"),
    ("deed init --data d --origin 'a b'", 2, "VALIDATION.ORIGIN"),
    ("deed init --data d --time-zone Nowhere", 2, "VALIDATION.TIME_ZONE"),
    ("deed init --data d --currency euro", 2, "VALIDATION.CURRENCY"),
    ("deed init --data d --origin 'a b' || deed init --data d && deed init --data d", 1, "EXISTS"),
    ("deed init --data d && deed init --data d", 1, "WORKSPACE.EXISTS"),
    ("deed init --data d && deed demo --data d", 1, "WORKSPACE.EXISTS"),
    ("deed init --data d && deed show account acc_none --data d", 1, "STATE.NOT_FOUND"),
    ("deed init --data d && deed show planet x --data d", 2, "VALIDATION.RECORD_TYPE"),
    ("deed init --data d && deed query 'DELETE FROM account' --data d", 1, "QUERY.REFUSED"),
    ("deed init --data d && deed do ClaimFromPool '{}' --data d", 1, "error:"),
    ("deed init --data d && deed do CreateAccount '{\"colour\":1}' --data d", 1, "VALIDATION"),
    ("deed init --data d && deed log proof 99 --data d", 1, "LOG.UNKNOWN_SIZE"),
    ("deed init --data d && deed import events none.jsonl --data d", 1, "IMPORT.SOURCE"),
    ("deed init --data d && deed timers run --until 2099-01-01 --data d", 2, "TIMERS.NOT_YET"),
    ("deed init --data d && deed timers run --until 5 --data d", 2, "VALIDATION.TIME"),
    ("deed init --data d && deed timers run --limit 0 --data d", 2, "help"),
    ("deed init --data d && deed timers list --policy x --data d", 2, "VALIDATION.POLICY"),
    ("deed init --data d && deed timers list --limit 0 --data d", 2, "VALIDATION.LIMIT"),
    ("deed init --data d && deed timers list --record x --data d", 2, "VALIDATION.RECORD"),
    ("deed init --data d && deed pool show pol_none --data d", 1, "STATE.NOT_FOUND"),
  ])
  func `bad input ends with a sentence and the right code`(
    script: String, status: Int32, words: String
  ) throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(script: script, in: folder)
      #expect(outcome.status == status, "\(outcome.standardOutput)\(outcome.standardError)")
      #expect(outcome.standardError.contains(words), "\(outcome.standardError)")
    }
  }

  @Test func `without the keys personal fields are hidden, and nothing else is`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          set -eu
          deed init --data d --administrator 'Chen Jie' --format json > init.json
          user=$(sed -n 's/.*"administrator": *"\\([^"]*\\)".*/\\1/p' init.json)
          deed show user "$user" --data d > open.txt
          mv d.keys elsewhere
          deed show user "$user" --data d > hidden.txt
          """, in: folder)
      #expect(outcome.status == 0, "\(outcome.standardError)")
      #expect(try text("open.txt", in: folder).contains("Chen Jie"))
      let hidden = try text("hidden.txt", in: folder)
      #expect(hidden.contains("(hidden)") && !hidden.contains("Chen Jie"))
    }
  }

  @Test func `a workspace that can't be made leaves nothing behind`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          touch file
          deed init --data file/data --keys k && exit 3
          test -e k/main && exit 4
          deed init --data d --keys k
          """, in: folder)
      #expect(outcome.status == 0, "\(outcome.standardError)")
      #expect(outcome.standardError.contains("file/data"), "\(outcome.standardError)")
    }
  }

  @Test func `beside a process that writes, reading goes on and writing is refused`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          set -eu
          deed init --data d --format json > init.json
          user=$(sed -n 's/.*"administrator": *"\\([^"]*\\)".*/\\1/p' init.json)
          exec 9>>d/main/lock
          flock --nonblock 9
          deed show user "$user" --data d > shown.txt 9>&-
          deed log verify --data d --quiet 9>&-
          deed do CreateTeam '{"name":"Sales"}' --data d 9>&-
          """, in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.standardError.contains("LOG.LOCKED"), "\(outcome.standardError)")
      #expect(try text("shown.txt", in: folder).contains("usr_"))
    }
  }

  private func text(_ file: String, in folder: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
  }
}

import Foundation
import TestSupport
import Testing

/// The way of a changed read model, on the change log of a sales team that another system kept.
@Suite(.enabled(if: SharedData.isPresent)) struct PipedriveModelTests {
  /// The workspace with the history in it, and figures of it from the builds that serve.
  private static let history = """
    export DEED_DATA=d
    deed init > /dev/null
    for part in users:users deals:deal_changes activities:activity; do
      deed import csv --mapping "$mappings/pipedrive-${part%%:*}.yaml" \
        "$data/${part##*:}.csv" > "${part%%:*}.txt"
    done
    deed models list --digest --format json > before.json
    deed query "SELECT status, count(*) FROM opportunity GROUP BY 1 ORDER BY 1" --format csv > q0.csv
    """

  /// A hand in the file that waits stands for a projector that was changed without a word.
  private static let planted = #"""
    cat > plant.py <<'PYTHON'
    import sqlite3
    rows = sqlite3.connect("d/main/models/pipeline-board-v1.2.sqlite")
    with rows:
        rows.execute("UPDATE opportunity SET status = 'open' WHERE opportunity_id IN "
                     "(SELECT opportunity_id FROM opportunity ORDER BY 1 LIMIT 3)")
    PYTHON
    """#

  private static let script = """
    deed models rehearse --quiet --format json > rehearsal.json
    deed models rebuild --all --hold --quiet > rebuilt.txt
    deed models diff --all --quiet --format json > same.json
    python3 plant.py
    status=0
    deed models diff --all --quiet --format json > planted.json || status=$?
    test "$status" = 1
    status=0
    deed models switch --all --reason release --quiet 2> refused.txt || status=$?
    test "$status" = 1
    deed models list --format json > held.json
    echo 'pipeline-board opportunity changed status max=3' > expected
    deed models diff --all --quiet --expected-changes expected > declared.txt
    deed models switch --all --reason release --quiet --expected-changes expected > switched.txt
    deed query "SELECT status, count(*) FROM opportunity GROUP BY 1 ORDER BY 1" --format csv > q1.csv
    deed models rollback pipeline-board --reason wrongStatus > back.txt
    deed query "SELECT status, count(*) FROM opportunity GROUP BY 1 ORDER BY 1" --format csv > q2.csv
    deed models list --digest --format json > after.json
    deed replay --type ReadModelSwitched --type ReadModelRolledBack --format csv > audit.csv
    """

  private func text(_ name: String, in folder: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }

  /// The digests of a list of models, in its order.
  private func digests(_ name: String, in folder: String) throws -> [String] {
    try text(name, in: folder).split(separator: "\n").filter { $0.contains("\"digest\"") }
      .map(String.init)
  }

  @Test func `a change log is rehearsed, rebuilt, compared, switched and rolled back`() throws {
    try withTemporaryFolder { folder in
      let outcome = try BuiltCommand.run(
        script: """
          data='\(SharedData.path("pipedrive-changelog"))'
          mappings='\(PackageRoot.path)/Fixtures/mappings'
          \(Self.history)
          \(Self.planted)
          \(Self.script)
          """, in: folder)
      try #require(outcome.status == 0, "\(outcome.standardError)")
      let rehearsal = try text("rehearsal.json", in: folder)
      #expect(rehearsal.contains(#""failures": 0"#))
      #expect(rehearsal.contains(#""unmappedFields": 0"#))
      #expect(try text("same.json", in: folder).contains(#""undeclared": 0"#))
      // The hand is found, and followed to what made the row what it was.
      let planted = try text("planted.json", in: folder)
      #expect(planted.contains(#""undeclared": 1"#))
      #expect(planted.contains("pipeline-board opportunity changed status"))
      #expect(planted.contains("\"type\": \"Opportunity"))
      #expect(try text("refused.txt", in: folder).contains("MODEL.DIFFERENT"))
      #expect(try text("held.json", in: folder).contains(#""serving": "1.1""#))
      // Whoever asks gets the new rows, and after the way back the old ones.
      let before = try text("q0.csv", in: folder)
      #expect(try text("q1.csv", in: folder) != before)
      #expect(try text("q2.csv", in: folder) == before)
      let first = try digests("before.json", in: folder)
      #expect(first.count >= 10)
      #expect(try digests("after.json", in: folder) == first)
      let audit = try text("audit.csv", in: folder)
      #expect(audit.split(whereSeparator: \.isNewline).count == 1 + first.count + 1)
      #expect(audit.contains("ReadModelRolledBack,wrongStatus"))
    }
  }
}

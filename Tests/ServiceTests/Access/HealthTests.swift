import EventLog
import LMDB
import Service
import Testing

@Suite struct HealthTests {
  @Test func `a writer that is stuck, full, broken or elsewhere is told apart`() {
    func trouble(_ busy: Int64, _ failure: LMDBError? = nil) -> String? {
      WorkspaceHealth.trouble(
        of: WriterStanding(waitingCount: 3, busyMicroseconds: busy, failure: failure))
    }
    let patience = WorkspaceHealth.writerPatienceMicroseconds
    #expect(trouble(0) == nil)
    #expect(trouble(patience) == nil)
    #expect(trouble(patience + 1) == "The writer is stuck at one group.")
    #expect(trouble(0, LMDBError(call: .txnCommit, cause: .mapFull)) == "The writer has no room.")
    #expect(
      trouble(0, LMDBError(call: .txnCommit, cause: .damaged)) == "The writer could not write.")
    #expect(WorkspaceHealth.trouble(of: nil) == "Another process writes the workspace.")
  }
}

internal import LMDB

/// Says when the log's file needs free pages that lie side by side.
///
/// Each small commit replaces some ten pages, by the oldest free ones. Of these, some become
/// records for good, and others come from where the file ends then: what circulates lies scattered
/// all over a file that has grown by large commits in between, and a commit is as many writes for the disk,
/// one after the other. A stretch of free pages, added whenever there are none left, keeps them together.
struct FreePages {
  /// How many pages the file had before the last commit, if that was small.
  private var pageCount: Int?
  /// Some were added, and no commit since has grown the file by nothing: as long as a reader holds
  /// an old snapshot, no page that became free behind it is used, so that more of them would only
  /// grow the file.
  private var isAdded = false

  /// The most bytes of records in a small commit.
  private static let smallByteLimit = 1 << 15
  /// Four mebibytes, and in a small file an eighth of it.
  private static let stretch = 1_024
  private static let share = 8
  /// Fewer are not worth the trouble.
  private static let leastStretch = 64

  /// How many pages are to be added with a commit of so many bytes of records; mostly none.
  mutating func wanted(
    forCommitOf byteCount: Int, in environment: Environment.Statistics
  ) -> Int {
    guard byteCount <= Self.smallByteLimit else {
      pageCount = nil
      return 0
    }
    let before = pageCount
    pageCount = environment.pageCount
    guard let before else { return 0 }
    // The file grows when no free page is left.
    guard environment.pageCount > before else {
      isAdded = false
      return 0
    }
    guard !isAdded else { return 0 }
    let count = min(Self.stretch, environment.pageCount / Self.share)
    let mapPageCount = environment.mapSizeBytes / environment.pageSizeBytes
    guard count >= Self.leastStretch, mapPageCount - environment.pageCount > 4 * count else {
      return 0
    }
    pageCount = nil
    isAdded = true
    return count
  }
}

internal import CLMDB
internal import Glibc

extension WriteTransaction {
  /// Adds `count` free pages that lie side by side, for transactions to come.
  ///
  /// A commit takes the oldest free pages there are; where these lie far apart, each is a write of its
  /// own for the disk. The file's end moves at once; its size only as the pages are written, where the
  /// transaction has taken free pages before. Otherwise they are written, as zeros.
  ///
  /// - Parameter count: 2 or more; twice as many must be left in the map, else the transaction can
  ///   only be given up.
  /// - Throws: ``LMDBError``: cause `mapFull`.
  ///
  /// Source: mdb.c 0.9.24, `mdb_page_alloc` takes a value greater than a page from pages side by
  /// side, `mdb_ovpage_free` gives those of the same transaction back unwritten.
  package mutating func addFreePages(_ count: Int) throws(LMDBError) {
    precondition(count >= 2, "one page alone lies side by side with none")
    var main: MDB_dbi = 0
    try unsafe LMDBError.check(mdb_dbi_open(handle.pointer, nil, 0, &main), .dbiOpen)
    var status = MDB_stat()
    try unsafe LMDBError.check(mdb_stat(handle.pointer, main, &status), .stat)
    let byteCount = count * Int(status.ms_psize) - Self.pageHeaderByteCount
    let name = Array("free pages".utf8)
    let code = unsafe name.span.withMDBValue { key in
      var value = unsafe MDB_val(mv_size: byteCount, mv_data: nil)
      let code = unsafe mdb_put(handle.pointer, main, &key, &value, UInt32(MDB_RESERVE))
      // Safe: LMDB has reserved so many bytes there. What stood in this memory may be secret.
      if code == 0, let room = unsafe value.mv_data { unsafe memset(room, 0, value.mv_size) }
      return code
    }
    try LMDBError.check(code, .put)
    let undone = unsafe name.span.withMDBValue { key in
      unsafe mdb_del(handle.pointer, main, &key, nil)
    }
    try LMDBError.check(undone, .del)
  }

  /// What stands before a value's bytes on the first of its pages.
  ///
  /// Source: mdb.c 0.9.24, `PAGEHDRSZ`.
  private static let pageHeaderByteCount = 16
}

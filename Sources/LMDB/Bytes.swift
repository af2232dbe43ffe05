internal import CLMDB

extension MDB_val {
  /// The bytes LMDB points at: valid until the next write, or the transaction's end.
  @unsafe var buffer: UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: mv_data?.assumingMemoryBound(to: UInt8.self), count: mv_size)
  }

  /// The integer LMDB points at, for the keys of an ``IntegerTable``.
  @unsafe var integer: UInt64 {
    guard let data = unsafe mv_data else { preconditionFailure("an integer key has bytes") }
    return unsafe data.loadUnaligned(as: UInt64.self)
  }
}

extension Span<UInt8> {
  /// Calls `body` with an `MDB_val` over these bytes, which LMDB reads and never writes.
  @inline(__always)
  func withMDBValue<Result>(_ body: (inout MDB_val) -> Result) -> Result {
    unsafe withUnsafeBytes { buffer in
      var value = unsafe MDB_val(
        mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
      return unsafe body(&value)
    }
  }
}

extension UInt64 {
  /// Calls `body` with an `MDB_val` over this integer in the machine's order, as
  /// `MDB_INTEGERKEY` wants it.
  @inline(__always)
  func withMDBValue<Result>(_ body: (inout MDB_val) -> Result) -> Result {
    unsafe withUnsafeBytes(of: self) { buffer in
      var value = unsafe MDB_val(
        mv_size: buffer.count, mv_data: UnsafeMutableRawPointer(mutating: buffer.baseAddress))
      return unsafe body(&value)
    }
  }
}

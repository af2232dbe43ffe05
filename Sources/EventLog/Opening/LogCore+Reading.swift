internal import EventModel
internal import LMDB
internal import Synchronization

/// The index for readers.
extension LogCore {
  /// The index, brought up to what is committed; `nil` where there is none, so that readers look
  /// at every event.
  func currentIndex() throws(LMDBError) -> EventIndex? {
    if hasWriter { return index }
    return try readingIndex.withLock { slot throws(LMDBError) in
      if slot == nil { slot = try openForReading() }
      guard let index = slot else { return nil }
      do throws(LMDBError) {
        try catchUp(index)
      } catch  where error.cause == .damaged {
        // It was made anew by the process that writes: opened again when it is asked for next.
        slot = nil
      }
      return slot
    }
  }

  private func openForReading() throws(LMDBError) -> EventIndex? {
    guard DurableFile.exists(paths.index + "/data.mdb") else { return nil }
    let index: EventIndex
    do throws(LMDBError) {
      let folder = paths.index
      index = try whenReleased { () throws(LMDBError) in
        try EventIndex(reading: folder, options: EventIndex.Options(newHashKey: .random()))
      }
    } catch {
      switch error.cause {
      case .noFile, .notFound, .notAnEnvironment, .damaged, .cutOff, .alreadyOpen: return nil
      case .mapFull, .diskFull, .readersFull, .tablesFull, .keyExists, .badKeySize,
        .otherKindOfTable, .forbidden, .other:
        throw error
      }
    }
    return try isOurs(index) ? index : nil
  }

  private func catchUp(_ index: EventIndex) throws(LMDBError) {
    let size = try readSize()
    guard index.size < size else { return }
    switch try index.refresh(logSize: size) {
    case .insert: try insert(into: index, upTo: size, waits: false)
    case .tooFarBehind: break
    }
  }
}

extension IndexHashKey {
  /// A key for a new index: it decides where entries stand, and nothing that the log says.
  package static func random() -> IndexHashKey {
    IndexHashKey(UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
  }
}

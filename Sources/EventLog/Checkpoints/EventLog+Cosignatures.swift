internal import EventModel
internal import LMDB
package import Transparency

/// Cosignatures of witnesses on published checkpoints.
extension EventLog {
  /// Puts the lines of `note` to those of the published note of its size, which says the same.
  ///
  /// The writer's thread does it, behind what was asked of it before; the caller's is not blocked.
  ///
  /// - Throws: ``CheckpointError`` when nothing was published at that size, or the note says
  ///   something else.
  package func storeCosigned(_ note: SignedNote) async throws(CheckpointError) {
    guard let writer else { throw .noSigner }
    let size: UInt64
    do throws(NoteError) {
      size = try PublishedCheckpoint(parsing: note.note).checkpoint.size
    } catch { throw .note(error) }
    let lease: LogLease
    do throws(LMDBError) { lease = try open() } catch { throw .storage(error) }
    let result = await withCheckedContinuation { continuation in
      writer.store {
        do throws(CheckpointError) {
          return .success(try Self.store(note, ofSize: size, in: lease.core.store))
        } catch { return .failure(error) }
      } _: {
        continuation.resume(returning: $0)
      }
    }
    try result.get()
  }

  private static func store(
    _ note: SignedNote, ofSize size: UInt64, in store: LogStore
  ) throws(CheckpointError) {
    // Read and written in one transaction, so that what another asked for meanwhile stays.
    try store.environment.write { writer throws(CheckpointError) in
      let stored: String?
      do throws(LMDBError) {
        stored = try writer.withValue(forKey: size, in: store.tables.checkpoints) {
          value throws(LMDBError) -> String? in
          guard let value else { return nil }
          return value.text(0..<value.count)
        }
      } catch { throw .storage(error) }
      guard let stored else { throw .unknownSize(size) }
      let bytes = Array(try joined(note, with: stored).utf8)
      do throws(LMDBError) {
        try writer.put(bytes.span, forKey: size, in: store.tables.checkpoints)
      } catch { throw .storage(error) }
    }
  }

  /// `note` with the lines that it lacks of the `stored` one, as a note that can be read again.
  private static func joined(
    _ note: SignedNote, with stored: String
  ) throws(CheckpointError) -> String {
    do throws(NoteError) {
      let kept = try SignedNote(parsing: stored)
      guard kept.text.utf8.elementsEqual(note.text.utf8) else {
        throw .malformed("the cosigned note says something else than the published one")
      }
      let others = kept.signatures.filter { line in
        !note.signatures.contains { $0.keyID == line.keyID && $0.name == line.name }
      }
      let joined = SignedNote(text: note.text, signatures: note.signatures + others)
      return try PublishedCheckpoint(parsing: joined.note).note
    } catch { throw .note(error) }
  }
}

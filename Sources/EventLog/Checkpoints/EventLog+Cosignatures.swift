internal import EventModel
internal import LMDB
package import Transparency

/// Cosignatures of witnesses on published checkpoints.
extension EventLog {
  /// Puts the lines of `note` to those of the published note of its size, which says the same.
  ///
  /// - Throws: ``CheckpointError`` when nothing was published at that size, or the note says
  ///   something else.
  package func storeCosigned(_ note: SignedNote) throws(CheckpointError) {
    guard writer != nil else { throw .noSigner }
    let published: PublishedCheckpoint
    let kept: SignedNote
    do throws(NoteError) {
      published = try PublishedCheckpoint(parsing: note.note)
    } catch { throw .note(error) }
    let stored = try checkpoint(size: published.checkpoint.size)
    do throws(NoteError) {
      kept = try SignedNote(parsing: stored.note)
    } catch { throw .note(error) }
    guard kept.text.utf8.elementsEqual(note.text.utf8) else {
      throw .note(.malformed("the cosigned note says something else than the published one"))
    }
    // What another asked for meanwhile stays.
    let others = kept.signatures.filter { line in
      !note.signatures.contains { $0.keyID == line.keyID && $0.name == line.name }
    }
    let joined = SignedNote(text: note.text, signatures: note.signatures + others)
    let bytes = Array(joined.note.utf8)
    do throws(LMDBError) {
      let lease = try open()
      try withExtendedLifetime(lease) { () throws(LMDBError) in
        let store = lease.core.store
        try store.environment.write { writer throws(LMDBError) in
          try writer.put(
            bytes.span, forKey: published.checkpoint.size, in: store.tables.checkpoints)
        }
      }
    } catch { throw .storage(error) }
  }
}

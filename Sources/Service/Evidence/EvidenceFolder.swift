internal import EventModel
internal import Evidence
internal import Foundation
internal import Transparency

/// A folder for people who have no `deed`: the evidence, readable reports, the pieces that tools
/// of others check, and how.
struct EvidenceFolder {
  static let fileName = "evidence.json"
  static let accessName = "access.json"
  static let accessKeyName = "access.vkey"
  let evidence: VerifiedEvidence
  let bundle: EvidenceBundle
  let key: NoteKey
  let access: MadeAccess?

  /// Writes into a new folder; removes it again when a file can't be written.
  func write(to folder: String, file: [UInt8]) throws(ServiceError) {
    let report = EvidenceReport(evidence, access: access?.verified, keys: [key.vkey])
    do {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/proofs", withIntermediateDirectories: true)
      var files: [(String, [UInt8])] = [
        (Self.fileName, file), ("report.html", Array(report.html.utf8)),
        ("report.txt", Array(report.plainText.utf8)), ("HOW-TO-CHECK.txt", Array(guide.utf8)),
        ("log.vkey", Array((key.vkey + "\n").utf8)),
        ("checkpoint", Array(bundle.checkpoint.utf8)),
      ]
      if let access {
        files.append((Self.accessName, access.bytes))
        files.append((Self.accessKeyName, Array((access.key.vkey + "\n").utf8)))
      }
      for event in bundle.events where !event.sections.isEmpty {
        let proof = InclusionProof(
          index: event.index, hashes: event.proof, checkpoint: bundle.checkpoint)
        files.append(("proofs/\(event.index).tlog-proof", Array(proof.text.utf8)))
        files.append(("proofs/\(event.index).leaf", event.leaf))
      }
      for (name, bytes) in files {
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(name)"), options: .withoutOverwriting)
      }
    } catch {
      try remove(folder)
      throw ServiceError(
        .failed, code: "EXPORT.FILE",
        "“\(folder)” could not be written whole (\(error.localizedDescription)): make room, or give "
          + "another folder.")
    }
  }

  private func remove(_ folder: String) throws(ServiceError) {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      throw ServiceError(
        .failed, code: "EXPORT.FILE",
        "“\(folder)” is not whole and could not be removed (\(error.localizedDescription)): "
          + "remove it.")
    }
  }

  private var guide: String {
    let checkpoint = evidence.checkpoint.checkpoint
    let example = bundle.events.first { !$0.sections.isEmpty }?.index ?? 0
    return """
      HOW TO CHECK THIS EVIDENCE

      The log is \(checkpoint.origin). Do not take its key from this folder: ask for it by a way
      that you trust (the log's owner publishes it), and compare it with log.vkey:
        \(key.vkey)

      1. With deed (needs no data folder and no network):
           deed evidence verify . --key '\(key.vkey)'
         It exits with 0 only if every statement holds, and prints the history in words.

      2. With tools that others wrote. The formats are public: C2SP signed-note, tlog-checkpoint,
         tlog-proof (c2sp.org) and RFC 6962.
         - The signature of `checkpoint` over its first three lines is Ed25519. Go's
           golang.org/x/mod/sumdb/note opens it with the key above.
         - proofs/N.tlog-proof shows that the entry proofs/N.leaf stands at position N. Go's
           golang.org/x/mod/sumdb/tlog (CheckRecord) and any C2SP tlog-proof tool check it, such as
           for position \(example).
         - The bytes of an event's section are in evidence.json under "blob", base64; the leaf holds
           their SHA-256.

      3. With openssl alone, the checkpoint's signature:
           head -n 3 checkpoint > body
           grep -F ' \(checkpoint.origin) ' checkpoint | awk '{print $3}' | while read -r line; do
             printf %s "$line" | base64 -d > line.bin
             if [ "$(head -c 4 line.bin | od -An -tx1 | tr -d ' ')" = \(key.idText) ]; then
               tail -c 64 line.bin > signature
             fi
           done
           { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
             cut -d + -f 3- log.vkey | base64 -d | tail -c 32; } > key.der
           openssl pkey -pubin -inform DER -in key.der -out key.pem
           openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in body -sigfile signature

      access.json, where there is one, is evidence in the same form from the access log, which tells
      who looked. It needs no trust of its own: evidence.json holds that log's root in an event
      AccessLogCheckpointed, and deed compares the two.

      report.html and report.txt are made from these files for reading. They prove nothing by
      themselves: what counts are evidence.json and access.json.

      """
  }
}

import Crypto
import Foundation
import HTTPAPI
import Service
import TestSupport
import Testing

/// The log as C2SP's tools read it, by HTTP: notes, proofs and tiles at the paths that they know.
@Suite struct TiledLogTests {
  private static let binary = "application/octet-stream"

  private static func size(of note: String) throws -> Int {
    try #require(Int(note.split(separator: "\n")[1]))
  }

  /// `000`, or `x001/067` from 1,000 on.
  private static func tilePath(_ index: Int) -> String {
    let digits = String(String(1_000 + index % 1_000).dropFirst())
    return index < 1_000 ? digits : "x" + tilePath(index / 1_000) + "/" + digits
  }

  @Test func `what is fetched tile by tile is the whole log, and holds under its key`() async throws
  {
    try await inTemporaryFolder { folder in
      try await Served.run(at: folder) { served in
        // More than one tile of 256 leaves.
        for batch in 0..<9 {
          let commands = (0..<30).map {
            #"{"name":"CreateTeam","key":"t\#(batch)-\#($0)","body":{"name":"T \#(batch) \#($0)"}}"#
          }
          let made = try await served.ask(
            "POST", "/v1/commands", body: #"{"commands":[\#(commands.joined(separator: ","))]}"#)
          #expect(made.text.contains(#""done":30"#), "\(made.text.suffix(300))")
        }
        _ = try served.workspace.checkpoint()
        let note = try await served.ask("GET", "/v1/log/checkpoint")
        #expect(note.status == 200)
        #expect(note.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(note.headers["cache-control"] == "max-age=1")
        let size = try Self.size(of: note.text)
        #expect(size > 256)
        let mirror = URL(filePath: "\(folder)/mirror")
        func keep(_ path: String, _ bytes: [UInt8]) throws {
          let file = mirror.appending(path: path)
          try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
          try Data(bytes).write(to: file)
        }
        try keep("checkpoint", note.bytes)
        var kinds = [("entries", size)]
        var (level, count) = (0, size)
        while count > 0 {
          kinds.append((String(level), count))
          (level, count) = (level + 1, count / 256)
        }
        for (kind, count) in kinds {
          var paths = (0..<count / 256).map { "tile/\(kind)/\(Self.tilePath($0))" }
          if count % 256 > 0 {
            paths.append("tile/\(kind)/\(Self.tilePath(count / 256)).p/\(count % 256)")
          }
          for path in paths {
            let tile = try await served.ask("GET", "/v1/log/\(path)")
            #expect(tile.status == 200, "\(path): \(tile.text)")
            #expect(tile.headers["content-type"] == Self.binary)
            // Who reads entries leaves a trace each time.
            let isKept = kind != "entries"
            #expect(
              tile.headers["cache-control"]
                == (isKept ? "private, max-age=31536000, immutable" : "no-store"))
            try keep(path, tile.bytes)
          }
        }
        let vkey = try #require(
          try await served.ask("GET", "/v1/log/key").json["vkey"]?.text)
        let outcome = try EvidenceCheck.verifyTiles(mirror.path, EvidenceTrust(keys: [vkey]))
        #expect(!outcome.isRefused, "\(outcome.answer)")
        // A smaller width of a tile is there as well, and is its beginning.
        let whole = try await served.ask("GET", "/v1/log/tile/0/000")
        let part = try await served.ask("GET", "/v1/log/tile/0/000.p/7")
        #expect(part.bytes.count == 7 * 32)
        #expect(whole.bytes.starts(with: part.bytes))
        // Who read the entries is known.
        let seen = "\(try served.workspace.accesses(of: served.administrator))"
        #expect(seen.contains("tile/entries/000"))
      }
    }
  }

  @Test func `anything but a tile's one path is not there`() async throws {
    try await Served.run { served in
      let note = try await served.ask("GET", "/v1/log/checkpoint").text
      let size = try Self.size(of: note)
      #expect(try await served.ask("GET", "/v1/log/tile/0/000.p/\(size)").status == 200)
      for path in [
        "0/000", "0/000.p/\(size + 1)", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/",
        "0/000.p", "0/001.p/1", "0/00", "0/0000", "0/x000/000.p/1", "00/000.p/1", "64/000.p/1",
        "1/000.p/1", "0/%30%30%30.p/1", "0/000%2Ep/1", "/0/000.p/1", "0//000.p/1",
        "0/000.p//1", "0/000.p/1/", "0/./000.p/1", "0/../0/000.p/1", "entries/000.p/1?x=1",
        "0/000.p/1?", "data/000.p/1", "0/-01.p/1", "0/+00.p/1", "", "0",
        "0/x072/x057/x594/x037/x927/935", "entries/x072/x057/x594/x037/x927/935.p/255",
        "0/x999/x999/x999/x999/x999/x999/999", "0/x999/x999/x999/x999/x999/999.p/1",
      ] {
        let reply = try await served.ask("GET", "/v1/log/tile/\(path)")
        #expect(reply.status == 404, "\(path): \(reply.status) \(reply.text)")
        #expect(reply.headers["content-type"] == "application/problem+json", "\(path)")
      }
      #expect(try await served.ask("POST", "/v1/log/tile/0/000.p/1", body: "{}").status == 405)
    }
  }

  @Test func `proofs are for published trees alone, and as C2SP writes them`() async throws {
    try await Served.run { served in
      let first = try await served.ask("GET", "/v1/log/checkpoint").text
      let old = try Self.size(of: first)
      let made = try await served.team("Later")
      // The checkpoint is the published one; a proof of what came since has one that covers it.
      #expect(try await served.ask("GET", "/v1/log/checkpoint").text == first)
      let proof = try await served.ask("GET", "/v1/log/proof/inclusion?index=\(made.position)")
      #expect(proof.status == 200, "\(proof.text)")
      #expect(proof.headers["content-type"] == "text/plain; charset=utf-8")
      #expect(proof.text.hasPrefix("c2sp.org/tlog-proof@v1\nindex \(made.position)\n"))
      let note = try await served.ask("GET", "/v1/log/checkpoint").text
      #expect(proof.text.hasSuffix("\n\n\(note)"))
      let new = try Self.size(of: note)
      #expect(new > old)
      let earlier = try await served.ask("GET", "/v1/log/proof/inclusion?index=0&size=\(old)")
      #expect(earlier.text.hasSuffix("\n\n\(first)"))
      for path in [
        "inclusion?index=\(old)&size=\(old)", "inclusion?index=0&size=\(old - 1)",
        "consistency?old=\(old - 1)&new=\(new)", "consistency?old=\(old)&new=\(new + 1)",
      ] {
        let refused = try await served.ask("GET", "/v1/log/proof/\(path)")
        #expect((refused.status, refused.code) == (409, "LOG.UNKNOWN_SIZE"), "\(path)")
      }
      let grown = try await served.ask("GET", "/v1/log/proof/consistency?old=\(old)&new=\(new)")
      #expect(grown.status == 200)
      let lines = grown.text.split(separator: "\n")
      #expect(!lines.isEmpty)
      #expect(lines.allSatisfy { Data(base64Encoded: String($0))?.count == 32 })
      for path in ["old=0&new=\(new)", "old=\(new)&new=\(new)"] {
        let empty = try await served.ask("GET", "/v1/log/proof/consistency?\(path)")
        #expect((empty.status, empty.text) == (200, ""), "\(path)")
      }
    }
  }

  @Test func `they are for administrators and auditors`() async throws {
    try await Served.run(.keys) { served in
      let admin = try served.key().text
      let user = try await served.command(
        "ProvisionUser", #"{"name":{"full":"N"},"active":true,"roleIds":["salesRep"]}"#,
        bearer: admin)
      let auditor = try await served.command(
        "ProvisionUser", #"{"name":{"full":"A"},"active":true,"roleIds":["auditor"]}"#,
        bearer: admin)
      func key(_ reply: Reply) throws -> String {
        try served.keys.make(
          for: try #require(reply.json["id"]?.text), name: "k", scopes: [.read],
          expiresAfterDays: nil
        ).text
      }
      let (nobody, reader) = (try key(user), try key(auditor))
      for path in [
        "checkpoint", "proof/inclusion?index=0", "proof/consistency?old=0&new=1",
        "tile/0/000.p/1", "tile/entries/000.p/1",
      ] {
        let refused = try await served.ask("GET", "/v1/log/\(path)", key: nobody)
        #expect((refused.status, refused.code) == (403, "PERMISSION.DENIED"), "\(path)")
        #expect(try await served.ask("GET", "/v1/log/\(path)").status == 401)
        let given = try await served.ask("GET", "/v1/log/\(path)", key: reader)
        #expect([200, 409].contains(given.status), "\(path): \(given.text)")
      }
    }
  }
}

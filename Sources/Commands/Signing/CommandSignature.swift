package import EventLog
internal import EventModel
package import Evidence

/// An actor's own signature over a command, with the bytes that were signed.
package struct CommandSignature: Hashable, Sendable {
  package let proof: ActorProof
  /// The request's body as it was received.
  package let body: [UInt8]
  /// The one target under which the request may have been signed; that of the command when `nil`.
  package let target: String?

  package init(proof: ActorProof, body: [UInt8], target: String? = nil) {
    self.proof = proof
    self.body = body
    self.target = target
  }

  /// The request's target for the command `name`.
  package static func target(of name: String) -> String { "/v1/commands/\(name)" }
  package static let method = "POST"

  /// The two sections that an event keeps of it: the body, then the proof.
  package func sections(salts: () -> (UInt64, UInt64)) -> [NewSection] {
    [
      NewSection(
        kind: .plain,
        blob: PlainSection.encode(salt: salts(), contentType: ContentType.json, content: body)),
      NewSection(
        kind: .actorProof,
        blob: PlainSection.encode(
          salt: salts(), contentType: ContentType.actorProof, content: proof.bytes)),
    ]
  }
}

/// Signs checkpoints with the log's key.
package struct CheckpointSigner: Sendable {
  package let origin: String
}

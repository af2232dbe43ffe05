package import EventModel

/// An event that builds of one version of a model leave out, because somebody decided so: it
/// stopped the projector and stays in the log as it is.
package struct ModelSkip: Hashable, Sendable {
  package let model: String
  package let version: UInt32
  package let position: Position

  package init(model: String, version: UInt32, position: Position) {
    self.model = model
    self.version = version
    self.position = position
  }
}

extension ModelKind {
  /// Projectors of earlier versions that this program still has, so that a comparison can run both
  /// sides; none is needed for a rebuild or a switch.
  package static let retired: [ModelKind] = []
}

extension ModelFolder {
  /// Lets `build` serve that no other was compared with: the first of its model, or the plain
  /// upgrade to a newer version.
  ///
  /// What served before is kept.
  func publish(_ build: ModelBuild) throws(StorageError) {
    if let served = self.build(.serving, of: build.name), served != build {
      try give(.previous, to: served)
    }
    try give(.serving, to: build)
    try clear(build.name)
  }

  /// Lets the build serve that waits, and keeps the one that served.
  ///
  /// Killed between its steps it leaves the old one serving, or the new one: never none.
  func promote(_ name: String) throws(StorageError) {
    guard let next = build(.next, of: name) else { return }
    try publish(next)
    takeAway(.next, of: name)
  }

  /// Lets the build serve that served before; what served now waits in its place.
  func rollBack(_ name: String) throws(StorageError) {
    guard let served = build(.serving, of: name), let previous = build(.previous, of: name),
      previous != served
    else { return }
    try give(.next, to: served)
    try give(.serving, to: previous)
    takeAway(.previous, of: name)
    try clear(name)
  }
}

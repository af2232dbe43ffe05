/// Where the parts of a log lie in a workspace's data folder.
struct LogPaths: Sendable {
  let folder: String

  init(_ folder: String) {
    var folder = folder
    while folder.count > 1 && folder.hasSuffix("/") { folder.removeLast() }
    self.folder = folder
  }

  var log: String { folder + "/log" }
  var data: String { log + "/data.mdb" }
  var lmdbLock: String { log + "/lock.mdb" }
  var presence: String { folder + "/in-use" }
  var index: String { folder + "/index" }
  var lock: String { folder + "/lock" }
  var checkpoint: String { folder + "/checkpoint.last" }
}

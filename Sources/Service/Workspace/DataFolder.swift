internal import Foundation

/// Where a workspace's files lie: the data, and beside it, never inside, the keys.
public struct DataFolder: Sendable, Hashable {
  /// The folder of all workspaces, such as `./deed-data`.
  public let path: String
  /// The workspace's name: `[a-z0-9-]`, 1…40 characters.
  public let workspace: String
  /// The folder of all workspaces' keys: `<data>.keys` unless given.
  public let keysPath: String

  /// Refuses a workspace's name that is no name.
  public init(
    path: String, workspace: String = "main", keysPath: String? = nil
  )
    throws(ServiceError)
  {
    let isName =
      (1...40).contains(workspace.utf8.count)
      && workspace.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
    guard isName else {
      throw ServiceError(
        .usage, code: "VALIDATION.WORKSPACE",
        "“\(workspace)” is no workspace name: use 1 to 40 of a–z, 0–9 and “-”.")
    }
    guard !path.isEmpty else {
      throw ServiceError(
        .usage, code: "VALIDATION.DATA_FOLDER", "The data folder's path is empty: give --data DIR.")
    }
    self.path = path
    self.workspace = workspace
    let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.keysPath = keysPath ?? trimmed + ".keys"
  }

  /// The workspace's own folder, with `log/`, `index/`, `models/`, `lock`, `checkpoint.last`.
  package var folder: String { path + "/" + workspace }
  package var modelsFolder: String { folder + "/models" }
  package var timersFolder: String { folder + "/timers" }
  package var consumersFolder: String { folder + "/consumers" }
  /// Stands while a redaction has still to be carried through.
  package var owedFile: String { folder + "/compaction.owed" }
  /// Says behind or ahead of which last event the clock was accepted.
  package var acceptedClockFile: String { folder + "/clock.accepted" }
  package var logFolder: String { folder + "/log" }
  /// The workspace's keys: `log.key`, `master.key`, `vault/`.
  package var keysFolder: String { keysPath + "/" + workspace }
  /// A file a webhook, with what its deliveries are signed with.
  package var webhookSecretsFolder: String { keysFolder + "/webhooks" }
  package var logKeyFile: String { keysFolder + "/log.key" }
  /// Which witnesses are asked, as a C2SP tlog-policy.
  package var witnessPolicyFile: String { keysFolder + "/witnesses.policy" }
  /// The newest checkpoint that a witness cosigned or showed.
  package var witnessedFile: String { keysFolder + "/witnessed.checkpoint" }

  /// Whether the workspace has been made.
  public var exists: Bool { FileManager.default.fileExists(atPath: logFolder + "/data.mdb") }

  /// Takes away what making a workspace has written before it failed, and no other file.
  ///
  /// What can't be removed stays: the failure that is being reported says more.
  func removeLog() {
    Self.remove(
      ["log", "index", "models", "access", "lock", "in-use", "checkpoint.last", "clock.accepted"],
      in: folder)
  }

  /// The same for its keys.
  func removeKeys() {
    Self.remove(["log.key", "access.key", "master.key", "vault"], in: keysFolder)
  }

  private static func remove(_ names: [String], in folder: String) {
    let files = FileManager.default
    _ = Result {
      for name in names where files.fileExists(atPath: "\(folder)/\(name)") {
        try files.removeItem(atPath: "\(folder)/\(name)")
      }
      if try files.contentsOfDirectory(atPath: folder).isEmpty {
        try files.removeItem(atPath: folder)
      }
    }
  }
}

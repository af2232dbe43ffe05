/// Rules on the text of any file.
extension ProjectFile {
  /// Marks of unfinished work; spelled in two parts, so that this file holds none.
  static let unfinishedMarks = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]

  var unfinishedFindings: [Finding] {
    guard !isGenerated || path.hasSuffix(".proto") else { return [] }
    return lines.enumerated().compactMap { number, line in
      guard let mark = Self.unfinishedMarks.first(where: { line.contains($0) }) else { return nil }
      return finding(number + 1, "\(mark) marks unfinished work: finish it, or file an issue")
    }
  }

  /// Beginnings of paths that exist on one machine only, in two parts for the same reason.
  static let machinePaths = [
    "/wor" + "k/", "/ro" + "ot/", "/ho" + "me/", "/op" + "t/swift", "/Use" + "rs/",
  ]

  var machinePathFindings: [Finding] {
    lines.enumerated().compactMap { number, line in
      guard
        let path = Self.machinePaths.first(where: { start in
          line.ranges(of: start).contains { range in
            // `…/.work/x` and `$folder/home/` are parts of other paths.
            guard range.lowerBound > line.startIndex else { return true }
            let before = line[line.index(before: range.lowerBound)]
            return !(before.isLetter || before.isNumber || "._-}$/".contains(before))
          }
        })
      else { return nil }
      return finding(number + 1, "\(path)… is a path of one machine")
    }
  }
}

/// Rules on what lies where.
extension Project {
  /// What may lie in the root folder.
  static let topLevelEntries: Set<String> = [
    "Package.swift", "Sources", "Tests", "Fixtures", "Benchmarks", "docs", "README.md", "Makefile",
    ".ci", ".git", ".gitignore", ".swift-format",
  ]
  /// What tools leave there; .gitignore keeps it out of commits.
  static let ignoredEntries: Set<String> = [
    "Package.resolved", "deed-data", "deed-data.keys", ".build", ".swiftpm", ".DS_Store",
  ]

  static func topLevelFindings(_ names: [String]) -> [Finding] {
    names.filter {
      !topLevelEntries.contains($0) && !ignoredEntries.contains($0) && !$0.hasPrefix(".build-")
        && !$0.hasPrefix(".build_") && !$0.hasSuffix(".profraw")
    }.map {
      Finding(path: $0, line: 1, complaint: "nothing else lies in the root (design 0001)")
    }
  }

  /// Programs in other languages, which `make conformance` runs.
  private static let foreignFolders: Set<String> = ["Tests/Conformance"]

  /// Folders of sources and tests that Package.swift doesn't know: nobody compiles them.
  static func orphanFindings(paths: Set<String>, manifest: Manifest) -> [Finding] {
    let folders = Set(manifest.targets.values.map(\.folder))
    let found = paths.compactMap { path -> String? in
      let parts = path.split(separator: "/")
      guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
      return parts[..<2].joined(separator: "/")
    }
    return Set(found).subtracting(folders).subtracting(foreignFolders).sorted().map {
      Finding(path: $0, line: 1, complaint: "no target of Package.swift has this folder")
    }
  }
}

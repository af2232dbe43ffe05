internal import Foundation

/// Where this package lies: test data that isn't committed is found beside it.
package enum PackageRoot {
  /// The folder of Package.swift, without a slash at its end.
  package static var path: String {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }

  /// Data of real histories beside the project; absent on most machines.
  package static var sharedFolder: String { "\(path)/../shared" }

  /// Whether ``sharedFolder`` is there: tests that need it are switched off where it is not.
  package static var hasSharedFolder: Bool {
    FileManager.default.fileExists(atPath: "\(sharedFolder)/README.md")
  }
}

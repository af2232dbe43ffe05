/// Where this package lies: test data that isn't committed is found beside it.
package enum PackageRoot {
  /// The folder of Package.swift, without a slash at its end.
  package static var path: String {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }
}

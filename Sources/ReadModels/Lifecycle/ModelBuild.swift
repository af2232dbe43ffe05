/// One build of a model: the file `<name>-v<version>.<number>.sqlite`.
package struct ModelBuild: Hashable, Sendable {
  package let name: String
  package let version: UInt32
  /// Counted from 1 among the model's builds of one version.
  package let number: UInt32

  package init(name: String, version: UInt32, number: UInt32) {
    self.name = name
    self.version = version
    self.number = number
  }

  /// The build that a file of the models' folder is; `nil` when it is none of the model's.
  init?(file: String, of name: String) {
    let prefix = "\(name)-v"
    guard file.hasPrefix(prefix), file.hasSuffix(".sqlite") else { return nil }
    let numbers = file.dropFirst(prefix.count).dropLast(".sqlite".count).split(separator: ".")
    guard numbers.count == 2, let version = UInt32(numbers[0]), let number = UInt32(numbers[1])
    else { return nil }
    self.init(name: name, version: version, number: number)
  }

  var fileName: String { "\(name)-v\(version).\(number).sqlite" }
}

extension ModelBuild: CustomStringConvertible {
  package var description: String { "build \(number) of version \(version)" }
}

/// What a model's builds are to those who ask it; each is a link to a build's file.
enum BuildRole: String, Hashable, Sendable, CaseIterable {
  /// It is asked: `<name>.sqlite`.
  case serving
  /// It was made beside the one that serves, and waits for the switch: `<name>.next.sqlite`.
  case next
  /// It served before, and is kept for a way back: `<name>.previous.sqlite`.
  case previous

  func linkName(of model: String) -> String {
    switch self {
    case .serving: "\(model).sqlite"
    case .next, .previous: "\(model).\(rawValue).sqlite"
    }
  }
}

/// The builds of a model and what they are for.
package struct ModelBuilds: Hashable, Sendable {
  package var serving: ModelBuild?
  package var next: ModelBuild?
  package var previous: ModelBuild?

  package init() {}
}

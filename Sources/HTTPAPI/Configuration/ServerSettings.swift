internal import Configuration
internal import Foundation
package import Service

/// What a server was told: flags before the environment, the environment before the file.
package struct ServerSettings: Sendable {
  private let values: [String: String]

  /// Reads the settings; refuses names that there aren't, and values that can't be.
  ///
  /// - Parameters:
  ///   - file: a JSON file, its members nested by the parts of the settings' names.
  ///   - environment: the process's environment.
  ///   - flags: settings by their names.
  /// - Throws: ``ServiceError`` `VALIDATION.SETTING`, which names the setting and where it stands.
  package init(
    file: String?, environment: [String: String], flags: [String: String]
  ) async throws(ServiceError) {
    let known = Dictionary(uniqueKeysWithValues: ServerSetting.all.map { ($0.name, $0) })
    let sections = Set(known.keys.map { "DEED_\($0.prefix { $0 != "." }.uppercased())_" })
    for name in flags.keys.sorted() where known[name] == nil {
      throw Self.unknown(name, "the flags")
    }
    var named: [String: String] = [:]
    for (name, value) in environment where sections.contains(where: { name.hasPrefix($0) }) {
      guard ServerSetting.all.contains(where: { $0.environmentName == name }) else {
        throw Self.unknown(name, "the environment")
      }
      // Without the product's name, as the library derives names from keys.
      named[String(name.dropFirst(5))] = value
    }
    var providers: [any ConfigProvider] = [
      InMemoryProvider(
        values: Dictionary(
          uniqueKeysWithValues: flags.map { name, value in
            (AbsoluteConfigKey(ConfigKey(name)), ConfigValue(.string(value), isSecret: false))
          })),
      EnvironmentVariablesProvider(environmentVariables: named),
    ]
    if let file {
      try Self.check(file, known)
      do {
        providers.append(
          try await FileProvider<JSONSnapshot>(
            config: ConfigReader(
              provider: InMemoryProvider(
                values: ["filePath": ConfigValue(.string(file), isSecret: false)]))))
      } catch { throw Self.unreadable(file, "\(error)") }
    }
    let reader = ConfigReader(providers: providers)
    var values: [String: String] = [:]
    for setting in ServerSetting.all {
      values[setting.name] = try Self.value(of: setting, in: reader) ?? setting.standard
    }
    self.values = values
  }

  private static func value(
    of setting: ServerSetting, in reader: ConfigReader
  ) throws(ServiceError) -> String? {
    let key = ConfigKey(setting.name)
    switch setting.kind {
    case .text: return reader.string(forKey: key)
    case .number(let range):
      // A file has a number, the other two have its digits.
      guard let text = reader.int(forKey: key).map(String.init) ?? reader.string(forKey: key)
      else { return nil }
      guard let number = Int(text), String(number) == text, range.contains(number) else {
        throw ServiceError(
          .usage, code: "VALIDATION.SETTING",
          "The setting \(setting.name) is “\(text.prefix(40))”: give a number of "
            + "\(range.lowerBound) to \(range.upperBound) \(setting.unit).")
      }
      return text
    }
  }

  /// What a setting is; empty for nothing.
  package func text(_ name: String) -> String { values[name] ?? "" }

  /// What a setting that counts is.
  package func number(_ name: String) -> Int {
    guard let number = Int(text(name)) else { preconditionFailure("\(name) counts nothing") }
    return number
  }

  /// Refuses a file whose members are no settings: a name that is mistyped would be as if unsaid.
  private static func check(
    _ file: String, _ known: [String: ServerSetting]
  ) throws(ServiceError) {
    let bytes: [UInt8]
    do { bytes = [UInt8](try Data(contentsOf: URL(filePath: file))) } catch {
      throw unreadable(file, "it can't be opened")
    }
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: bytes) } catch {
      throw unreadable(file, "\(error)")
    }
    guard case .object(let sections) = value else { throw unreadable(file, "it is no object") }
    for section in sections {
      guard case .object(let members) = section.value else {
        throw Self.unknown(section.name, "“\(file)”")
      }
      for member in members {
        let name = "\(section.name).\(member.name)"
        guard let setting = known[name] else { throw Self.unknown(name, "“\(file)”") }
        switch (member.value, setting.kind) {
        case (.string, .text), (.number, .number): continue
        case (_, .text): throw unreadable(file, "\(name) is no text")
        case (_, .number): throw unreadable(file, "\(name) is no number")
        }
      }
    }
  }

  private static func unknown(_ name: String, _ place: String) -> ServiceError {
    ServiceError(
      .usage, code: "VALIDATION.SETTING",
      "There is no setting “\(name.prefix(60))”, which \(place) names: see `deed serve "
        + "--list-settings`.")
  }

  private static func unreadable(_ file: String, _ why: String) -> ServiceError {
    ServiceError(
      .usage, code: "VALIDATION.SETTING", "The settings in “\(file)” can't be read: \(why).")
  }
}

import Foundation
import HTTPAPI
import Service
import TestSupport
import Testing

@Suite struct SettingsTests {
  private static func settings(
    file: String? = nil, environment: [String: String] = [:], flags: [String: String] = [:]
  ) async throws -> ServerSettings {
    try await inTemporaryFolder { folder in
      let path = folder + "/server.json"
      if let file { try Data(file.utf8).write(to: URL(filePath: path)) }
      return try await ServerSettings(
        file: file == nil ? nil : path, environment: environment, flags: flags)
    }
  }

  @Test func `flags go before the environment, which goes before the file`() async throws {
    let file = #"{"limits":{"streams":1,"connections":2},"auth":{"mode":"keys"}}"#
    let environment = ["DEED_LIMITS_STREAMS": "3", "DEED_DATA": "x", "PATH": "/bin"]
    let settings = try await Self.settings(
      file: file, environment: environment, flags: ["limits.bodyBytes": "4096"])
    #expect(settings.number("limits.streams") == 3)
    #expect(settings.number("limits.connections") == 2)
    #expect(settings.number("limits.bodyBytes") == 4096)
    #expect(settings.number("limits.headerFields") == 100)
    #expect(settings.text("auth.mode") == "keys")
    let options = try settings.options()
    #expect(options.limits.streams == 3)
    let flagged = try await Self.settings(
      file: file, environment: environment, flags: ["limits.streams": "5"])
    #expect(flagged.number("limits.streams") == 5)
  }

  @Test(
    arguments: [
      (#"{"limits":{"stream":1}}"#, [:], [:], "limits.stream"),
      (#"{"limit":{"streams":1}}"#, [:], [:], "limit.streams"),
      (#"{"limits":{"streams":"1"}}"#, [:], [:], "limits.streams"),
      (#"{"auth":{"mode":1}}"#, [:], [:], "auth.mode"), ("[]", [:], [:], "no object"),
      ("{", [:], [:], "can't be read"), (#"{"limits":{"streams":-1}}"#, [:], [:], "limits.streams"),
      (nil, ["DEED_LIMITS_STREAM": "1"], [:], "DEED_LIMITS_STREAM"),
      (nil, ["DEED_LIMITS_STREAMS": "many"], [:], "limits.streams"),
      (nil, [:], ["limits.nope": "1"], "limits.nope"),
      (nil, [:], ["limits.bodyBytes": "99999999999999999999"], "limits.bodyBytes"),
    ] as [(String?, [String: String], [String: String], String)])
  func `what is no setting is refused by its name`(
    file: String?, environment: [String: String], flags: [String: String], name: String
  ) async throws {
    let error = await #expect(throws: ServiceError.self) {
      try await Self.settings(file: file, environment: environment, flags: flags)
    }
    #expect(error?.code == "VALIDATION.SETTING")
    #expect(error?.sentence.contains(name) == true, "\(error?.sentence ?? "")")
  }

  @Test func `standards are the limits' own`() async throws {
    let options = try await Self.settings().options()
    let standard = HTTPServer.Limits()
    #expect(options.limits.connections == standard.connections)
    #expect(options.limits.bodyBytes == standard.bodyBytes)
    #expect(options.limits.stallSeconds == standard.stallSeconds)
    #expect(options.limits.requestBurst == standard.requestBurst)
  }

  @Test func `the guide has every setting with its default and unit`() throws {
    let guide = try String(
      contentsOfFile: "\(PackageRoot.path)/docs/guides/operations.md", encoding: .utf8)
    for setting in ServerSetting.all {
      let standard = setting.standard.isEmpty ? "none" : setting.standard
      let row = "| `\(setting.name)` | \(standard) | \(setting.unit) | \(setting.meaning) |"
      #expect(guide.contains(row), "\(row)")
    }
  }
}

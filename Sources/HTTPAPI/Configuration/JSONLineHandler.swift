internal import Foundation
package import Logging
internal import Synchronization

/// Writes a log entry as one line of JSON on standard error.
///
/// Everything is escaped, so that nothing that a caller sent begins a line or colours a terminal.
package struct JSONLineHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level
  private let write: @Sendable ([UInt8]) -> Void

  package init(
    level: Logger.Level,
    write: @escaping @Sendable ([UInt8]) -> Void = JSONLineHandler.toStandardError
  ) {
    logLevel = level
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var members: [JSON.Member] = [
      .init(
        name: "time",
        value: .string(Date.now.formatted(.iso8601.time(includingFractionalSeconds: true)))),
      .init(name: "level", value: .string(event.level.rawValue)),
      .init(name: "message", value: .string("\(event.message)")),
    ]
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    for (name, value) in all.sorted(by: { $0.key < $1.key }) where "\(value)" != "" {
      members.append(.init(name: name, value: .string("\(value)")))
    }
    write(JSON.object(members).bytes + [UInt8(ascii: "\n")])
  }

  private static let lock = Mutex(())

  @Sendable package static func toStandardError(_ line: [UInt8]) {
    lock.withLock { _ in
      do { try FileHandle.standardError.write(contentsOf: Data(line)) } catch {
        // There is nowhere left to say it.
      }
    }
  }
}

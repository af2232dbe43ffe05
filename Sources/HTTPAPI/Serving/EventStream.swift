internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import Service

/// One stream of server-sent events.
///
/// It holds one page of events and no snapshot while it waits for its reader: who is slow lags, and
/// costs nobody anything.
struct EventStream: Sendable {
  let workspace: Workspace
  let filter: EventFilter
  /// The last position that the caller has.
  let after: UInt64?
  let endsCaughtUp: Bool
  let life: ServerLife
  /// Its place among the server's streams, free when nobody has the stream any more.
  let seat: ServerLife.StreamSeat
  let isStillLetIn: @Sendable () async -> Bool

  private static let pageLimit = 256
  /// So often a silent stream says that it lives.
  private static let pingSeconds = 15
  /// A stream ends after so long, so that load spreads when servers change; clients come back.
  private static let lifetime = Duration.seconds(3_600)

  @concurrent func write(to writer: inout any ResponseBodyWriter) async throws {
    var position = after
    var isCaughtUp = false
    let end = ContinuousClock.now.advanced(by: Self.lifetime)
    try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
    while await goesOn, ContinuousClock.now < end {
      let behind = position
      let page = try await life.reading { [workspace, filter] in
        try workspace.events(filter, after: behind, limit: Self.pageLimit)
      }
      if !page.events.isEmpty {
        let text = page.events.map {
          "event: \($0.type)\nid: \($0.position)\ndata: \($0.json)\n\n"
        }
        try await writer.write(ByteBuffer(string: text.joined()))
      }
      position = page.through ?? position
      guard page.isAtEnd else { continue }
      if !isCaughtUp {
        isCaughtUp = true
        try await writer.write(ByteBuffer(string: Self.mark("caught-up", position, page.size)))
        if endsCaughtUp { break }
      }
      try await wait(beyond: page.size, writer: &writer)
    }
    try await writer.finish(nil)
  }

  /// A key that was revoked ends its streams within seconds.
  private var goesOn: Bool {
    get async {
      guard !life.isStopping else { return false }
      return await isStillLetIn()
    }
  }

  /// Waits for events; says now and then that the stream lives.
  @concurrent private func wait(
    beyond size: UInt64, writer: inout any ResponseBodyWriter
  ) async throws {
    for _ in 0..<Self.pingSeconds {
      guard await goesOn else { return }
      if await workspace.waitForEvents(beyond: size, within: .seconds(1)) { return }
      try Task.checkCancellation()
    }
    try await writer.write(ByteBuffer(string: ": ping\n\n"))
  }

  /// An event of the stream itself.
  private static func mark(_ name: String, _ position: UInt64?, _ size: UInt64) -> String {
    let data: JSON = [
      "position": position.map { JSON.integer(Int64($0)) } ?? .null,
      "size": .integer(Int64(size)),
    ]
    let id = position.map { "id: \($0)\n" } ?? ""
    return "event: \(name)\n\(id)data: \(String(decoding: data.bytes, as: UTF8.self))\n\n"
  }
}

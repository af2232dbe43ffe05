import NIOCore
import NIOPosix
import Testing

/// Bytes on a socket as a hostile or broken client sends them.
enum RawConnection {
  /// Sends `parts` one after the other, closes its half when told, and gives what came back until
  /// the other side closed.
  static func send(
    _ parts: [String], to port: Int, closesHalf: Bool = true
  ) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      for part in parts {
        do { try await outbound.write(ByteBuffer(string: part)) } catch {
          // The other side has closed already: what it said counts.
          break
        }
      }
      if closesHalf { outbound.finish() }
      var text = ""
      do {
        for try await buffer in inbound { text += String(buffer: buffer) }
      } catch {
        // A reset ends it as well as a close.
      }
      return text
    }
  }
}

extension RawConnection {
  /// Sends `text` and resets the connection before any answer can be read.
  static func reset(_ text: String, to port: Int) async throws {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port).get()
    let options = try #require(channel as? any SocketOptionProvider)
    try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    try await channel.writeAndFlush(ByteBuffer(string: text))
    try await channel.close()
  }

  /// Holds so many connections that each send `text` and read nothing, while `body` runs.
  static func withSilent(
    _ text: String, count: Int, to port: Int, _ body: () async throws -> Void
  ) async throws {
    var channels: [any Channel] = []
    for _ in 0..<count {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelOption(ChannelOptions.autoRead, value: false)
        .connect(host: "127.0.0.1", port: port).get()
      try await channel.writeAndFlush(ByteBuffer(string: text))
      channels.append(channel)
    }
    do { try await body() } catch {
      for channel in channels { try await channel.close() }
      throw error
    }
    for channel in channels { try await channel.close() }
  }
}

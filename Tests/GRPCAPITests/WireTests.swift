import GRPCAPI
import NIOCore
import NIOHPACK
import TestSupport
import Testing

@Suite struct MessageFramingTests {
  private static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
    let count = UInt32(message.count)
    return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + message
  }

  /// What comes out when `bytes` come in pieces of `pieceSize`.
  private static func read(
    _ bytes: [UInt8], limit: Int = 100, pieceSize: Int = .max
  ) -> Result<[UInt8], GRPCStatus> {
    var framing = MessageFraming(byteLimit: limit)
    do throws(GRPCStatus) {
      var rest = bytes[...]
      while !rest.isEmpty {
        var piece = ByteBuffer(bytes: rest.prefix(pieceSize))
        rest = rest.dropFirst(pieceSize)
        try framing.add(&piece)
      }
      return .success(try framing.message())
    } catch { return .failure(error) }
  }

  @Test(arguments: [1, 2, 3, 5, 7, 1000], [0, 1, 99, 100])
  func `a message comes whole out of pieces of any size`(pieceSize: Int, count: Int) {
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    #expect(Self.read(Self.framed(message), pieceSize: pieceSize) == .success(message))
  }

  @Test(
    arguments: [
      (Self.framed([UInt8](repeating: 0, count: 101)), GRPCStatus.Code.resourceExhausted),
      (Self.framed([1, 2], flag: 1), .unimplemented),
      (Self.framed([1, 2], flag: 9), .internalError),
      (Self.framed([1]) + Self.framed([2]), .unimplemented),
      (Array(Self.framed([1, 2, 3]).dropLast()), .internalError),
      ([], .internalError), ([0, 0], .internalError),
      ([0, 0xff, 0xff, 0xff, 0xff], .resourceExhausted),
    ] as [([UInt8], GRPCStatus.Code)])
  func `what is no one message has its status`(bytes: [UInt8], code: GRPCStatus.Code) {
    for pieceSize in [1, 1000] {
      guard case .failure(let status) = Self.read(bytes, pieceSize: pieceSize) else {
        Issue.record("\(bytes) was taken")
        continue
      }
      #expect(status.code == code)
    }
  }

  @Test func `random bytes never trap`() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let count = Int.random(in: 0...20, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...3, using: &generator) }
      _ = Self.read(bytes, pieceSize: Int.random(in: 1...5, using: &generator))
    }
  }
}

@Suite struct CallHeadTests {
  private static let usual: HPACKHeaders = [
    ":method": "POST", ":path": "/s.S/M", "content-type": "application/grpc",
  ]

  private static func refusal(_ change: (inout HPACKHeaders) -> Void) -> CallHead.Refusal? {
    var headers = usual
    change(&headers)
    do throws(CallHead.Refusal) {
      _ = try CallHead(headers)
      return nil
    } catch { return error }
  }

  @Test(
    arguments: [
      ("1H", TimeAmount.hours(1)), ("2M", .minutes(2)), ("3S", .seconds(3)),
      ("99999999m", .milliseconds(99_999_999)), ("0u", .microseconds(0)), ("7n", .nanoseconds(7)),
      ("99999999H", .hours(2_000_000)),
      ("123456789S", nil), ("", nil), ("S", nil), ("1", nil), ("-1S", nil), ("+1S", nil),
      ("1 S", nil), ("1s", nil), ("1.5S", nil), ("１S", nil),
    ] as [(String, TimeAmount?)])
  func `a timeout is 1 to 8 digits and a unit`(text: String, expected: TimeAmount?) {
    #expect(CallHead.timeout(text) == expected)
  }

  @Test func `what is no call of gRPC gets a status of HTTP`() {
    #expect(Self.refusal { _ in } == nil)
    #expect(Self.refusal { $0.replaceOrAdd(name: ":method", value: "GET") } == .http(status: 405))
    for type in ["application/json", "application/grpc-web", "application/grpcx", ""] {
      #expect(
        Self.refusal { $0.replaceOrAdd(name: "content-type", value: type) } == .http(status: 415))
    }
    for type in ["application/grpc+proto", "application/grpc;charset=utf-8"] {
      #expect(Self.refusal { $0.replaceOrAdd(name: "content-type", value: type) } == nil)
    }
  }

  @Test func `encodings but identity, and two authorizations, are refused`() {
    let codes = [
      Self.refusal { $0.add(name: "grpc-encoding", value: "gzip") },
      Self.refusal { headers in
        headers.add(name: "authorization", value: "Bearer a")
        headers.add(name: "authorization", value: "Bearer b")
      },
    ].map { refusal -> GRPCStatus.Code? in
      guard case .status(let status)? = refusal else { return nil }
      return status.code
    }
    #expect(codes == [.unimplemented, .unauthenticated])
    #expect(Self.refusal { $0.add(name: "grpc-encoding", value: "identity") } == nil)
  }
}

@Suite struct GRPCStatusTests {
  @Test(arguments: [
    ("plain", "plain"), ("100 %", "100 %25"), ("ä\n", "%C3%A4%0A"), ("", ""),
    ("a\r\nx: y", "a%0D%0Ax: y"),
  ])
  func `a message is printable ASCII in its header`(text: String, expected: String) {
    #expect(GRPCStatus(.internalError, text).headerMessage == expected)
  }

  @Test(
    arguments: [([], ""), ([1], "AQ"), ([1, 2], "AQI"), ([1, 2, 3], "AQID")] as [([UInt8], String)])
  func `details are base64 without padding`(bytes: [UInt8], expected: String) {
    #expect(GRPCStatus(.internalError, "", details: bytes).headerDetails == expected)
  }
}

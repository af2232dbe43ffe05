/// How a method is carried out.
///
/// What is called here is called on the connection's event loop, and must not hold it up for long.
package enum GRPCMethod: Sendable {
  /// One message for one: the answer is given once, from any thread.
  case unary(
    @Sendable (
      _ message: [UInt8], _ answer: @escaping @Sendable (Result<[UInt8], GRPCStatus>) -> Void
    ) -> Void)
  /// Messages for one, pulled as fast as the caller takes them.
  case serverStreaming(@Sendable (_ message: [UInt8]) throws(GRPCStatus) -> any ResponseSource)
}

/// The messages of one call, pulled one by one on one event loop.
package protocol ResponseSource: AnyObject {
  /// Makes the next step; it may take as long as reading some hundred events.
  func next() throws(GRPCStatus) -> ResponseStep

  /// Refuses a caller who may no more; asked every few seconds while the source waits.
  func check() throws(GRPCStatus)
}

extension ResponseSource {
  package func check() {}
}

/// What a source has for its caller.
package enum ResponseStep: Sendable {
  /// A message to send.
  case message([UInt8])
  /// Nothing yet: pull again when the closure returns true; the call ends when it returns false.
  case wait(@Sendable () async -> Bool)
  /// Nothing yet: pull again when `wake` is called, from any thread and once at the most, and every
  /// few seconds. `ask` asks for the call, and gives back what takes it back.
  case ask(@Sendable (_ wake: @escaping @Sendable () -> Void) -> @Sendable () -> Void)
  /// Everything is sent.
  case end
}

/// Services by the paths of their methods.
package protocol GRPCService: Sendable {
  /// The method at `path`, such as `/umadb.v1.DCB/Head`, for the caller that `head` tells of;
  /// `nil` when it is none of this service, and refused when the caller is not let in.
  func method(at path: String, for head: CallHead) throws(GRPCStatus) -> GRPCMethod?

  /// The most bytes of a request to the method at `path`, where it needs less than the server takes.
  func requestByteLimit(at path: String) -> Int
}

extension GRPCService {
  package func requestByteLimit(at path: String) -> Int { .max }
}

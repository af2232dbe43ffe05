internal import Foundation
internal import FoundationNetworking
internal import Transparency

/// Asks a witness over HTTP.
///
/// Source: C2SP tlog-witness; evidence docs, "Witnesses".
struct WitnessClient {
  /// The submission prefix, without `/add-checkpoint`.
  let url: URL
  private static let timeoutSeconds = 2.0
  private static let answerLimit = 1 << 16

  /// `nil` unless the address is https, or http on this machine.
  init?(_ text: String) {
    guard let url = URL(string: text), let host = url.host() else { return nil }
    let isLocal = ["127.0.0.1", "localhost", "::1"].contains(host)
    guard url.scheme == "https" || url.scheme == "http" && isLocal else { return nil }
    self.url = url
  }

  /// Sends one request; `nil` when there was no answer in time.
  func ask(_ request: WitnessRequest) async -> WitnessAnswer? {
    var message = URLRequest(url: url.appending(path: "add-checkpoint"))
    message.httpMethod = "POST"
    message.timeoutInterval = Self.timeoutSeconds
    message.httpBody = Data(request.text.utf8)
    message.setValue("text/plain; charset=utf-8", forHTTPHeaderField: "Content-Type")
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForResource = Self.timeoutSeconds
    let session = URLSession(configuration: configuration)
    defer { session.invalidateAndCancel() }
    do {
      let (data, response) = try await session.data(for: message)
      guard let response = response as? HTTPURLResponse, data.count <= Self.answerLimit else {
        return nil
      }
      return WitnessAnswer(status: response.statusCode, body: Array(data))
    } catch { return nil }
  }
}

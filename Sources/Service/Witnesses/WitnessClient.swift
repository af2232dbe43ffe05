internal import EventModel
internal import Foundation
internal import FoundationNetworking
internal import Transparency

/// Asks a witness over HTTP.
///
/// Source: C2SP tlog-witness; evidence docs, "Witnesses".
struct WitnessClient: Sendable {
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
    message.httpBody = Data(request.text.utf8)
    message.setValue("text/plain; charset=utf-8", forHTTPHeaderField: "Content-Type")
    guard let (status, body) = await answer(to: message) else { return nil }
    return WitnessAnswer(status: status, body: body)
  }

  /// The newest checkpoint that the witness shows of the log `origin`; `nil` when it shows none.
  func shown(of origin: String) async -> String? {
    let name = EventModel.Digest.sha256(Array(origin.utf8)).hex
    let message = URLRequest(url: url.appending(path: name).appending(path: "checkpoint"))
    guard let (status, body) = await answer(to: message), status == 200 else { return nil }
    return String(validating: body, as: UTF8.self)
  }

  private func answer(to message: URLRequest) async -> (status: Int, body: [UInt8])? {
    var message = message
    message.timeoutInterval = Self.timeoutSeconds
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForResource = Self.timeoutSeconds
    let session = URLSession(configuration: configuration)
    defer { session.invalidateAndCancel() }
    do {
      let (data, response) = try await session.data(for: message)
      guard let response = response as? HTTPURLResponse, data.count <= Self.answerLimit else {
        return nil
      }
      return (response.statusCode, Array(data))
    } catch { return nil }
  }
}

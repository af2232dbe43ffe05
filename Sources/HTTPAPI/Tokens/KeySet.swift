internal import AsyncHTTPClient
internal import Foundation
internal import JWTKit
internal import NIOCore
internal import NIOHTTP1

/// A JSON Web Key Set as it comes from a file or an address.
enum KeySet {
  /// The most bytes of a set.
  static let byteLimit = 64 << 10
  /// How long its provider may take.
  static let timeout = TimeAmount.seconds(2)

  /// The set's public keys by their names; `nil` when it can't be had.
  static func fetch(_ source: TokenRules.KeySource) async -> [String: JWK]? {
    switch source {
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path), data.count <= byteLimit else {
        return nil
      }
      return keys(in: data)
    case .address(let text):
      guard isAllowed(text) else { return nil }
      var configuration = HTTPClient.Configuration()
      configuration.redirectConfiguration = .disallow
      configuration.timeout = .init(connect: timeout, read: timeout)
      configuration.maximumUsesPerConnection = 1
      let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
      let found = await fetch(text, with: client)
      do { try await client.shutdown() } catch {
        // A client that can't be shut down has nothing open.
      }
      return found
    }
  }

  private static func fetch(_ text: String, with client: HTTPClient) async -> [String: JWK]? {
    do {
      let answer = try await client.execute(HTTPClientRequest(url: text), timeout: timeout)
      guard answer.status.code == 200 else { return nil }
      let body = try await answer.body.collect(upTo: byteLimit)
      return keys(in: Data(body.readableBytesView))
    } catch {
      return nil
    }
  }

  /// `https`; `http` only to this machine.
  static func isAllowed(_ text: String) -> Bool {
    guard let address = URLComponents(string: text), let host = address.host, !host.isEmpty,
      address.user == nil, address.password == nil
    else { return false }
    if address.scheme == "https" { return true }
    return address.scheme == "http" && ["127.0.0.1", "localhost", "[::1]", "::1"].contains(host)
  }

  /// Keys that can't be read, have no name or a secret are passed over.
  private static func keys(in data: Data) -> [String: JWK]? {
    struct Lenient: Decodable {
      struct Entry: Decodable {
        enum Name: String, CodingKey { case use }
        let key: JWK?
        init(from decoder: any Decoder) throws {
          let use = try decoder.container(keyedBy: Name.self)
            .decodeIfPresent(String.self, forKey: .use)
          guard use == nil || use == "sig" else {
            key = nil
            return
          }
          do { key = try JWK(from: decoder) } catch { key = nil }
        }
      }
      let keys: [Entry]
    }
    do {
      let set = try JSONDecoder().decode(Lenient.self, from: data)
      var found: [String: JWK] = [:]
      for key in set.keys.compactMap(\.key) {
        guard let name = key.keyIdentifier?.string, !name.isEmpty, key.privateExponent == nil,
          found.count < 100
        else { continue }
        found[name] = key
      }
      return found
    } catch {
      return nil
    }
  }
}

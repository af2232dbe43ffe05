internal import Foundation
internal import HummingbirdTLS
internal import NIOSSL
internal import Service

/// A certificate's chain and its key, as PEM files.
package struct TLSFiles: Sendable, Hashable {
  package var certificateChain: String
  package var privateKey: String

  package init(certificateChain: String, privateKey: String) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }

  /// TLS 1.2 and later; refuses a key that others than its owner may read.
  func configuration() throws(ServiceError) -> TLSConfiguration {
    let mode: Int
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: privateKey)
      mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
    } catch {
      throw Self.refusal("the key “\(privateKey)” can't be read: name a PEM file with --tls-key")
    }
    guard mode & 0o077 == 0 else {
      throw Self.refusal(
        "others than its owner may read the key “\(privateKey)”: chmod 600 it, then start again")
    }
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificateChain)
      let key = try NIOSSLPrivateKey(file: privateKey, format: .pem)
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
      configuration.minimumTLSVersion = .tlsv12
      return configuration
    } catch {
      throw Self.refusal(
        "the certificate “\(certificateChain)” or its key is no PEM that fits: \(error)")
    }
  }

  private static func refusal(_ why: String) -> ServiceError {
    ServiceError(.usage, code: "SERVER.TLS", "TLS can't be set up: \(why).")
  }
}

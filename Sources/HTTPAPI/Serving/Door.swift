internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service
internal import Synchronization

/// Who was let in: the workspace as they may use it.
struct Caller: Sendable {
  let workspace: Workspace
  /// Who, for limits and logs: a key's or a token's name, never its secret.
  let name: String
  let isStillLetIn: @Sendable () async -> Bool
}

/// Lets callers in, or not: by key or token, by scope, by how often they come.
struct Door: Sendable {
  let workspace: Workspace
  let authentication: HTTPServer.Authentication
  let limits: HTTPServer.Limits
  let life: ServerLife
  private let rates: RateLimiter
  private let signIns = SignIns()
  /// The workspace as whoever opened it uses it over this API, once it was asked for.
  private let opened = Opened()
  /// Attempts that failed, by address: guessing gets slower, not cheaper.
  private let failures: RateLimiter

  init(
    workspace: Workspace, authentication: HTTPServer.Authentication, limits: HTTPServer.Limits,
    life: ServerLife
  ) {
    self.life = life
    self.workspace = workspace
    self.authentication = authentication
    self.limits = limits
    rates = RateLimiter(perSecond: limits.requestsPerSecond, burst: limits.requestBurst)
    failures = RateLimiter(perSecond: limits.refusalsPerSecond, burst: limits.refusalBurst)
  }

  func letIn(
    _ request: Request, from address: String, for operation: Operation
  ) async throws -> Caller {
    if operation.access == .open {
      guard rates.takes("open \(address)") else { throw Self.tooMany }
      return Caller(workspace: workspace, name: "") { true }
    }
    switch authentication {
    case .none:
      guard rates.takes(address, cost: operation.cost) else { throw Self.tooMany }
      return Caller(workspace: try opened.workspace(of: workspace), name: "") { true }
    case .bearer(let keys, let tokens):
      let text = try bearer(request, address)
      if let keys, text.hasPrefix("deed_") { return try letIn(by: text, keys, address, operation) }
      guard let tokens, operation.access != .setUp else {
        throw refused(address, method: "apiKey", cause: "malformed")
      }
      return try await letIn(by: text, tokens, address, operation)
    }
  }

  private func letIn(
    by text: String, _ ring: APIKeyRing, _ address: String, _ operation: Operation
  ) throws -> Caller {
    guard let key = try ring.holder(of: text) else {
      throw refused(address, method: "apiKey", cause: "unknown")
    }
    let needed: APIKeyScope =
      switch operation.access {
      case .open, .read: .read
      case .write: .write
      case .setUp: .setup
      }
    guard key.scopes.contains(needed) else {
      throw Problem(
        403, "PERMISSION.SCOPE",
        "The key \(key.id) has not the scope \(needed.rawValue): make another.")
    }
    guard rates.takes(key.id, cost: operation.cost) else { throw Self.tooMany }
    let principal = Principal(
      key.userID, sessionID: key.id, channel: .api, authenticationMethod: "apiKey")
    let identifier = key.id
    let acting = try workspace.acting(as: principal)
    try note(acting, key.id, "apiKey")
    return Caller(workspace: acting, name: key.id) {
      do throws(ServiceError) {
        return try ring.isValid(identifier)
      } catch {
        // Who can't be checked is not let in.
        return false
      }
    }
  }

  private func letIn(
    by text: String, _ tokens: TokenVerifier, _ address: String, _ operation: Operation
  ) async throws -> Caller {
    let verified: TokenVerifier.Verified
    do throws(TokenRefusal) { verified = try await tokens.verify(text) } catch {
      throw refused(address, method: "bearer", cause: error.rawValue)
    }
    guard
      let user = try workspace.activeUser(
        issuer: tokens.rules.issuer, subject: verified.subject)
    else { throw refused(address, method: "bearer", cause: TokenRefusal.user.rawValue) }
    guard rates.takes(user, cost: operation.cost) else { throw Self.tooMany }
    let principal = Principal(
      user, sessionID: verified.session, channel: .api, authenticationMethod: "bearer")
    let workspace = workspace
    let acting = try workspace.acting(as: principal)
    try note(acting, "\(user) \(verified.session)", "bearer")
    return Caller(workspace: acting, name: "token") {
      guard TokenVerifier.systemSeconds() < verified.until else { return false }
      do throws(ServiceError) { return try workspace.isActive(user) } catch { return false }
    }
  }

  /// Says in the access log that the principal came, once an hour.
  private func note(_ acting: Workspace, _ name: String, _ method: String) throws {
    guard signIns.isNew(name) else { return }
    do throws(ServiceError) { try acting.signedIn(method: method) } catch {
      // While the disk is full questions go on: it is said when there is room.
      guard error.code == "STORAGE.FULL" else { throw error }
      signIns.forget(name)
    }
  }

  /// What a caller who isn't let in is told; why stands in the log alone.
  private func refused(_ address: String, method: String, cause: String) -> Problem {
    guard failures.takes(address) else { return Self.tooMany }
    life.refused(method: method, cause: cause)
    return Self.refusal
  }

  private static let tooMany = Problem(
    429, "QUOTA.RATE", "The caller asks more often than it may: wait a second.")

  /// One sentence for every reason, so that nobody learns which keys there are.
  static let refusal = Problem(
    401, "AUTH.KEY",
    "The request has no valid key or token: send Authorization: Bearer and one that may.")

  /// What stands behind `Bearer` in the one header Authorization.
  private func bearer(_ request: Request, _ address: String) throws -> String {
    let values = request.headers[values: .authorization]
    guard values.count == 1, let value = values.first,
      value.utf8.count <= limits.tokenBytes + 7, value.prefix(7).lowercased() == "bearer "
    else { throw refused(address, method: "none", cause: "absent") }
    return String(value.dropFirst(7))
  }
}

/// A workspace as whoever opened it uses it: the same for every request, and found out once.
private final class Opened: Sendable {
  private let known = Mutex<Workspace?>(nil)

  func workspace(of workspace: Workspace) throws(ServiceError) -> Workspace {
    if let known = known.withLock({ $0 }) { return known }
    let opened = try workspace.opened(over: .api)
    known.withLock { $0 = opened }
    return opened
  }
}

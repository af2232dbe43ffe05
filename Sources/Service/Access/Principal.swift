/// Who asks, as whoever let them in knows them: what every question and command is checked
/// against, and what the access log names.
public struct Principal: Sendable, Hashable {
  /// What kind of subject it is.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case user, partnerUser, apiClient, anonymous
  }

  /// Through what it asks.
  public enum Channel: String, Sendable, Hashable, CaseIterable {
    case console, web, mobile, api
  }

  /// The user's identifier, such as `usr_01KAH8NPC0244KE13EW15XFQAC`.
  public var id: String
  /// What kind of subject it is.
  public var kind: Kind
  /// The session it signed in to; empty where there are none.
  public var sessionID: String
  /// Through what it asks.
  public var channel: Channel
  /// How it proved who it is, such as `bearer`; for the access log.
  public var authenticationMethod: String

  /// Names a principal; nothing here is checked before it asks.
  public init(
    _ id: String, kind: Kind = .user, sessionID: String = "", channel: Channel = .console,
    authenticationMethod: String = ""
  ) {
    self.id = id
    self.kind = kind
    self.sessionID = sessionID
    self.channel = channel
    self.authenticationMethod = authenticationMethod
  }
}

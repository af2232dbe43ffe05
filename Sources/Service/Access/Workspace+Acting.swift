internal import EventModel

/// Acting as somebody: the same workspace, with that person's rights.
extension Workspace {
  /// The same open workspace, as `principal` may use it.
  ///
  /// It shares log, keys and models with this one and is made in no time, so that a server makes
  /// one for every request; closing it does nothing. Every question and command of it is checked
  /// against the principal's rights at the moment it is asked, and refused unless they allow it.
  ///
  /// - Throws: ``ServiceError`` `VALIDATION.ACTOR` for what can't be an identifier.
  public func acting(as principal: Principal) throws(ServiceError) -> Workspace {
    Workspace(sharing: self, as: principal, actor: try Self.actor(principal.id))
  }

  /// The same open workspace for whoever opened it, over another channel.
  package func opened(over channel: Principal.Channel) throws(ServiceError) -> Workspace {
    var principal = principal
    principal.id = try actingUser().text
    principal.channel = channel
    return try acting(as: principal)
  }

  /// A user's identifier; refused when it can't be one, or is one of the product's own.
  static func actor(_ text: String) throws(ServiceError) -> ActorID {
    guard let id = ActorID(text), !text.hasPrefix("system:") else {
      throw ServiceError(
        .usage, code: "VALIDATION.ACTOR",
        "“\(text)” is no user's identifier: give one such as usr_01KAH8NPC0244KE13EW15XFQAC.")
    }
    return id
  }
}

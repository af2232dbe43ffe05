internal import Schema

extension Principal.Kind {
  /// As the events say it.
  var actorKind: ActorKind.Code {
    switch self {
    case .user: .user
    case .partnerUser: .partnerUser
    case .apiClient: .apiClient
    case .anonymous: .anonymous
    }
  }
}

extension Principal.Channel {
  /// As the events say it.
  var code: Channel.Code {
    switch self {
    case .console: .console
    case .web: .web
    case .mobile: .mobile
    case .api: .api
    }
  }
}

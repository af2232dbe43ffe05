/// Which records of a kind are listed, and how.
public struct ListRequest: Sendable, Hashable {
  /// Such as `account`.
  public var kind: String
  /// Each `field:comparison:value`, such as `status:eq:active`; a row must match all.
  public var filters: [String]
  /// Fields in the order of their weight, each with `-` before it for the greatest first.
  public var sort: [String]
  /// The fields that are answered; all when empty.
  public var fields: [String]
  /// How many rows at the most.
  public var limit: Int
  /// Where an earlier page ended.
  public var cursor: String?
  /// As of when.
  public var view: PointOfView

  /// Puts a request together.
  public init(
    _ kind: String, filters: [String] = [], sort: [String] = [], fields: [String] = [],
    limit: Int = 100, cursor: String? = nil, view: PointOfView = .now
  ) {
    self.kind = kind
    self.filters = filters
    self.sort = sort
    self.fields = fields
    self.limit = limit
    self.cursor = cursor
    self.view = view
  }
}

/// One page of a list.
public struct ListPage: Sendable, Hashable {
  /// Its rows; facts say as of which position.
  public let answer: Answer
  /// Where the next page begins; `nil` when there is none.
  public let next: String?
}

extension ListRequest {
  /// Which kinds are kept in tables, so that they can be filtered and sorted; and as of any moment.
  public static let tabled: Set<String> = [
    "account", "contact", "lead", "opportunity", "ticket", "ownership",
  ]
}

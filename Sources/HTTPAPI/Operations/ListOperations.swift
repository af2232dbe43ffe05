internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Lists: pages that nobody else's writing shifts.
enum ListOperations {
  static func list(_ kind: RecordOperations.Kind) -> Operation {
    let isTabled = ListRequest.tabled.contains(kind.name)
    return Operation(
      id: "list\(kind.title)", method: .get, path: "/v1/\(kind.collection)", tag: "records",
      summary:
        "A page of what of this kind the caller may list"
        + (isTabled ? ", filtered and sorted." : ", in the order of their making."),
      parameters: parameters(isTabled: isTabled),
      success: page
    ) { call in try await answer(call, kind.name, isTabled: isTabled) }
  }

  /// The ledger's intervals that hold: who owns what.
  static func ownership() -> Operation {
    Operation(
      id: "listOwnership", method: .get, path: "/v1/ownership", tag: "records",
      summary: "Who owns what, by the ownership ledger.",
      parameters: parameters(isTabled: true), success: page
    ) { call in try await answer(call, "ownership", isTabled: true) }
  }

  private static let page = Operation.Success(
    contentType: "application/json", schema: Schemas.reference("Page"),
    summary: "The rows; `next` is the cursor of the next page, null after the last.",
    others: ["text/csv"])

  private static func parameters(isTabled: Bool) -> [Operation.Parameter] {
    var parameters: [Operation.Parameter] = [
      .limit(usual: 100, greatest: Workspace.pageLimit),
      .init(
        "cursor", schema: ["type": "string", "minLength": 1, "maxLength": 4_096],
        "`next` of the page before; ask the same with it."),
    ]
    if isTabled {
      parameters += [
        .init(
          "filter", isRepeated: true,
          schema: ["type": "string", "minLength": 1, "maxLength": 300],
          "field:comparison:value with eq, ne, lt, le, gt or ge; all must hold."),
        .init(
          "sort", schema: ["type": "string", "minLength": 1, "maxLength": 200],
          "Up to three fields, divided by commas; `-` before one puts its greatest first."),
        .fields,
      ]
    }
    return parameters + [.asOf, .accept, .waitForPosition, .ifNoneMatch]
  }

  private static func answer(
    _ call: Call, _ kind: String, isTabled: Bool
  ) async throws -> Response {
    let workspace = call.workspace
    let sort = call.list("sort")
    guard sort.count <= 3 else {
      throw Problem(400, "VALIDATION.SORT", "sort has more than three fields.")
    }
    let request = ListRequest(
      kind, filters: try call.queries("filter"), sort: sort, fields: call.list("fields"),
      limit: try call.limit(100, greatest: Workspace.pageLimit), cursor: call.query("cursor"),
      view: try call.view())
    try await call.waitForPosition()
    let page = try await call.reading { try workspace.list(request) }
    if try call.wantsCSV() {
      var headers: HTTPFields = [:]
      if let next = page.next { headers[.nextCursor] = next }
      return try .tagged(
        Array(page.answer.csv.utf8), contentType: "text/csv; charset=utf-8", headers: headers,
        to: call)
    }
    var answer = page.answer
    answer.facts.append(.init("next", "Next", page.next.map { .text($0) } ?? .none))
    return try .answer(answer, revision: nil, to: call)
  }
}

extension HTTPField.Name {
  /// The cursor of the next page, where the body has no place for it.
  fileprivate static let nextCursor = named("Next-Cursor")
}

extension Call {
  /// Whether CSV is asked for before JSON.
  func wantsCSV() throws -> Bool {
    guard let accept = try header(.accept) else { return false }
    for part in accept.split(separator: ",") {
      let name = part.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
      if name == "text/csv" { return true }
      if name == "application/json" { return false }
    }
    return false
  }

  /// The parts of a parameter that stand between commas.
  func list(_ name: String) -> [String] {
    query(name).map { $0.split(separator: ",").map(String.init) } ?? []
  }

  /// A query parameter that must be there.
  func required(_ name: String) throws -> String {
    guard let value = query(name), !value.isEmpty else {
      throw Problem(400, "VALIDATION.REQUIRED", "The parameter \(name) is missing: give it.")
    }
    return value
  }
}

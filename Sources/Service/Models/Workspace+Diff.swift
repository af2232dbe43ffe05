internal import EventModel
internal import Foundation
package import ReadModels

/// What is to be compared, and what may differ.
public struct ModelDiff: Sendable, Hashable {
  /// The models' names; all that have a waiting build when empty.
  public var models: [String]
  /// The text of the file of expected changes; `nil` when nothing is expected.
  public var expectedChanges: String?
  /// Follow each kind of difference to its first event.
  public var isTraced: Bool

  /// Compares `models`.
  public init(models: [String] = [], expectedChanges: String? = nil, isTraced: Bool = true) {
    self.models = models
    self.expectedChanges = expectedChanges
    self.isTraced = isTraced
  }
}

/// What was found of one model.
package struct ComparedModel {
  package let differences: ModelDifferences
  package let causes: [ModelDifferences.Kind: DifferenceCause]
  package let undeclared: [ModelDifferences.Found]
}

/// Comparing what waits with what serves.
extension Workspace {
  /// Compares the waiting builds with those that serve, at the same position.
  ///
  /// The outcome is refused when there are differences that nobody declared.
  public func compareModels(
    _ diff: ModelDiff, progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> Outcome {
    try requireUnrestricted()
    let expected = try Self.expected(diff.expectedChanges)
    let compared = try compare(diff, expected, progress)
    let undeclared = compared.reduce(0) { $0 + $1.undeclared.count }
    let all = compared.map(\.differences)
    var notes = [
      undeclared == 0
        ? "Every difference was declared, or there is none."
        : "\(undeclared) kinds of difference were not declared: look at their first events, then "
          + "mend the projector or declare them (column “Declare as”)."
    ]
    for line in expected?.unmet(by: all) ?? [] {
      notes.append("Expected, and not met: \(line).")
    }
    let answer = Answer(
      undeclared == 0 ? "The new builds may serve" : "The new builds differ",
      facts: [
        .init("undeclared", "Undeclared", .integer(Int64(undeclared))),
        .init("models", "Compared models", .integer(Int64(compared.count))),
      ],
      tables: [
        Self.buildsTable(all), Self.differencesTable(compared), Self.wayTable(compared),
        Self.sumsTable(all),
      ].filter { !$0.rows.isEmpty }, notes: notes)
    return Outcome(answer, isRefused: undeclared > 0)
  }

  static func expected(_ text: String?) throws(ServiceError) -> ExpectedChanges? {
    guard let text else { return nil }
    do throws(ExpectedChanges.Fault) { return try ExpectedChanges(text) } catch {
      throw ServiceError(
        .usage, code: "VALIDATION.EXPECTED_CHANGES",
        "The file of expected changes can't be read: \(error).")
    }
  }

  private func compare(
    _ diff: ModelDiff, _ expected: ExpectedChanges?, _ progress: @escaping (Progress) -> Void
  ) throws(ServiceError) -> [ComparedModel] {
    try catchUp()
    let relay = ProgressRelay(progress)
    return try waitingModels(of: diff).map { name throws(ServiceError) in
      try compare(name, diff, expected, relay)
    }
  }

  /// The models that `diff` is about, each once; without names all that have a build that waits.
  func waitingModels(of diff: ModelDiff) throws(ServiceError) -> [String] {
    var names: [String] = []
    for name in diff.models where !names.contains(name) { names.append(name) }
    if !names.isEmpty { return names }
    for kind in ModelKind.standard where try builds(of: kind.name).next != nil {
      names.append(kind.name)
    }
    if names.isEmpty {
      throw ServiceError(
        ModelError.noBuild(
          model: "",
          why: "no model has a build that waits; run `deed models rebuild --all --hold` first"))
    }
    return names
  }

  /// Compares the builds of one model.
  func compare(
    _ name: String, _ diff: ModelDiff, _ expected: ExpectedChanges?, _ relay: ProgressRelay,
    under claim: ModelClaim? = nil
  ) throws(ServiceError) -> ComparedModel {
    do throws(ModelError) {
      let differences = try runner.compare(
        name, under: claim, relay.observer("Comparing \(name)") { false })
      let causes =
        diff.isTraced && !differences.isEmpty
        ? try runner.causes(
          of: differences, retired: ModelKind.retired, relay.observer("Tracing \(name)") { false })
        : [:]
      let declared = expected?.cover(differences.found, of: name)
      return ComparedModel(
        differences: differences, causes: causes,
        undeclared: differences.found.enumerated()
          .filter { index, _ in declared?[index] != true }.map(\.element))
    } catch { throw ServiceError(error) }
  }

  private static func buildsTable(_ all: [ModelDifferences]) -> Answer.Table {
    .init(
      "builds", "Builds",
      columns: [
        .init("model", "Model"), .init("serving", "Serving"), .init("next", "Waiting"),
        .init("events", "Events"), .init("servingRows", "Rows"), .init("nextRows", "New rows"),
        .init("changed", "Changed"), .init("missing", "Missing"), .init("extra", "Extra"),
        .init("digest", "Digest of the comparison"),
      ],
      rows: all.map { differences in
        [
          .text(differences.model), .build(differences.old), .build(differences.new),
          .integer(Int64(differences.events)), .integer(Int64(differences.oldRows)),
          .integer(Int64(differences.newRows)), .integer(Int64(differences.rows(.changed))),
          .integer(Int64(differences.rows(.missing))), .integer(Int64(differences.rows(.extra))),
          .text(differences.digest.hex),
        ]
      })
  }

  private static func differencesTable(_ compared: [ComparedModel]) -> Answer.Table {
    .init(
      "differences", "Differences",
      columns: [
        .init("declareAs", "Declare as"), .init("rows", "Rows"), .init("declared", "Declared"),
        .init("row", "First row"), .init("old", "Serving"), .init("new", "Waiting"),
        .init("position", "First event"), .init("type", "Type"), .init("stream", "Stream"),
        .init("basis", "Known by"),
      ],
      rows: compared.flatMap { model in
        model.differences.found.map { found in
          let cause = model.causes[found.kind]
          let example =
            cause.flatMap { cause in found.examples.first { $0.key == cause.key } }
            ?? found.examples.first
          return [
            .text("\(model.differences.model) \(found.kind.line)"), .integer(Int64(found.rows)),
            .flag(!model.undeclared.contains(found)), Self.cells(example?.key ?? []),
            Self.cells(example?.old ?? []), Self.cells(example?.new ?? []),
            cause.map { .integer(Int64($0.position.rawValue)) } ?? .none,
            cause.map { .text($0.type) } ?? .none, cause.map { .text($0.stream) } ?? .none,
            cause.map { .text($0.basis.rawValue) } ?? .none,
          ]
        }
      })
  }

  private static func wayTable(_ compared: [ComparedModel]) -> Answer.Table {
    .init(
      "ways", "From the first event to the row",
      columns: [
        .init("difference", "Difference"), .init("position", "Position"), .init("type", "Type"),
        .init("made", "Made of the row"),
      ],
      rows: compared.flatMap { model in
        model.differences.found.compactMap { model.causes[$0.kind] }.flatMap { cause in
          cause.way.map { step in
            [
              .text("\(model.differences.model) \(cause.kind.line)"),
              .integer(Int64(step.position.rawValue)), .text(step.type), Self.cells(step.values),
            ]
          }
        }
      })
  }

  private static func sumsTable(_ all: [ModelDifferences]) -> Answer.Table {
    .init(
      "sums", "Sums that differ",
      columns: [
        .init("model", "Model"), .init("table", "Table"), .init("column", "Column"),
        .init("currency", "Currency"), .init("old", "Serving"), .init("new", "Waiting"),
        .init("difference", "Difference"),
      ],
      rows: all.flatMap { differences in
        differences.sums.filter { $0.old != $0.new }.map { sum in
          [
            .text(differences.model), .text(sum.table), .text(sum.column), .named(sum.currency),
            .decimal("\(sum.old)"), .decimal("\(sum.new)"), .decimal("\(sum.new - sum.old)"),
          ]
        }
      })
  }

  private static func cells(_ cells: [ModelDifferences.Cell]) -> Value {
    .list(cells.prefix(12).map { .text("\($0.column)=\($0.value.text)") })
  }
}

extension SQLValue {
  /// As it stands in a report.
  fileprivate var text: String {
    switch self {
    case .null: "null"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): text
    case .blob(let bytes): bytes.hex
    }
  }
}

internal import ArgumentParser
internal import Console
internal import Service

/// `deed demo`: the main job, end to end, in a fresh folder.
struct Demo: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Build a small company, play a dispute over a customer, and answer for it.",
    discussion: """
      Example: deed demo --data ./demo

      Works in a fresh folder only. With --format json it prints the identifiers it made and
      the figures it showed.
      """)

  @OptionGroup var options: WorkspaceOptions

  func run() async throws {
    let demonstration = try Demonstration(in: options.folder)
    let isForPeople = options.format == .table
    let summary = try await demonstration.run { step in
      guard isForPeople else { return }
      try Screen.print(step, as: .table)
      if step.tables.contains(where: { $0.name == "stages" }) { try Screen.printFunnel(step) }
      Printing.output("\n")
    }
    if !isForPeople { try Screen.print(summary, as: options.format) }
  }
}

internal import EventModel

/// The stages of a pipeline as published until a moment: each as the newest version that has it
/// says.
struct StageList {
  /// The newest version; `nil` when none was published.
  let version: Int64?
  /// The open stages of the newest version, in their order.
  let open: [StageRow]
  private let newest: [String: StageRow]

  init(pipeline id: String, in model: ModelSnapshot) throws(StorageError) {
    let rows = try model.rows(
      StageRow.self, from: "pipeline_stage",
      where: """
        pipeline_id = ? AND published_position <= \(model.limit)
        ORDER BY pipeline_version, stage_order
        """, [.text(id)])
    version = rows.last?.pipelineVersion
    let newestVersion = version
    open = rows.filter { $0.pipelineVersion == newestVersion && $0.kind == "open" }
    newest = Dictionary(rows.map { ($0.stageID, $0) }, uniquingKeysWith: { $1 })
  }

  subscript(stageID: String) -> StageRow? { newest[stageID] }
}

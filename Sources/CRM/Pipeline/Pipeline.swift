package import EventModel
package import Schema
internal import SwiftProtobuf

/// The stages that opportunities go through, in versions.
package struct Pipeline: Aggregate {
  /// One published version: it never changes, and opportunities go on with theirs.
  package struct Version: Equatable, Sendable {
    package let number: UInt32
    package let name: String
    /// In their order.
    package let stages: [PipelineStage]
    package let effectiveFrom: Timestamp

    package func stage(_ id: String) -> PipelineStage? { stages.first { $0.stageID == id } }
    package var openStages: [PipelineStage] { stages.filter { $0.kind == .open } }
    package var wonStage: PipelineStage? { stages.first { $0.kind == .won } }
    package var lostStage: PipelineStage? { stages.first { $0.kind == .lost } }
  }

  package private(set) var id = ""
  package private(set) var name = ""
  package private(set) var isRetired = false
  /// In the order of their numbers.
  package private(set) var versions: [Version] = []
  package private(set) var externalIDs: [ExternalId] = []

  package init() {}

  package static var objectType: ObjectType.Code { .pipeline }
  package var exists: Bool { !id.isEmpty }
  package var key: RecordKey { .pipeline(id) }

  package func version(_ number: UInt32) -> Version? { versions.first { $0.number == number } }

  /// The newest version in force at `time`; `nil` before the first.
  package func current(at time: Timestamp) -> Version? {
    versions.last { $0.effectiveFrom <= time }
  }

  package mutating func apply(_ fact: Fact) {
    switch fact.payload {
    case .pipeline(.pipelineCreated(let created)):
      id = created.pipelineID
      name = created.name
      externalIDs = created.externalIds
    case .pipeline(.pipelineVersionPublished(let published)):
      name = published.name
      versions.append(
        Version(
          number: published.version, name: published.name, stages: published.stages,
          effectiveFrom: Timestamp(published.effectiveFrom)))
    case .pipeline(.pipelineRetired): isRetired = true
    case .account, .activity, .businessCalendar, .contact, .dispute, .disputeRuleBook,
      .duplicateCase, .export, .handover, .import, .lead, .opportunity, .organization,
      .ownership, .permission, .pool, .registration, .slaPolicy, .tag, .task, .team, .ticket,
      .user:
      break
    }
  }

  /// The rule set that a decision used.
  func policy(_ version: UInt32) -> PolicyRef {
    .with { ($0.kind, $0.id, $0.version) = ("pipeline", id, version) }
  }

  /// New opportunities go only into a pipeline that has stages and isn't retired.
  @discardableResult
  func requireUsable(at time: Timestamp) throws(Refusal) -> Version {
    guard !isRetired else {
      throw Refusal(.status, "The pipeline \(id) is retired; use another one.")
    }
    return try requireCurrent(at: time)
  }

  /// The newest version in force.
  func requireCurrent(at time: Timestamp) throws(Refusal) -> Version {
    guard let version = current(at: time) else {
      throw Refusal(.status, "The pipeline \(id) has no version in force; publish one first.")
    }
    return version
  }
}

internal import CRM
internal import Commands
internal import EventLog
package import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf
internal import Transparency
internal import Vault

/// What a new workspace is made with.
public struct NewWorkspace: Sendable, Hashable {
  /// The organisation's name.
  public var organization: String
  /// The first administrator's name.
  public var administrator: String
  /// IANA; days are counted in it.
  public var timeZone: String
  /// ISO 4217.
  public var currency: String
  /// The log's name for ever; `local/<workspace>/<8 random hex digits>` when `nil`.
  public var origin: String?
  /// The last checkpoint, a signed note, of the log that this one continues.
  public var previousCheckpoint: String?

  /// Puts the settings together.
  public init(
    organization: String, administrator: String, timeZone: String = "UTC",
    currency: String = "EUR", origin: String? = nil
  ) {
    self.organization = organization
    self.administrator = administrator
    self.timeZone = timeZone
    self.currency = currency
    self.origin = origin
  }
}

extension Workspace {
  /// Makes a workspace: keys, log, organisation, first administrator, pipeline.
  public static func create(
    _ folder: DataFolder, _ settings: NewWorkspace
  ) async throws(ServiceError) -> Answer {
    let founded = try await create(
      folder, settings, clock: SystemClock.now, isSimulated: false, random: .system)
    try founded.workspace.close()
    let token = try APIKeyRing(of: folder).makeSetupToken(for: founded.administrator)
    var answer = founded.answer
    answer.facts.append(.init("setupToken", "One-time token", .text(token)))
    answer.notes.append(
      "With the one-time token the administrator gets a key from a server, once and within "
        + "\(APIKeyRing.setupDays) days: POST /v1/setup/key. It is shown this once.")
    return answer
  }

  package static func create(
    _ folder: DataFolder, _ settings: NewWorkspace, clock: @escaping @Sendable () -> Timestamp,
    isSimulated: Bool, random: RandomSource
  ) async throws(ServiceError) -> (workspace: Workspace, administrator: String, answer: Answer) {
    guard !folder.exists else {
      throw ServiceError(
        .refused, code: "WORKSPACE.EXISTS",
        "There is a workspace “\(folder.workspace)” in “\(folder.path)” already: choose another "
          + "--workspace or --data; nothing was changed.")
    }
    try check(settings)
    let origin = settings.origin ?? "local/\(folder.workspace)/\(random.bytes(4).hex)"
    let signer = try WorkspaceKeys.create(for: folder, origin: origin, random: random)
    do throws(ServiceError) {
      do throws(OpenError) {
        try EventLog.create(
          in: folder.folder, origin: origin, simulatedClock: isSimulated,
          schema: SchemaDescriptor.bytes, previous: settings.previousCheckpoint,
          options: EventLog.Options(clock: clock, signer: signer))
      } catch { throw ServiceError(error) }
      let workspace = try Workspace(opening: folder, actor: nil, clock: clock, random: random)
      do throws(ServiceError) {
        let administrator = try await workspace.found(settings)
        return (workspace, administrator, workspace.foundingAnswer(origin, administrator))
      } catch {
        workspace.abandon()
        throw error
      }
    } catch {
      // Nothing was told of this workspace yet, so that nothing is lost with it.
      folder.removeLog()
      folder.removeKeys()
      throw error
    }
  }

  /// Refuses what the first commands would refuse, before anything is made.
  private static func check(_ settings: NewWorkspace) throws(ServiceError) {
    guard TimeZone(identifier: settings.timeZone) != nil else {
      throw ServiceError(
        .usage, code: "VALIDATION.TIME_ZONE",
        "“\(settings.timeZone)” is no time zone: give an IANA name such as Asia/Shanghai.")
    }
    let letters = settings.currency.utf8
    guard letters.count == 3, letters.allSatisfy({ (0x41...0x5a).contains($0) }) else {
      throw ServiceError(
        .usage, code: "VALIDATION.CURRENCY",
        "“\(settings.currency)” is no currency: give an ISO 4217 code such as CNY.")
    }
    for (what, name) in [
      ("organisation", settings.organization), ("administrator", settings.administrator),
    ] where name.allSatisfy(\.isWhitespace) {
      throw ServiceError(
        .usage, code: "VALIDATION.NAME", "The \(what) has no name: give it one.")
    }
  }

  /// The first commands: who runs this, and by which pipeline it sells.
  private func found(_ settings: NewWorkspace) async throws(ServiceError) -> String {
    let system = ActorID(system: "init")
    _ = try await perform(
      .organization(
        .configureOrganization(
          .with {
            $0.name = settings.organization
            $0.timeZone = settings.timeZone
            $0.baseCurrency = settings.currency
          })), by: system, key: "init-organization")
    let made = try await perform(
      .user(
        .provisionUser(
          .with {
            $0.name = .with { $0.full = settings.administrator }
            $0.active = true
            $0.roleIds = [BuiltInRole.administrator, BuiltInRole.workspaceOwner]
          })), by: system, key: "init-administrator")
    _ = try await perform(
      .pipeline(.createPipeline(DefaultPipeline.command)), by: system, key: "init-pipeline")
    return made.targetID
  }

  private func foundingAnswer(_ origin: String, _ administrator: String) -> Answer {
    Answer(
      "Workspace “\(folder.workspace)” is made",
      facts: [
        .init("data", "Data", .text(folder.folder)),
        .init("keys", "Keys", .text(folder.keysFolder)),
        .init("origin", "Origin", .text(origin)),
        .init("vkey", "Verifier key", keys.signer.map { .text($0.key.vkey) } ?? .none),
        .init("administrator", "Administrator", .text(administrator)),
        .init("pipeline", "Pipeline", .text(DefaultPipeline.id)),
      ],
      notes: [
        "The keys lie beside the data, never in it: back them up apart from the data. To move "
          + "them, move their folder and give --keys DIR from then on.",
        "Publish the verifier key: with it anyone can check what this log says.",
      ])
  }
}

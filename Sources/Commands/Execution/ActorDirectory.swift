internal import CRM
internal import EventLog
internal import EventModel
internal import Foundation
internal import Schema
internal import SwiftProtobuf

/// What the directory and the organisation say at the moment: who an actor is, and which day it is.
struct ActorDirectory: Sendable {
  let log: EventLog
  let reader: RecordReader
  /// What the users are and where they belong, by their identifiers.
  private let known: KeptUntilNews<String, Standing>

  /// What of a user stands in a snapshot.
  private struct Standing: Sendable {
    let roleIDs: [String]
    let departmentID: String
    let teamIDs: [String]
  }

  init(log: EventLog, reader: RecordReader) {
    self.log = log
    self.reader = reader
    known = KeptUntilNews(log, until: EventQuery([.init(categories: ["user", "team"])]))
  }

  /// The actor as the directory knows it now, so that it can be read when the user is gone.
  func snapshot(
    of actor: ActorID, kind: ActorKind.Code, delegationID: String
  ) throws(CommandFailure) -> ActorSnapshot {
    var snapshot = ActorSnapshot.with { ($0.kind, $0.delegationID) = (kind, delegationID) }
    guard kind == .user else { return snapshot }
    let standing = try known.value(of: actor.text) { () throws(CommandFailure) in
      try self.standing(of: actor.text)
    }
    snapshot.roleIds = standing.roleIDs
    snapshot.departmentID = standing.departmentID
    snapshot.teamIds = standing.teamIDs
    return snapshot
  }

  /// Empty for whoever is no user.
  private func standing(of userID: String) throws(CommandFailure) -> Standing {
    guard let user = try reader.load(.user(userID))?.state as? User, user.exists else {
      return Standing(roleIDs: [], departmentID: "", teamIDs: [])
    }
    return Standing(
      roleIDs: user.roleIDs, departmentID: user.departmentID, teamIDs: try teamIDs(of: userID))
  }

  /// The teams that the user is in, in the order in which they were first in them.
  private func teamIDs(of userID: String) throws(CommandFailure) -> [String] {
    guard let tag = RecordKey.user(userID).tag else { return [] }
    let query = EventQuery.tags([tag], types: Self.teamTypes)
    let events: [RecordedEvent]
    do { events = try log.events(EventSelection(query, limit: 1000)) } catch {
      throw .storage(error)
    }
    var ids: [String] = []
    for event in events {
      guard let stream = StreamName(event.stream), !ids.contains(stream.id) else { continue }
      guard let team = try reader.load(.team(stream.id))?.state as? Team,
        team.memberIDs.contains(userID), !team.isDissolved
      else { continue }
      ids.append(stream.id)
    }
    return ids
  }

  private static let teamTypes = ["TeamCreated", "TeamMembersChanged"].compactMap { EventType($0) }

  /// Days of the zone `name`, which is UTC when no such zone is known.
  static func calendar(of name: String) -> LocalCalendar {
    LocalCalendar(
      day: { day(of: $0, in: name) },
      moment: { day, hour in
        let zone = TimeZone(identifier: name) ?? .gmt
        let wall = day.daysSince1970 * 86_400 + hour * 3600
        let instant = Date(timeIntervalSince1970: TimeInterval(wall))
        var offset = zone.secondsFromGMT(for: instant)
        // The offset in force then, not at Greenwich's hour of that name.
        offset = zone.secondsFromGMT(for: instant.addingTimeInterval(-TimeInterval(offset)))
        return Timestamp(microseconds: Int64(wall - offset) * 1_000_000)
      })
  }

  /// The offsets of the system's time zones.
  static let zones = ZoneOffsets { name, time in
    let seconds = time.microseconds / 1_000_000
    let zone = TimeZone(identifier: name)
    return zone?.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))) ?? 0
  }

  /// The day of `time` in the zone `name`, which is UTC when no such zone is known.
  static func day(of time: Timestamp, in name: String) -> CalendarDate {
    let seconds = time.microseconds / 1_000_000
    let offset =
      name == "UTC"
      ? 0
      : TimeZone(identifier: name)?
        .secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))) ?? 0
    let local = seconds + Int64(offset)
    let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
    return CalendarDate(daysSince1970: Int(days))
  }
}

internal import EventModel
package import Schema
internal import SwiftProtobuf

/// When people work: working hours of the week, holidays, and working days beside them.
package struct BusinessCalendar: Aggregate {
  package private(set) var id = ""
  package private(set) var published = BusinessCalendarPublished()

  package init() {}

  package static var objectType: ObjectType.Code { .businessCalendar }
  package var exists: Bool { !id.isEmpty }
  package var version: UInt32 { published.version }

  package mutating func apply(_ fact: Fact) {
    guard case .businessCalendar(.businessCalendarPublished(let published)) = fact.payload else {
      return
    }
    id = published.calendarID
    self.published = published
  }

  /// The time that it counts, with the zone's offsets as they are known now.
  package func workingTime(_ zones: ZoneOffsets) -> WorkingTime {
    var special: [CalendarDate: [Range<Int>]] = [:]
    for day in published.specialDays {
      if let date = CalendarDate(day.date) { special[date] = Self.ranges(day.hours) }
    }
    return WorkingTime(
      weekly: (1...7).map { weekday in
        Self.ranges(published.weekly.filter { $0.weekday == UInt32(weekday) })
      }, special: special, zone: published.timeZone, zones: zones)
  }

  private static func ranges(_ hours: [WorkingHours]) -> [Range<Int>] {
    hours.filter { $0.fromMinute < $0.toMinute }
      .map { Int($0.fromMinute)..<Int($0.toMinute) }.sorted { $0.lowerBound < $1.lowerBound }
  }
}

extension BusinessCalendar {
  package static func target(of command: BusinessCalendarCommand.OneOf_Command) -> String {
    switch command {
    case .publishBusinessCalendar(let command): command.calendarID
    }
  }

  package static func identify(
    _ command: inout BusinessCalendarCommand.OneOf_Command, _ make: (_ prefix: String) -> String
  ) {
    switch command {
    case .publishBusinessCalendar(var publish):
      if publish.calendarID.isEmpty { publish.calendarID = make("cal") }
      command = .publishBusinessCalendar(publish)
    }
  }

  package func needs(
    for command: BusinessCalendarCommand.OneOf_Command, in context: DecisionContext
  ) -> [RecordKey] { [] }

  package func decide(
    _ command: BusinessCalendarCommand.OneOf_Command, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    switch command {
    case .publishBusinessCalendar(let publish): try self.publish(publish, in: context)
    }
  }

  private func publish(
    _ command: PublishBusinessCalendar, in context: DecisionContext
  ) throws(Refusal) -> [DecidedEvent] {
    let key = RecordKey.businessCalendar(command.calendarID)
    if !exists { try FieldRule.newID(key, prefix: "cal", field: "calendarId") }
    try FieldRule.required(command.name, "name", of: "The calendar")
    try FieldRule.text(command.name, "name")
    let zone = command.timeZone.isEmpty ? context.settings.timeZone : command.timeZone
    try FieldRule.text(zone, "timeZone", limit: 64)
    guard !command.weekly.isEmpty else { throw .required("weekly", of: "The calendar") }
    for weekday in 1...7 {
      let hours = command.weekly.filter { $0.weekday == UInt32(weekday) }
      try Self.check(hours, field: "weekly")
    }
    guard command.weekly.allSatisfy({ (1...7).contains($0.weekday) }) else {
      throw Refusal(
        .range, "weekly has a weekday outside 1 (Monday) to 7 (Sunday); correct it.",
        field: "weekly.weekday")
    }
    try Self.check(command.specialDays)
    let published = BusinessCalendarPublished.with {
      $0.calendarID = command.calendarID
      $0.version = version + 1
      $0.name = command.name.trimmed
      $0.timeZone = zone
      $0.weekly = command.weekly
      $0.specialDays = command.specialDays
    }
    var same = self.published
    same.version = version + 1
    guard published != same else { return [] }
    return [DecidedEvent(key, .businessCalendar(.businessCalendarPublished(published)))]
  }

  private static func check(_ days: [SpecialDay]) throws(Refusal) {
    guard Set(days.map(\.date)).count == days.count, days.count <= 2000 else {
      throw Refusal(
        .inconsistent, "specialDays has a day twice, or more than 2000; keep one of each.",
        field: "specialDays")
    }
    for day in days {
      try FieldRule.required(day.date, "specialDays.date", of: "The special day")
      try FieldRule.date(day.date, "specialDays.date")
      try check(day.hours, field: "specialDays.hours")
    }
  }

  /// Stretches of one day: from before to, within the day, none overlapping.
  private static func check(_ hours: [WorkingHours], field: String) throws(Refusal) {
    var end: UInt32 = 0
    for stretch in hours.sorted(by: { $0.fromMinute < $1.fromMinute }) {
      guard stretch.fromMinute < stretch.toMinute, stretch.toMinute <= 1440 else {
        throw Refusal(
          .range,
          "\(field) has a stretch from minute \(stretch.fromMinute) to \(stretch.toMinute); "
            + "give 0 to 1440, the first before the second.", field: field)
      }
      guard stretch.fromMinute >= end else {
        throw Refusal(
          .inconsistent, "\(field) has stretches of one day that overlap; join them.", field: field)
      }
      end = stretch.toMinute
    }
  }
}

extension DecisionContext {
  /// The organisation's working time: its default calendar's, or every hour without one.
  func workingTime() -> WorkingTime {
    organizationCalendar?.workingTime(zones) ?? .always(in: settings.timeZone, zones)
  }

  /// The organisation's working days: its default calendar's, or Monday to Friday without one.
  func workingDays() -> WorkingTime {
    organizationCalendar?.workingTime(zones) ?? .weekdays(in: settings.timeZone, zones)
  }

  private var organizationCalendar: BusinessCalendar? {
    settings.defaultCalendarID.flatMap { records.state(BusinessCalendar.self, $0) }
  }

  /// What the organisation's working time needs loaded.
  var calendarNeeds: [RecordKey] {
    settings.defaultCalendarID.map { [.businessCalendar($0)] } ?? []
  }
}

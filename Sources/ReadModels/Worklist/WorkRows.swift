package import EventModel
internal import Schema

/// Something that waits for one person: `work_item`.
package struct WorkItemRow: TableRow {
  package static let shape = TableShape(
    "work_item", indexes: [["user_id", "is_done", "due_us"], ["record_type", "record_id"]])
  /// `<record type>:<record id>:<kind>`, and of a handover the receiver behind it.
  package var itemID = ""
  /// `task`, `firstResponse`, `nurture`, `close`, `stalled`, `resolution`, `recycle`, `response`,
  /// `ruling`, `acknowledge`, `expiring` or `settle`.
  package var kind = ""
  package var recordType = ""
  package var recordID = ""
  /// Empty for nobody, such as of a record in a pool.
  package var userID = ""
  package var dueAt: Timestamp?
  package var priority = ""
  package var isReminded = false
  package var isOverdue = false
  package var isDone = false
  /// How many things wait, such as records that were handed over.
  package var openCount: Int64 = 1
  /// Where the item came up last.
  package var position = Position(0)

  package var key: String { itemID }

  package init() {}

  init(_ event: ProjectedEvent, _ kind: String, user: String, due: Timestamp?) {
    itemID = Self.id(event, kind)
    self.kind = kind
    (recordType, recordID) = (event.category, event.recordID)
    userID = user
    dueAt = due
    position = event.position
  }

  static func id(_ event: ProjectedEvent, _ kind: String) -> String {
    "\(event.category):\(event.recordID):\(kind)"
  }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("item_id", &itemID)
    coder.code("kind", &kind)
    coder.code("record_type", &recordType)
    coder.code("record_id", &recordID)
    coder.code("user_id", &userID)
    coder.code("due_us", &dueAt)
    coder.code("priority", &priority)
    coder.code("is_reminded", &isReminded)
    coder.code("is_overdue", &isOverdue)
    coder.code("is_done", &isDone)
    coder.code("open_count", &openCount)
    coder.code("position", &position)
  }
}

/// Whose a record's items are, and until when: `work_anchor`.
package struct WorkAnchorRow: TableRow {
  package static let shape = TableShape("work_anchor")
  /// `<record type>:<record id>`, and of a handover's item `:<object type>:<id>` behind it.
  package var recordKey = ""
  package var userID = ""
  package var dueAt: Timestamp?

  package var key: String { recordKey }

  package init() {}

  init(_ event: ProjectedEvent) { recordKey = Self.key(event) }

  /// Who received an item of a handover.
  init(_ event: ProjectedEvent, item: RecordRef) {
    recordKey = "\(Self.key(event)):\(item.objectType.rawValue):\(item.id)"
  }

  static func key(_ event: ProjectedEvent) -> String { "\(event.category):\(event.recordID)" }

  package mutating func code<Coder: RowCoder>(_ coder: inout Coder) {
    coder.code("record_key", &recordKey)
    coder.code("user_id", &userID)
    coder.code("due_us", &dueAt)
  }
}

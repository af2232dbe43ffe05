internal import EventLog
internal import EventModel
internal import GRDB
internal import GRDBSQLite
internal import LMDB

/// Tells SQLite of the table `events`, which it can't make of anything GRDB offers.
///
/// Why it is safe: SQLite calls these functions on the thread of the connection that they were
/// registered with, and only between `connect` and `disconnect`, `open` and `close` of the object
/// that it passes. The module and the ``EventTable`` are kept until SQLite calls the destructor,
/// which it does when the connection closes. Each object that SQLite gets is one block of memory:
/// SQLite's own struct, and behind it the reference to ours.
@safe enum EventTableModule {
  /// Makes `events` a table of the connection, under that name and without `CREATE`.
  static func register(_ table: EventTable, in database: Database) throws(StorageError) {
    let module = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
    unsafe module.initialize(to: callbacks)
    let context = unsafe Unmanaged.passRetained(Context(table, module)).toOpaque()
    let code = unsafe sqlite3_create_module_v2(
      database.sqliteConnection, "events", module, context,
      { pointer in
        guard let pointer = unsafe pointer else { return }
        unsafe Unmanaged<Context>.fromOpaque(pointer).release()
      })
    // The destructor was called when it failed.
    guard code == SQLITE_OK else {
      throw StorageError(code: code, message: "the table of events can't be registered")
    }
  }

  /// What lives as long as the registration.
  @safe private final class Context {
    let table: EventTable
    @unsafe private let module: UnsafeMutablePointer<sqlite3_module>

    init(_ table: EventTable, _ module: UnsafeMutablePointer<sqlite3_module>) {
      self.table = table
      unsafe self.module = module
    }

    deinit { unsafe module.deallocate() }
  }

  /// Without `xCreate` the table is there by its name alone, and nothing can be made of it.
  private static var callbacks: sqlite3_module {
    var module = sqlite3_module()
    module.iVersion = 1
    unsafe module.xConnect = { database, context, _, _, table, _ in
      unsafe EventTableModule.connect(database, context, table)
    }
    unsafe module.xDisconnect = { table in
      unsafe UnsafeMutableRawPointer(table)?.deallocate()
      return SQLITE_OK
    }
    unsafe module.xBestIndex = { _, info in unsafe EventTableModule.plan(info) }
    unsafe module.xOpen = { table, opened in unsafe EventTableModule.open(table, opened) }
    unsafe module.xClose = { pointer in unsafe EventTableModule.close(pointer) }
    unsafe module.xFilter = { pointer, plan, _, count, arguments in
      unsafe EventTableModule.filter(pointer, plan, count, arguments)
    }
    unsafe module.xNext = { pointer in
      unsafe EventTableModule.report(pointer) { cursor throws(LMDBError) in try cursor.advance() }
    }
    unsafe module.xEof = { pointer in unsafe EventTableModule.cursor(pointer)?.event == nil ? 1 : 0
    }
    unsafe module.xColumn = { pointer, result, index in
      unsafe EventTableModule.column(pointer, result, index)
    }
    unsafe module.xRowid = { pointer, row in
      unsafe row?.pointee =
        EventTableModule.cursor(pointer)?.event.map { Int64($0.position.rawValue) } ?? 0
      return SQLITE_OK
    }
    return module
  }

  /// A block with SQLite's struct, zeroed, and `reference` behind it.
  private static func block<Header>(
    _ header: Header.Type, _ reference: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<Header> {
    let stride = MemoryLayout<Header>.stride
    let block = unsafe UnsafeMutableRawPointer.allocate(
      byteCount: stride + MemoryLayout<UnsafeMutableRawPointer>.stride, alignment: 16)
    unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: stride)
    unsafe (block + stride).initializeMemory(
      as: UnsafeMutableRawPointer.self, repeating: reference, count: 1)
    return unsafe block.bindMemory(to: Header.self, capacity: 1)
  }

  private static func reference<Header>(
    behind header: UnsafeMutablePointer<Header>
  ) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(header).load(
      fromByteOffset: MemoryLayout<Header>.stride, as: UnsafeMutableRawPointer.self)
  }

  private static func connect(
    _ database: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
    _ table: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?
  ) -> CInt {
    guard let context = unsafe context, let table = unsafe table else { return SQLITE_MISUSE }
    let code = unsafe sqlite3_declare_vtab(database, EventTable.declaration)
    guard code == SQLITE_OK else { return code }
    unsafe table.pointee = block(sqlite3_vtab.self, context)
    return SQLITE_OK
  }

  private static func open(
    _ table: UnsafeMutablePointer<sqlite3_vtab>?,
    _ opened: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab_cursor>?>?
  ) -> CInt {
    guard let table = unsafe table, let opened = unsafe opened else { return SQLITE_MISUSE }
    let context = unsafe Unmanaged<Context>.fromOpaque(reference(behind: table))
      .takeUnretainedValue()
    let cursor = unsafe Unmanaged.passRetained(EventTableCursor(context.table)).toOpaque()
    unsafe opened.pointee = block(sqlite3_vtab_cursor.self, cursor)
    return SQLITE_OK
  }

  private static func close(_ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?) -> CInt {
    guard let pointer = unsafe pointer else { return SQLITE_MISUSE }
    unsafe Unmanaged<EventTableCursor>.fromOpaque(reference(behind: pointer)).release()
    unsafe UnsafeMutableRawPointer(pointer).deallocate()
    return SQLITE_OK
  }

  private static func cursor(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?
  ) -> EventTableCursor? {
    guard let pointer = unsafe pointer else { return nil }
    return unsafe Unmanaged<EventTableCursor>.fromOpaque(reference(behind: pointer))
      .takeUnretainedValue()
  }

  /// Runs `body` on the cursor; the log's failure becomes the table's message.
  private static func report(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?,
    _ body: (EventTableCursor) throws(LMDBError) -> Void
  ) -> CInt {
    guard let cursor = unsafe cursor(pointer) else { return SQLITE_MISUSE }
    do throws(LMDBError) {
      try body(cursor)
      return SQLITE_OK
    } catch {
      // SQLITE_IOERR says as much as can be said without a message of its own allocation.
      return SQLITE_IOERR
    }
  }
}

extension EventTableModule {
  /// Chooses the conditions that the log answers, and says what that costs.
  private static func plan(_ pointer: UnsafeMutablePointer<sqlite3_index_info>?) -> CInt {
    guard let info = unsafe pointer else { return SQLITE_MISUSE }
    var marks: Int32 = 0
    var cost = EventCondition.wholeLogCost
    var argument: Int32 = 0
    for condition in EventCondition.allCases {
      let count = Int(unsafe info.pointee.nConstraint)
      for index in 0..<count {
        let constraint = unsafe info.pointee.aConstraint[index]
        guard constraint.usable != 0, constraint.iColumn == condition.column.rawValue,
          constraint.op == condition.comparison,
          condition == .tag || condition.column == .position
            || (unsafe comparesBytes(info, Int32(index)))
        else { continue }
        argument += 1
        unsafe info.pointee.aConstraintUsage[index].argvIndex = argument
        // The tag has no value of its own that SQLite could compare again.
        unsafe info.pointee.aConstraintUsage[index].omit = condition == .tag ? 1 : 0
        marks |= condition.mark
        cost = min(cost, condition.cost)
        break
      }
    }
    if unsafe info.pointee.nOrderBy == 1, unsafe info.pointee.aOrderBy[0].iColumn <= 0 {
      unsafe info.pointee.orderByConsumed = 1
      if unsafe info.pointee.aOrderBy[0].desc != 0 { marks |= EventCondition.backwards }
    }
    unsafe info.pointee.idxNum = marks
    unsafe info.pointee.estimatedCost = cost
    unsafe info.pointee.estimatedRows = Int64(cost)
    return SQLITE_OK
  }

  /// Whether the condition compares texts as the log does: where upper case equals lower, or spaces
  /// at the end count for nothing, SQLite looks at all rows itself.
  private static func comparesBytes(
    _ info: UnsafeMutablePointer<sqlite3_index_info>, _ constraint: Int32
  ) -> Bool {
    guard let name = unsafe sqlite3_vtab_collation(info, constraint) else { return true }
    return unsafe String(cString: name) == "BINARY"
  }

  private static func filter(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ plan: Int32, _ count: Int32,
    _ arguments: UnsafeMutablePointer<OpaquePointer?>?
  ) -> CInt {
    let values = (0..<Int(count)).map { unsafe value(arguments?[$0]) }
    return unsafe report(pointer) { cursor throws(LMDBError) in
      try cursor.start(plan: plan, values)
    }
  }

  private static func value(_ value: OpaquePointer?) -> SQLValue {
    switch unsafe sqlite3_value_type(value) {
    case SQLITE_INTEGER: return unsafe .integer(sqlite3_value_int64(value))
    case SQLITE_TEXT:
      guard let text = unsafe sqlite3_value_text(value) else { return .null }
      return unsafe .text(String(cString: text))
    default: return .null
    }
  }

  private static func column(
    _ pointer: UnsafeMutablePointer<sqlite3_vtab_cursor>?, _ result: OpaquePointer?, _ index: Int32
  ) -> CInt {
    guard let cursor = unsafe cursor(pointer), let column = EventTable.Column(rawValue: index)
    else { return SQLITE_MISUSE }
    switch cursor.value(of: column) {
    case .integer(let number): unsafe sqlite3_result_int64(result, number)
    case .text(let text):
      // SQLite copies the text before the call returns.
      let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
      unsafe sqlite3_result_text(result, text, Int32(text.utf8.count), transient)
    case .null, .real, .blob: unsafe sqlite3_result_null(result)
    }
    return SQLITE_OK
  }
}

extension EventCondition {
  /// SQLite's number for the comparison.
  fileprivate var comparison: UInt8 {
    switch self {
    case .positionIs, .type, .stream, .category, .actor, .tag:
      UInt8(SQLITE_INDEX_CONSTRAINT_EQ)
    case .positionFrom: UInt8(SQLITE_INDEX_CONSTRAINT_GE)
    case .positionAbove: UInt8(SQLITE_INDEX_CONSTRAINT_GT)
    case .positionThrough: UInt8(SQLITE_INDEX_CONSTRAINT_LE)
    case .positionBelow: UInt8(SQLITE_INDEX_CONSTRAINT_LT)
    }
  }
}

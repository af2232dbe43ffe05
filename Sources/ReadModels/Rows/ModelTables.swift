/// The tables of one read model: each listed once, in an order that never changes.
package protocol ModelTables {
  init()
  mutating func visit<Visitor: TableVisitor>(
    _ visitor: inout Visitor
  ) throws(Visitor.Failure)
}

/// Does one thing to each table of a model.
package protocol TableVisitor {
  associatedtype Failure: Error
  mutating func visit<Row>(_ rows: inout RowCache<Row>) throws(Failure)
  mutating func visit<Row>(_ rows: inout RowJournal<Row>) throws(Failure)
}

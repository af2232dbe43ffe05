internal import EventLog
internal import EventModel
internal import LMDB
internal import Schema

/// The log carries its own catalogue, so that it can be read for ever.
extension Workspace {
  /// Appends this program's catalogue to the log when it has grown since the one in force.
  ///
  /// A log that a newer program wrote is left as it is: what this one can't read of it, it names.
  /// - Throws: `SCHEMA.DIVERGED` when neither catalogue reads what the other wrote.
  static func registerSchema(in log: EventLog) throws(ServiceError) {
    let newest: RecordedEvent?
    do throws(LMDBError) {
      // A log that ended is read by what it has.
      guard try !log.hasEnded() else { return }
      newest = try log.schemaInForce()
    } catch {
      throw ServiceError(storage: error)
    }
    guard let newest, let (_, inForce) = newest.plain(0), inForce != SchemaDescriptor.bytes else {
      return
    }
    let faults: [String]
    do throws(PayloadError) {
      faults = try SchemaComparison(from: inForce, to: SchemaDescriptor.bytes).faults
      if let fault = faults.first {
        let back = try SchemaComparison(from: SchemaDescriptor.bytes, to: inForce).faults
        guard back.isEmpty else {
          throw PayloadError.malformed(message: "catalogue", reason: fault)
        }
        return
      }
    } catch {
      throw ServiceError(
        .failed, code: "SCHEMA.DIVERGED",
        "This program's catalogue does not read what the log's catalogue at position "
          + "\(newest.position) wrote, nor the other way round: use the program that wrote it "
          + "(\(error)).")
    }
    do throws(AppendError) { _ = try log.registerSchema(SchemaDescriptor.bytes) } catch {
      throw ServiceError(
        .failed, code: "SCHEMA.NOT_REGISTERED",
        "The new catalogue could not be written to the log: \(error).")
    }
  }
}

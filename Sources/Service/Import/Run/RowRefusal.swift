/// Why a line of the source makes no events; it contributes nothing.
package enum RowRefusal: Error, Hashable, Sendable {
  case csv(CSVRefusal)
  case json(JSONRefusal)
  case badTime(place: String, value: String)
  case noZone(place: String, value: String)
  case badNumber(place: String, value: String, kind: String)
  case notInMap(place: String, value: String, mappingLine: Int)
  case notInTable(value: String, table: String)
  case missing(place: String)
  case repeatedKey(firstLine: Int)
  case badName(value: String, kind: String)
  case tooMuchToRemember(limit: Int, what: String)
  case unknownMember(String)
  case wrongMember(String, expected: String)
  case unknownType(String)
  case badPayload(type: String, reason: String)
  case refusedByLog(String)
}

extension RowRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .csv(let refusal): refusal.description
    case .json(let refusal): refusal.description
    case .badTime(let place, let value):
      "\(place) holds “\(value.shortened)”, which has none of the mapping's time formats"
    case .noZone(let place, let value):
      "\(place) holds “\(value.shortened)” without an offset; give the mapping a zone"
    case .badNumber(let place, let value, let kind):
      "\(place) holds “\(value.shortened)”, which is no \(kind)"
    case .notInMap(let place, let value, let line):
      "\(place) holds “\(value.shortened)”, which the map in line \(line) of the mapping lacks"
    case .notInTable(let value, let table):
      "“\(value.shortened)” is not in the table “\(table)”"
    case .missing(let place): "\(place) is empty, and a value is needed"
    case .repeatedKey(let line): "its key stood in line \(line) before"
    case .badName(let value, let kind): "“\(value.shortened)” is no \(kind)"
    case .tooMuchToRemember(let limit, let what):
      "the mapping would have to remember more than \(limit) \(what); split the file"
    case .unknownMember(let name): "it has the unknown member “\(name.shortened)”"
    case .wrongMember(let name, let expected): "its member “\(name)” should be \(expected)"
    case .unknownType(let type): "the catalogue has no event “\(type.shortened)”"
    case .badPayload(let type, let reason): "its data is no \(type): \(reason)"
    case .refusedByLog(let reason): reason
    }
  }
}

extension String {
  /// At most 60 characters, for a sentence.
  var shortened: String { count > 60 ? prefix(59) + "…" : self }
}

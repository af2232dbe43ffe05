internal import Service

/// The members of a small JSON body, each of which must be known.
struct BodyReader {
  private let members: [String: JSONValue]

  init(_ json: String, _ known: Set<String>) throws {
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: json) } catch {
      throw Self.refusal("it is no JSON: \(error)")
    }
    guard case .object(let members) = value else { throw Self.refusal("it is no object") }
    for member in members where !known.contains(member.name) {
      throw Self.refusal("“\(member.name.prefix(40))” is unknown")
    }
    self.members = Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
  }

  static func refusal(_ why: String) -> Problem {
    Problem(422, "VALIDATION.BODY", "The body can't be used: \(why).")
  }

  func optionalText(_ name: String, atMost limit: Int) throws -> String? {
    switch members[name] {
    case nil, .null?: return nil
    case .string(let text)? where text.utf8.count <= limit: return text
    case .some: throw Self.refusal("\(name) is no text of at most \(limit) bytes")
    }
  }

  func text(_ name: String, atMost limit: Int) throws -> String {
    guard let text = try optionalText(name, atMost: limit), !text.isEmpty else {
      throw Self.refusal("\(name) is missing")
    }
    return text
  }

  func texts(_ name: String, atMost limit: Int) throws -> [String] {
    switch members[name] {
    case nil, .null?: return []
    case .array(let values)? where values.count <= limit:
      return try values.map { value in
        guard case .string(let text) = value, text.utf8.count <= 300 else {
          throw Self.refusal("\(name) has an entry that is no short text")
        }
        return text
      }
    case .some: throw Self.refusal("\(name) is no list of at most \(limit) texts")
    }
  }

  func number(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
    switch members[name] {
    case nil, .null?: return nil
    case .number(let digits)?:
      guard let number = Int(digits), range.contains(number) else {
        throw Self.refusal("\(name) is not within \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    case .some: throw Self.refusal("\(name) is no number")
    }
  }

  func flag(_ name: String) throws -> Bool? {
    switch members[name] {
    case nil, .null?: return nil
    case .boolean(let flag)?: return flag
    case .some: throw Self.refusal("\(name) is neither true nor false")
    }
  }

  /// Numbers of at most 18 digits.
  func numbers(_ name: String, atMost limit: Int) throws -> [UInt64] {
    switch members[name] {
    case nil, .null?: return []
    case .array(let values)? where values.count <= limit:
      return try values.map { value in
        guard case .number(let digits) = value, digits.utf8.count <= 18, let number = UInt64(digits)
        else { throw Self.refusal("\(name) has an entry that is no number") }
        return number
      }
    case .some: throw Self.refusal("\(name) is no list of at most \(limit) numbers")
    }
  }
}

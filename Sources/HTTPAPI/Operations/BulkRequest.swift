internal import Service
internal import Synchronization

/// Many commands in one request.
struct BulkRequest: Sendable {
  let commands: [CommandRequest]
  /// Whether each waits for the one before.
  let isInOrder: Bool
  /// How many are under way at a time when they needn't wait for each other.
  private static let width = 32

  init(json: String, limit: Int) throws {
    let value: JSONValue
    do throws(JSONRefusal) { value = try JSONParser.value(of: json) } catch {
      throw Self.refusal("the body is no JSON: \(error)")
    }
    guard case .object(let members) = value else { throw Self.refusal("the body is no object") }
    var entries: [JSONValue]?
    var isInOrder = true
    for member in members {
      switch (member.name, member.value) {
      case ("commands", .array(let values)): entries = values
      case ("inOrder", .boolean(let flag)): isInOrder = flag
      default: throw Self.refusal("“\(member.name.prefix(40))” is unknown or of another type")
      }
    }
    guard let entries, (1...limit).contains(entries.count) else {
      throw Self.refusal("commands has not 1 to \(limit) entries")
    }
    self.isInOrder = isInOrder
    commands = try entries.enumerated().map { try Self.command($0.element, at: $0.offset) }
  }

  private static func command(_ value: JSONValue, at index: Int) throws -> CommandRequest {
    guard case .object(let members) = value else {
      throw refusal("commands[\(index)] is no object")
    }
    var request = CommandRequest(name: "", body: "")
    for member in members {
      switch (member.name, member.value) {
      case ("name", .string(let text)): request.name = text
      case ("body", .object): request.body = member.value.compact
      case ("key", .string(let text)): request.key = text
      case ("ifMatch", .string(let text)):
        request.expectedRevision = try CommandOperations.revision(text)
      case ("reasonCode", .string(let text)): request.reasonCode = text
      case ("reasonText", .string(let text)): request.reasonText = text
      case ("onBehalfOf", .string(let text)): request.onBehalfOf = text
      case ("occurredAt", .string(let text)): request.occurredAt = text
      default:
        throw refusal(
          "commands[\(index)].\(member.name.prefix(40)) is unknown or of another type")
      }
    }
    guard !request.name.isEmpty, !request.body.isEmpty, request.key != nil else {
      throw refusal("commands[\(index)] has not name, body and key")
    }
    return request
  }

  private static func refusal(_ why: String) -> Problem {
    Problem(422, "VALIDATION.BODY", "The commands can't be read: \(why).")
  }

  /// What became of a command.
  struct Result: Sendable {
    var status = 0
    var json = JSON.null
    /// Whether others were quicker each time: the same once more may do it.
    var isContended = false
  }

  /// Carries out every command, and gives what became of each in their order.
  func carryOut(
    _ body: @escaping @Sendable (CommandRequest) async -> Result
  ) async throws -> [Result] {
    guard !isInOrder else {
      var results: [Result] = []
      for command in commands {
        try Task.checkCancellation()
        results.append(await body(command))
      }
      return results
    }
    var results = await sideBySide(body)
    // Commands of one request that got in each other's way don't when they come one by one.
    for index in results.indices where results[index].isContended {
      try Task.checkCancellation()
      results[index] = await body(commands[index])
    }
    return results
  }

  private func sideBySide(
    _ body: @escaping @Sendable (CommandRequest) async -> Result
  ) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
      var results = [Result](repeating: Result(), count: commands.count)
      var next = 0
      func add() {
        guard next < commands.count else { return }
        let (index, command) = (next, commands[next])
        group.addTask {
          (index, await body(command))
        }
        next += 1
      }
      for _ in 0..<Self.width { add() }
      while let (index, result) = await group.next() {
        results[index] = result
        add()
      }
      return results
    }
  }
}

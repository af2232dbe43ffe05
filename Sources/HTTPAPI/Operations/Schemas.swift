/// JSON Schemas that operations share.
enum Schemas {
  static let moment: JSON = [
    "type": "string", "maxLength": 40,
    "description":
      "A position such as 120, an RFC 3339 time, or a day such as 2026-03-31 (its end).",
  ]
  static let number: JSON = ["type": "integer", "minimum": 0, "maximum": 999_999_999_999_999_999]
  static let identifier: JSON = ["type": "string", "minLength": 1, "maxLength": 200]
  static let anything: JSON = ["type": "object"]
  static let text: JSON = ["type": "string"]

  static func limit(usual: Int, greatest: Int) -> JSON {
    [
      "type": "integer", "minimum": 1, "maximum": .integer(Int64(greatest)),
      "default": .integer(Int64(usual)),
    ]
  }

  static func reference(_ name: String) -> JSON {
    ["$ref": .string("#/components/schemas/\(name)")]
  }

  /// An answer of facts, with rows under `table` when it has them.
  static func answer(table: String? = nil) -> JSON {
    guard let table else { return anything }
    return [
      "type": "object", "required": [.string(table)],
      "properties": .object([
        JSON.Member(name: table, value: ["type": "array", "items": anything])
      ]),
    ]
  }

  /// One event of a stream of server-sent events.
  static let serverSentEvent: JSON = [
    "type": "object", "required": ["event", "data"],
    "properties": ["event": text, "id": text, "data": text],
  ]

  static let problem: JSON = [
    "type": "object", "required": ["type", "title", "status", "code", "detail"],
    "properties": [
      "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"],
      "code": ["type": "string", "description": "Stable, such as CONFLICT.VERSION."],
      "detail": ["type": "string"],
    ],
  ]

  static let commandResult: JSON = [
    "type": "object", "required": ["id", "madeIds", "position", "events", "isRepeat", "key"],
    "properties": [
      "id": ["type": "string"],
      "madeIds": ["type": "array", "items": ["type": "string"]],
      "position": ["type": ["integer", "null"]], "events": ["type": "integer"],
      "isRepeat": ["type": "boolean"], "key": ["type": "string"],
    ],
  ]

  static let readiness: JSON = [
    "type": "object",
    "required": [
      "status", "logSize", "writerQueue", "models", "streams", "notes", "stuckSubscriptions",
    ],
    "properties": [
      "status": ["type": "string"], "logSize": ["type": "integer"],
      "writerQueue": ["type": "integer"], "streams": ["type": "integer"],
      "models": ["type": "array", "items": ["type": "object"]],
      "notes": ["type": "array", "items": ["type": "string"]],
      "stuckSubscriptions": [
        "type": "array",
        "items": [
          "type": "object", "required": ["name", "state"],
          "properties": ["name": ["type": "string"], "state": ["type": "string"]],
        ],
      ],
    ],
  ]

  static let bulk: JSON = [
    "type": "object", "required": ["commands"], "additionalProperties": false,
    "properties": [
      "inOrder": ["type": "boolean"],
      "commands": [
        "type": "array", "minItems": 1, "maxItems": 1_000,
        "items": [
          "type": "object", "required": ["name", "body", "key"], "additionalProperties": false,
          "properties": [
            "name": CommandOperations.names, "body": ["type": "object", "minProperties": 0],
            "key": ["type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"],
            "ifMatch": [
              "type": "string", "pattern": "^\"[0-9]{1,18}(-[0-9a-f]{16})?\"$",
            ], "reasonCode": text, "reasonText": text, "onBehalfOf": text, "occurredAt": text,
          ],
        ],
      ],
    ],
  ]

  static let bulkResult: JSON = [
    "type": "object", "required": ["results", "done", "refused"],
    "properties": [
      "done": ["type": "integer"], "refused": ["type": "integer"],
      "results": [
        "type": "array",
        "items": [
          "type": "object", "required": ["status"],
          "properties": [
            "status": ["type": "integer"], "result": reference("CommandResult"),
            "problem": reference("Problem"),
          ],
        ],
      ],
    ],
  ]

  static let page: JSON = [
    "type": "object", "required": ["items", "next"],
    "properties": [
      "items": ["type": "array", "items": ["type": "object"]],
      "next": ["type": ["string", "null"]], "asOfPosition": ["type": ["integer", "null"]],
    ],
  ]

  static let eventPage: JSON = [
    "type": "object", "required": ["events", "through", "size", "isAtEnd"],
    "properties": [
      "events": ["type": "array", "items": ["type": "object"]],
      "through": ["type": ["integer", "null"]], "size": ["type": "integer"],
      "isAtEnd": ["type": "boolean"],
    ],
  ]
}

extension Operation.Parameter {
  static let asOf = Self(
    "as-of", schema: Schemas.moment, "Answer with what was recorded up to that moment.")
  static let effective = Self(
    "effective", schema: Schemas.moment, "Answer with what had happened by that moment.")
  static let from = Self("from", schema: Schemas.moment, "From that moment on.")
  static let to = Self("to", schema: Schemas.moment, "Up to that moment.")
  static let record = Self(
    "record", isRequired: true, schema: Schemas.identifier,
    "The record, such as account-acc_01KAKV2DC093PHN6MKAZPW38M7.")
  static let fields = Self(
    "fields", schema: ["type": "string", "minLength": 1, "maxLength": 1_000],
    "The fields to answer with, divided by commas; all when not given.")
  static let waitForPosition = Self(
    "wait-for-position", schema: Schemas.number,
    "Answer only when the log has this position, such as a command's: at most five seconds later.")
  static let accept = Self(
    "Accept", in: .header, schema: Schemas.text, "text/csv for rows as CSV; JSON else.")
  static let traceParent = Self(
    "traceparent", in: .header, schema: ["type": "string", "maxLength": 200],
    "W3C Trace Context: the caller's place in a trace, which the events keep. What can't be read is "
      + "as if it weren't there.")
  static let ifNoneMatch = Self(
    "If-None-Match", in: .header, schema: Schemas.text,
    "Entity tags that the caller has: the answer is 304 when one is right.")

  static func limit(usual: Int, greatest: Int) -> Self {
    Self("limit", schema: Schemas.limit(usual: usual, greatest: greatest), "How many at the most.")
  }
}

internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Service

/// Evidence that leaves, and people who are erased.
enum EvidenceOperations {
  static func all() -> [Operation] {
    [evidence] + subjectActs + [finish]
  }

  private static let texts: JSON = [
    "type": "array", "maxItems": 64, "items": Schemas.identifier,
  ]

  /// Recorded in the log before it is answered, and under a checkpoint that the kept witnesses saw.
  private static let evidence = Operation(
    id: "exportEvidence", method: .post, path: "/v1/log/evidence", tag: "log",
    summary:
      "An evidence file, deed.evidence/v1, that anybody checks without this server; that it was made "
      + "stands in the log before the answer.",
    body: .init(
      schema: [
        "type": "object", "required": ["purpose"], "additionalProperties": false,
        "properties": [
          "records": texts, "dispute": Schemas.identifier, "person": Schemas.identifier,
          "range": [
            "type": "array", "minItems": 2, "maxItems": 2, "items": Schemas.number,
            "description": "Positions from the first to the second, without the second.",
          ],
          "from": Schemas.moment, "to": Schemas.moment,
          "disclose": [
            "type": "array", "maxItems": 1_000, "items": Schemas.identifier,
            "description": "Sealed sections as POSITION.SECTION, or “all” alone.",
          ],
          "namesPeople": ["type": "boolean"],
          "provesNothingLater": ["type": "boolean", "default": true],
          "since": ["type": "array", "maxItems": 64, "items": Schemas.number],
          "purpose": ["type": "string", "minLength": 1, "maxLength": 200],
        ],
      ],
      summary:
        "Which records, dispute, person or positions; what of it is disclosed; and why, as a code."),
    access: .write, cost: 100,
    success: .json(
      Schemas.anything,
      "The file as it is, byte for byte. Deed-Evidence-SHA256 is its digest, Deed-Evidence-Position "
        + "where it is recorded."),
    problems: [415]
  ) { call in
    let question = try question(try await call.jsonBody())
    let made = try await call.workspace.witnessedEvidence(question)
    return .bytes(
      made.bytes, contentType: "application/json",
      headers: [.evidenceDigest: made.sha256, .evidencePosition: "\(made.position)"])
  }

  private static func question(_ json: String) throws -> EvidenceQuestion {
    let body = try BodyReader(
      json,
      [
        "records", "dispute", "person", "range", "from", "to", "disclose", "namesPeople",
        "provesNothingLater", "since", "purpose",
      ])
    func moment(_ name: String) throws -> Moment? {
      try body.optionalText(name, atMost: 40).map { try Moment($0) }
    }
    var question = EvidenceQuestion()
    question.purpose = try body.text("purpose", atMost: 200)
    let dispute = try body.optionalText("dispute", atMost: 200)
    question.records = try body.texts("records", atMost: 64) + (dispute.map { [$0] } ?? [])
    question.person = try body.optionalText("person", atMost: 200)
    let range = try body.numbers("range", atMost: 2)
    if !range.isEmpty {
      guard range.count == 2, range[0] < range[1] else {
        throw BodyReader.refusal("range is no two positions, the lower one first")
      }
      question.range = range[0]..<range[1]
    }
    question.period = Period(from: try moment("from"), to: try moment("to"))
    question.disclose = try body.texts("disclose", atMost: 1_000)
    question.namesPeople = try body.flag("namesPeople") ?? false
    question.provesNothingLater = try body.flag("provesNothingLater") ?? true
    question.olderSizes = try body.numbers("since", atMost: 64)
    return question
  }

  private static let subject = Operation.Parameter(
    "subject", in: .path, schema: Schemas.identifier,
    "The data subject, such as contact-con_01KAKV2DC0NGPPYGWPKS7X34ST.")

  private static let reason: JSON = ["type": "string", "minLength": 1, "maxLength": 80]

  private typealias Act =
    @Sendable (Workspace, String, BodyReader, SignedRequest?) throws -> Answer

  private static func act(
    _ id: String, _ verb: String, _ summary: String, members: [String: JSON],
    required: [String], isSigned: Bool = false, _ body: String, _ carryOut: @escaping Act
  ) -> Operation {
    Operation(
      id: id, method: .post, path: "/v1/erasures/{subject}/\(verb)", tag: "erasure",
      summary: summary,
      parameters: [subject] + (isSigned ? [.signedKey, .signatureKey, .signature] : []),
      body: .init(
        schema: [
          "type": "object", "required": .array(required.map { .string($0) }),
          "additionalProperties": false,
          "properties": .object(
            members.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value) }),
        ], summary: body),
      access: .write, cost: 20, success: .json(Schemas.anything, "Where it stands."),
      problems: [415]
    ) { call in
      let subject = try call.path("subject")
      let known = Set(members.keys)
      let text = try await call.jsonBody()
      let body = try BodyReader(text, known)
      let signed = isSigned ? try call.signedRequest(text) : nil
      let workspace = call.workspace
      return .json(JSON(try await call.reading { try carryOut(workspace, subject, body, signed) }))
    }
  }

  private static let subjectActs = [
    act(
      "requestErasure", "request", "Ask that a person's data be erased; for administrators.",
      members: ["reason": reason, "request": reason], required: ["reason"],
      "Why, as a code, and the number of the person's own request where there is one."
    ) { workspace, subject, body, _ in
      try workspace.requestErasure(
        of: subject, reason: try body.text("reason", atMost: 80),
        request: try body.optionalText("request", atMost: 80))
    },
    act(
      "approveErasure", "approve",
      "Agree to the erasure that is open; the second who agrees carries it out. A signed approval "
        + "names the request that it agrees to.",
      members: ["requestPosition": Schemas.number], required: [], isSigned: true,
      "Where the request stands that is agreed to; of a signed one it must be given."
    ) { workspace, subject, body, signed in
      let position = try body.number("requestPosition", 0...Int.max).map { UInt64($0) }
      guard signed == nil || position != nil else {
        throw BodyReader.refusal("a signed approval has no requestPosition")
      }
      return try workspace.approveErasure(
        of: subject, requestedAt: position, asSigned: signed)
    },
    act(
      "placeLegalHold", "hold", "Forbid a person's erasure until the hold is released.",
      members: ["reason": reason], required: ["reason"], "Why, as a code."
    ) { workspace, subject, body, _ in
      try workspace.hold(subject, reason: try body.text("reason", atMost: 80))
    },
    act(
      "releaseLegalHold", "release",
      "Ask that a hold be released, or agree to it when another asked.",
      members: ["hold": Schemas.identifier], required: ["hold"], "Which hold."
    ) { workspace, subject, body, _ in
      try workspace.releaseHold(try body.text("hold", atMost: 80), on: subject)
    },
    act(
      "readmitSubject", "readmit",
      "Let personal data of an erased person be recorded again, under a new key.",
      members: ["reason": reason], required: ["reason"], "Why, as a code."
    ) { workspace, subject, body, _ in
      try workspace.readmit(subject, reason: try body.text("reason", atMost: 80))
    },
  ]

  private static let finish = Operation(
    id: "finishErasures", method: .post, path: "/v1/erasure-epochs", tag: "erasure",
    summary:
      "End the wrapping epoch: keys destroyed before are then in no old page and no older backup "
      + "either.",
    access: .write, cost: 100,
    success: .json(Schemas.anything, "Which epoch ended, and where that is recorded.")
  ) { call in
    let workspace = call.workspace
    return .json(JSON(try await call.reading { try workspace.finishErasures() }))
  }
}

extension HTTPField.Name {
  fileprivate static let evidenceDigest = named("Deed-Evidence-SHA256")
  fileprivate static let evidencePosition = named("Deed-Evidence-Position")
}

internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// What one event of a story is made of.
struct Scene {
  let type: EventType
  let commandName: String
  let contentType: String
  let payload: [UInt8]
  /// Two to four.
  let tags: [String]

  init(_ type: String, _ commandName: String, _ message: some Message, tags: [String]) {
    guard let type = EventType(type) else { preconditionFailure("“\(type)” is no event type") }
    self.type = type
    self.commandName = commandName
    contentType = ContentType.protobuf(Swift.type(of: message).protoMessageName)
    self.tags = tags
    payload = Self.bytes(of: message)
  }

  func serialised(_ message: some Message) -> [UInt8] { Self.bytes(of: message) }

  private static func bytes(of message: some Message) -> [UInt8] {
    do {
      return try message.serializedBytes()
    } catch {
      preconditionFailure("a generated message has all it needs: \(error)")
    }
  }
}

/// One sale, or one ticket, from its first event to its last.
struct Story: Sendable {
  static let stepCount = 8

  let isSale: Bool
  let id: String
  let stream: StreamName
  let actor: ActorID
  let account: String
  let owner: String
  let team: String
  let amountMinor: Int64
  let isGood: Bool
  var step = 0

  init(number: UInt64, seed: UInt64, chance: inout SplitMix) {
    isSale = number.isMultiple(of: 2)
    id = Self.identifier(isSale ? "opp" : "tkt", number, seed)
    stream = StreamName(category: isSale ? "opportunity" : "ticket", id: id)
    account = Self.identifier("acc", chance.next() % (number / 4 + 1), seed)
    let person = chance.next() % 200
    owner = Self.identifier("usr", person, 1)
    team = "team_\(person % 20)"
    guard let actor = ActorID(owner) else { preconditionFailure("“\(owner)” is no actor") }
    self.actor = actor
    amountMinor = Int64(chance.next() % 5_000_000)
    isGood = chance.next() % 3 == 0
  }

  /// A prefix and 26 characters, in the form of the CRM's own identifiers.
  private static func identifier(_ prefix: String, _ number: UInt64, _ seed: UInt64) -> String {
    let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    var rest = number
    var text = [UInt8](repeating: digits[0], count: 26)
    for place in stride(from: 25, through: 14, by: -1) {
      text[place] = digits[Int(rest % 32)]
      rest /= 32
    }
    text[0] = digits[1]
    text[13] = digits[Int(seed % 32)]
    text[12] = digits[Int(seed / 32 % 32)]
    return "\(prefix)_\(String(decoding: text, as: UTF8.self))"
  }

  func scene(at step: Int) -> Scene { isSale ? sale(at: step) : ticket(at: step) }

  private var ownership: Scene {
    let event = OwnershipEvent.with {
      $0.ownershipAssigned = .with {
        $0.to = .with {
          $0.kind = .user
          $0.id = owner
        }
      }
    }
    return Scene("OwnershipAssigned", "AssignOwner", event, tags: allTags)
  }

  private var ownTags: [String] {
    ["\(isSale ? "opportunity" : "ticket"):\(id)", "account:\(account)"]
  }
  private var allTags: [String] { ownTags + ["user:\(owner)", "team:\(team)"] }
}

extension Story {
  private static let stages = ["stg_qualify", "stg_needs", "stg_proposal", "stg_negotiation"]

  private func sale(at step: Int) -> Scene {
    switch step {
    case 0:
      return scene("OpportunityCreated", "CreateOpportunity") {
        $0.opportunityCreated = .with {
          $0.opportunityID = id
          $0.accountID = account
          $0.name = "Renewal and extension \(amountMinor % 1000)"
          $0.pipelineID = "pip_standard"
          $0.pipelineVersion = 1
          $0.stageID = Self.stages[0]
          $0.amount = money(amountMinor)
          $0.expectedCloseDate = "2024-06-30"
          $0.probabilityPct = "10"
          $0.forecastCategory = .pipeline
        }
      }
    case 1: return ownership
    case 2, 3, 5: return stageChange(from: step == 5 ? 2 : step - 2)
    case 4:
      return scene("OpportunityAmountChanged", "ChangeAmount") {
        $0.opportunityAmountChanged = .with {
          $0.from = money(amountMinor)
          $0.to = money(amountMinor + 100_00)
        }
      }
    case 6:
      return scene("OpportunityCloseDateChanged", "SetExpectedCloseDate") {
        $0.opportunityCloseDateChanged = .with {
          $0.from = "2024-06-30"
          $0.to = "2024-09-30"
          $0.pushCount = 1
        }
      }
    case 7: return closing
    default: preconditionFailure("a story has \(Self.stepCount) steps")
    }
  }

  private var closing: Scene {
    guard !isGood else {
      return scene("OpportunityWon", "WinOpportunity") {
        $0.opportunityWon = .with {
          $0.amount = money(amountMinor + 100_00)
          $0.reasonCodes = ["price"]
          $0.stageID = "stg_won"
          $0.fromStageID = Self.stages[3]
          $0.pipelineVersion = 1
        }
      }
    }
    return scene("OpportunityLost", "LoseOpportunity") {
      $0.opportunityLost = .with {
        $0.reasonCode = "noBudget"
        $0.stageID = "stg_lost"
        $0.fromStageID = Self.stages[3]
        $0.pipelineVersion = 1
        $0.amount = money(amountMinor + 100_00)
      }
    }
  }

  private func stageChange(from place: Int) -> Scene {
    scene("OpportunityStageChanged", "ChangeStage") {
      $0.opportunityStageChanged = .with {
        $0.fromStageID = Self.stages[place]
        $0.toStageID = Self.stages[place + 1]
        $0.pipelineVersion = 1
        $0.direction = .forward
        $0.probabilityBeforePct = "\(place * 20 + 10)"
        $0.probabilityAfterPct = "\(place * 20 + 30)"
        $0.amountAtChange = money(amountMinor)
        $0.daysInFromStage = UInt32(place * 3)
      }
    }
  }

  private func scene(
    _ type: String, _ command: String, _ fill: (inout OpportunityEvent) -> Void
  ) -> Scene {
    Scene(type, command, OpportunityEvent.with { fill(&$0) }, tags: allTags)
  }

  private func money(_ amountMinor: Int64) -> Money {
    .with {
      $0.amountMinor = amountMinor
      $0.currency = "EUR"
    }
  }
}

extension Story {
  private func ticket(at step: Int) -> Scene {
    switch step {
    case 0:
      return scene("TicketOpened", "OpenTicket", tags: allTags) {
        $0.ticketOpened = .with {
          $0.ticketID = id
          $0.ticketNo = "T-\(id.suffix(9))"
          $0.accountID = account
          $0.channel = .web
          $0.categoryCode = "delivery"
          $0.priority = .normal
          $0.teamID = team
        }
      }
    case 1: return ownership
    case 2:
      return scene("TicketStatusChanged", "StartTicket", tags: allTags) {
        $0.ticketStatusChanged = .with {
          $0.from = .assigned
          $0.to = .inProgress
          $0.handlingTeamID = team
        }
      }
    case 3:
      return scene("TicketCategorized", "CategorizeTicket", tags: ownTags) {
        $0.ticketCategorized = .with {
          $0.from = "delivery"
          $0.to = "invoice"
        }
      }
    case 4:
      return scene("TicketFirstResponded", "CommentOnTicket", tags: ownTags + ["user:\(owner)"]) {
        $0.ticketFirstResponded = .with {
          $0.by = owner
          $0.elapsedSeconds = 1800
        }
      }
    case 5:
      return scene("TicketEscalated", "EscalateTicket", tags: allTags) {
        $0.ticketEscalated = .with {
          $0.level = 1
          $0.toTeamID = team
          $0.cause = .manual
        }
      }
    case 6:
      return scene("TicketResolved", "ResolveTicket", tags: allTags) {
        $0.ticketResolved = .with {
          $0.resolutionCode = "fixed"
          $0.elapsedSeconds = 86_400
          $0.from = .inProgress
          $0.handlingTeamID = team
        }
      }
    case 7:
      return scene("TicketClosed", "CloseTicket", tags: allTags) {
        $0.ticketClosed = .with {
          $0.from = .resolved
          $0.handlingTeamID = team
        }
      }
    default: preconditionFailure("a story has \(Self.stepCount) steps")
    }
  }

  private func scene(
    _ type: String, _ command: String, tags: [String], _ fill: (inout TicketEvent) -> Void
  ) -> Scene {
    Scene(type, command, TicketEvent.with { fill(&$0) }, tags: tags)
  }
}

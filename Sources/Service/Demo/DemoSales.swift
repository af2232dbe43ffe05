internal import EventModel
internal import Schema
internal import SwiftProtobuf

/// One quarter of sales: leads come in, some become opportunities, some of those are won.
struct DemoSales {
  let stage: DemoStage
  let people: DemoPeople

  /// What one lead became.
  struct Outcome {
    var leads: [String] = []
    var opportunities: [String] = []
    var accounts: [String] = []
  }

  private struct Prospect {
    let company: String
    let person: String
    let channel: SourceChannel.Code
    let amountYuan: Int64
    /// How many open stages the opportunity reaches; 0 for a lead that is no fit.
    let reach: Int
    let isWon: Bool

    init(
      _ company: String, _ person: String, _ channel: SourceChannel.Code, _ amountYuan: Int64,
      _ reach: Int, won isWon: Bool = false
    ) {
      self.company = company
      self.person = person
      self.channel = channel
      self.amountYuan = amountYuan
      self.reach = reach
      self.isWon = isWon
    }
  }

  private static let prospects: [Prospect] = [
    Prospect("杭州星河软件有限公司", "陈思远", .website, 180_000, 4, won: true),
    Prospect("Northwind Bearings Ltd", "Alice Porter", .exhibition, 95_000, 3),
    Prospect("上海云图数据科技有限公司", "李文静", .referral, 260_000, 4, won: true),
    Prospect("苏州晨光精密机械有限公司", "孙浩", .advertising, 72_000, 2),
    Prospect("Harbour Lane Foods", "Tom Whitfield", .website, 48_000, 1),
    Prospect("宁波远洋物流有限公司", "何敏", .phone, 0, 0),
    Prospect("南京青禾生物科技有限公司", "吴桐", .exhibition, 310_000, 4),
    Prospect("Alder & Finch Consulting", "Grace Adler", .referral, 120_000, 3, won: false),
    Prospect("合肥微光半导体有限公司", "郑凯", .website, 540_000, 4, won: true),
    Prospect("无锡太湖纺织有限公司", "许芳", .wechat, 66_000, 2),
    Prospect("Bluefield Robotics", "Henry Moss", .event, 150_000, 2),
    Prospect("厦门海岸旅游有限公司", "林珊", .socialMedia, 0, 0),
    Prospect("广州南粤医疗器械有限公司", "黄志强", .exhibition, 220_000, 3),
    Prospect("Meridian Textiles", "Priya Nair", .partner, 84_000, 1),
    Prospect("深圳鹏程电子有限公司", "刘洋", .advertising, 130_000, 2),
    Prospect("成都天府餐饮管理有限公司", "罗丹", .website, 0, 0),
    Prospect("武汉长江桥梁工程有限公司", "胡伟", .tender, 900_000, 3),
    Prospect("Quarry Hill Brewing", "Sam Okafor", .email, 36_000, 1),
    Prospect("青岛蓝湾水产有限公司", "马丽", .phone, 58_000, 1),
    Prospect("大连北辰船舶配件有限公司", "曲波", .referral, 175_000, 2),
  ]

  func run() async throws(ServiceError) -> Outcome {
    var outcome = Outcome()
    for (index, prospect) in Self.prospects.enumerated() {
      let day = 5 + index * 2
      stage.go(
        to: "2026-0\(day > 31 ? 2 : 1)-\(Self.twoDigits(day > 31 ? day - 31 : day))T09:00:00+08:00")
      try await follow(prospect, number: index, into: &outcome)
    }
    return outcome
  }

  private func follow(
    _ prospect: Prospect, number: Int, into outcome: inout Outcome
  ) async throws(ServiceError) {
    let owner = [people.lin, people.zhao, people.maria][number % 3]
    let lead = try await stage.make(
      .lead(.captureLead(capture(prospect, owner, number))), by: owner)
    outcome.leads.append(lead)
    stage.advance(minutes: 12 + Int64(number))
    try await stage.perform(.activity(.logActivity(call(on: .lead, lead, owner))), by: owner)
    guard prospect.reach > 0 else {
      try await stage.perform(
        .lead(
          .disqualifyLead(
            .with {
              $0.leadID = lead
              $0.reasonCode = "noBudget"
            })), by: owner, reason: "noBudget")
      return
    }
    try await stage.perform(
      .lead(
        .qualifyLead(
          .with {
            $0.leadID = lead
            $0.criteria = ["budget", "need"]
          })), by: owner)
    try await convert(prospect, lead, owner, into: &outcome)
  }

  private func convert(
    _ prospect: Prospect, _ lead: String, _ owner: String, into outcome: inout Outcome
  ) async throws(ServiceError) {
    let made = try await stage.perform(
      .lead(
        .convertLead(
          .with {
            $0.leadID = lead
            $0.newAccount = .with {
              $0.accountType = .organization
              $0.name = prospect.company
              $0.source = .with { $0.channel = prospect.channel }
            }
            $0.newContact = .with { $0.name = .with { $0.full = prospect.person } }
            $0.newOpportunity = .with {
              $0.name = "\(prospect.company) 2026"
              $0.pipelineID = people.pipeline
              $0.amount = Self.yuan(prospect.amountYuan)
              $0.expectedCloseDate = "2026-03-31"
            }
          })), by: owner)
    guard let opportunity = made.id("opp"), let account = made.id("acc") else {
      throw ServiceError(
        .failed, code: "DEMO.INCOMPLETE", "Converting \(lead) made no opportunity.")
    }
    outcome.opportunities.append(opportunity)
    outcome.accounts.append(account)
    try await sell(prospect, opportunity, owner)
  }

  private func sell(
    _ prospect: Prospect, _ opportunity: String, _ owner: String
  ) async throws(ServiceError) {
    for stageID in stage.openStages.prefix(prospect.reach).dropFirst() {
      stage.advance(minutes: 95)
      try await stage.perform(
        .opportunity(
          .changeStage(
            .with {
              $0.opportunityID = opportunity
              $0.toStageID = stageID
            })), by: owner)
    }
    stage.advance(minutes: 30)
    if prospect.isWon {
      try await stage.perform(
        .opportunity(
          .winOpportunity(
            .with {
              $0.opportunityID = opportunity
              $0.amount = Self.yuan(prospect.amountYuan)
              $0.reasonCodes = ["product"]
            })), by: owner)
    } else if prospect.reach == 3 {
      try await stage.perform(
        .opportunity(
          .loseOpportunity(
            .with {
              $0.opportunityID = opportunity
              $0.reasonCode = "price"
            })), by: owner, reason: "price")
    }
  }

  private func capture(_ prospect: Prospect, _ owner: String, _ number: Int) -> CaptureLead {
    .with {
      $0.source = .with { $0.channel = prospect.channel }
      $0.personName = .with { $0.full = prospect.person }
      $0.companyName = prospect.company
      $0.phones = [.with { $0.raw = "+86 138 0000 \(1000 + number)" }]
      $0.owner = .with {
        $0.kind = .user
        $0.id = owner
      }
    }
  }

  private func call(
    on type: ObjectType.Code, _ id: String, _ owner: String
  ) -> LogActivity {
    .with {
      $0.kind = .call
      $0.direction = .out
      $0.subjectRefs = [
        .with {
          $0.objectType = type
          $0.id = id
        }
      ]
      $0.summary = "首次联系 / first contact"
      $0.nextStep = .with {
        $0.action = "send an offer"
        $0.ownerID = owner
        $0.dueAt = stage.later(days: 3)
      }
    }
  }

  private static func twoDigits(_ number: Int) -> String {
    (number < 10 ? "0" : "") + String(number)
  }

  static func yuan(_ amount: Int64) -> Money {
    .with {
      $0.amountMinor = amount * 100
      $0.currency = "CNY"
    }
  }
}

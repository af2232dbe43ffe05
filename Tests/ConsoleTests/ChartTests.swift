import Console
import Testing

@Suite struct ChartTests {
  private static let terminal = Terminal(columns: 50, hasColours: false)

  @Test func `bars are drawn in eighths`() {
    let chart = BarChart(
      .bars,
      [.init("Lead", 80), .init("报价", 41, note: "51.3 %"), .init("Won", 1), .init("Lost", 0)])
    #expect(
      chart.rendered(on: Self.terminal) == """
        Lead  ████████████████████████████████  80
        报价  ████████████████▍                 41  51.3 %
        Won   ▍                                  1
        Lost                                     0

        """)
  }

  @Test func `a funnel narrows around its middle`() {
    let chart = BarChart(.funnel, [.init("Lead", 100), .init("Offer", 51), .init("Won", 7)])
    #expect(
      chart.rendered(on: Terminal(columns: 31, hasColours: false)) == """
        Lead   █████████████████  100
        Offer      ▐███████▌       51
        Won            █            7

        """)
  }

  @Test func `a funnel of huge and of no values is drawn`() {
    let chart = BarChart(.funnel, [.init("a", .max), .init("b", 0), .init("c", -1)])
    #expect(chart.rendered(on: Self.terminal).split(separator: "\n").count == 3)
    #expect(BarChart(.bars, []).rendered() == "")
  }

  @Test(arguments: [
    (1, 3, "33.3 %"), (2, 3, "66.7 %"), (0, 5, "0.0 %"), (5, 5, "100.0 %"), (1, 0, "–"),
  ])
  func `a share has one digit and nothing divided by nothing has none`(
    part: Int64, whole: Int64, text: String
  ) {
    #expect(Percentage.text(part, of: whole) == text)
  }

  @Test func `progress shows share, count, rate and time left`() {
    let progress = ProgressText("Importing", unit: "rows")
    #expect(
      progress.line(done: 250_000, total: 1_000_000, elapsedMilliseconds: 5000, columns: 100)
        == "Importing  █████░░░░░░░░░░░░░░░ 25 % · 250,000 rows · 50,000/s · 15 s left")
    #expect(
      progress.line(done: 7, total: nil, elapsedMilliseconds: 0, columns: 100)
        == "Importing  7 rows")
    #expect(
      progress.line(done: 7, total: nil, elapsedMilliseconds: 0, columns: 10) == "Importing…")
    // What was there before is part of the share, not of the rate.
    let resumed = progress.line(
      done: 500_000, before: 400_000, total: 1_000_000, elapsedMilliseconds: 5000, columns: 100)
    #expect(resumed.contains("20") && resumed.contains("000/s") && resumed.contains("25 s left"))
  }

  @Test func `the rate of work is taken anew for each piece of it`() {
    var pace = ProgressPace()
    let start = ContinuousClock.now
    pace.note("Comparing a", done: 4_000_000, at: start)
    pace.note("Comparing a", done: 4_500_000, at: start.advanced(by: .seconds(2)))
    #expect(pace.before == 4_000_000)
    #expect(pace.milliseconds(at: start.advanced(by: .seconds(2))) == 2000)
    for (label, done) in [("Comparing b", 5_000_000), ("Comparing b", 100)] {
      pace.note(label, done: done, at: start.advanced(by: .seconds(3)))
      #expect(pace.before == done)
      #expect(pace.milliseconds(at: start.advanced(by: .seconds(4))) == 1000)
    }
    #expect(ProgressText.duration(125) == "2 min 05 s")
    #expect(ProgressText.duration(12_000) == "3 h 20 min")
  }
}

import Console
import Service
import Testing

@Suite struct TableTests {
  private static let table = Table(
    [Column("id"), Column("name", title: "Name"), .number("amount", title: "Amount")],
    rows: [
      [.text("acc_1"), .text("上海云杉科技有限公司"), .money(minor: 1_234_567_89)],
      [.text("acc_2"), .text("Müller & Söhne"), .money(minor: -5)],
      [.text("acc_3"), .text("=cmd()\u{1b}[2J\n"), .missing],
    ])

  @Test func `wide characters take two columns`() {
    #expect(
      Self.table.rendered(as: .table) == """
        id     Name                        Amount
        ─────  ────────────────────  ────────────
        acc_1  上海云杉科技有限公司  1,234,567.89
        acc_2  Müller & Söhne               -0.05
        acc_3  =cmd()\\u{1b}[2J\\n                –

        """)
  }

  @Test func `a narrow terminal cuts the widest columns`() {
    let text = Self.table.rendered(as: .table, on: Terminal(columns: 34, hasColours: false))
    #expect(
      text == """
        id     Name                 Amount
        ─────  ─────────────  ────────────
        acc_1  上海云杉科技…  1,234,567.89
        acc_2  Müller & Söh…         -0.05
        acc_3  =cmd()\\u{1b}…             –

        """)
    for line in text.split(separator: "\n") { #expect(DisplayText.width(String(line)) <= 34) }
  }

  @Test func `scripts get members in the order of the columns, and money as text`() {
    #expect(
      Self.table.rendered(as: .json) == """
        [
          {
            "id": "acc_1",
            "name": "上海云杉科技有限公司",
            "amount": "1234567.89"
          },
          {
            "id": "acc_2",
            "name": "Müller & Söhne",
            "amount": "-0.05"
          },
          {
            "id": "acc_3",
            "name": "=cmd()\\u001b[2J\\n",
            "amount": null
          }
        ]

        """)
  }

  @Test func `spreadsheets get text as text and numbers as numbers`() {
    #expect(
      Self.table.rendered(as: .csv)
        == "id,name,amount\r\nacc_1,上海云杉科技有限公司,1234567.89\r\nacc_2,Müller & Söhne,-0.05\r\n"
        + "acc_3,\"'=cmd()\u{1b}[2J\n\",\r\n")
  }

  @Test func `a table without rows says so`() {
    #expect(Table([Column("id")]).rendered(as: .table) == "id\n──\nnothing\n")
    #expect(Table([Column("id")]).rendered(as: .json) == "[]\n")
  }

  @Test func `colours stand only where a terminal shows them`() {
    let colourful = Terminal(columns: 80, hasColours: true)
    let coloured = Table([Column("id")], rows: [[.integer(1)]]).rendered(as: .table, on: colourful)
    #expect(coloured == "\u{1b}[1mid\u{1b}[0m\n\u{1b}[2m──\u{1b}[0m\n1\n")
    #expect(!Self.table.rendered(as: .table).contains("\u{1b}"))
  }

  @Test func `a card aligns its names`() {
    let card = Card(
      "Account acc_1",
      [
        .init("name", title: "Name", .text("上海")), .init("owner_since", .text("2024-01-01")),
        .init("open", .boolean(true)), .init("visits", .count(12_345)),
      ])
    #expect(
      card.rendered(as: .table) == """
        Account acc_1
          Name         上海
          owner_since  2024-01-01
          open         yes
          visits       12,345

        """)
    #expect(
      card.json.compact
        == #"{"name":"上海","owner_since":"2024-01-01","open":true,"visits":12345}"#)
    #expect(
      card.rendered(as: .csv) == "name,owner_since,open,visits\r\n上海,2024-01-01,true,12345\r\n")
  }
}

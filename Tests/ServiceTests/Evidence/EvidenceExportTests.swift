import Foundation
import Service
import TestSupport
import Testing

/// Evidence files from a workspace, checked as whoever gets them would.
@Suite struct EvidenceExportTests {
  @Test func `a record's evidence holds, and says that nothing is missing`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      var question = EvidenceQuestion()
      question.records = [place.contact]
      question.purpose = "test"
      let made = try place.workspace.exportEvidence(question, to: "\(path)/closed.json")
      #expect(made.number("disclosed") == 0)
      let closed = try String(contentsOfFile: "\(path)/closed.json", encoding: .utf8)
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      let outcome = try EvidenceCheck.verify("\(path)/closed.json", trust)
      #expect(!outcome.isRefused)
      #expect("\(outcome.answer.value("proven") as Any)".contains("it has no later event"))
      #expect(try !EvidenceCheck.report("\(path)/closed.json", trust).contains("Zoë"))

      question.disclose = ["all"]
      let open = try place.workspace.exportEvidence(question, to: "\(path)/open.json")
      #expect(try #require(open.number("disclosed")) > 0)
      let report = try EvidenceCheck.report("\(path)/open.json", trust)
      #expect(report.contains(EvidenceWorkplace.personal[0]))
      #expect(report.contains("Nothing is missing in contact-\(place.contact)"))

      // The key decides, not the file; an altered file is refused with exit 1's outcome.
      let altered = closed.replacing("\"index\": 1,", with: "\"index\": 2,")
      #expect(altered != closed)
      try altered.write(toFile: "\(path)/altered.json", atomically: false, encoding: .utf8)
      #expect(try EvidenceCheck.verify("\(path)/altered.json", trust).isRefused)
      let other = EvidenceTrust(keys: [
        "deed.example/log1+4f7b361a+ASLAbr3wc5RQeue7vJjUQa83+ungOO0IoEkk0+rhRLkj"
      ])
      #expect(try EvidenceCheck.verify("\(path)/open.json", other).isRefused)
      #expect(throws: ServiceError.self) {
        try place.workspace.exportEvidence(question, to: "\(path)/open.json")
      }
      try place.workspace.close()
    }
  }

  @Test func `evidence of an erased person still holds, and opens nothing more`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      var question = EvidenceQuestion()
      question.records = [place.contact]
      question.disclose = ["all"]
      let made = try place.workspace.exportEvidence(question, to: "\(path)/before.json")
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      try place.erase()
      #expect(try !EvidenceCheck.verify("\(path)/before.json", trust).isRefused)
      let after = try place.workspace.exportEvidence(question, to: "\(path)/after.json")
      #expect(after.number("disclosed") == 0)
      #expect(try !EvidenceCheck.verify("\(path)/after.json", trust).isRefused)
      try place.workspace.close()
    }
  }

  @Test func `a person's deeds and a range are shown whole`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      var question = EvidenceQuestion()
      question.person = place.administrators[0]
      let made = try place.workspace.exportEvidence(question, to: "\(path)/person.json")
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      let outcome = try EvidenceCheck.verify("\(path)/person.json", trust)
      #expect(!outcome.isRefused)
      #expect(outcome.answer.number("headersOnly").map { $0 > 0 } == true)
      question = EvidenceQuestion()
      question.range = 2..<5
      question.provesNothingLater = false
      _ = try place.workspace.exportEvidence(question, to: "\(path)/range.json")
      #expect(try !EvidenceCheck.verify("\(path)/range.json", trust).isRefused)
      question.range = 2..<5000
      #expect(throws: ServiceError.self) {
        try place.workspace.exportEvidence(question, to: "\(path)/beyond.json")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(path)/beyond.json"))
      for text in ["120", "1.x", "1.16", "01.2", ""] {
        question.range = 2..<5
        question.disclose = [text]
        #expect(throws: ServiceError.self, "\(text)") {
          try place.workspace.exportEvidence(question, to: "\(path)/none.json")
        }
      }
      try place.workspace.close()
    }
  }

  @Test func `the folder has the file, reports without markup of others, and each proof`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      let account = try await place.workspace.done(
        "CreateAccount",
        #"{"accountType":"organization","source":{"channel":"website"},"name":"<script>alert(1)</script> & \"Söhne\""}"#
      )
      var question = EvidenceQuestion()
      question.records = [account]
      let made = try place.workspace.exportEvidence(question, toFolder: "\(path)/case")
      let html = try String(contentsOfFile: "\(path)/case/report.html", encoding: .utf8)
      #expect(!html.contains("<script>"))
      #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Söhne&quot;"))
      #expect(html.contains("What is only the server"))
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      #expect(try !EvidenceCheck.verify("\(path)/case", trust).isRefused)
      let proofs = try FileManager.default.contentsOfDirectory(atPath: "\(path)/case/proofs")
      #expect(proofs.contains { $0.hasSuffix(".tlog-proof") })
      #expect(throws: ServiceError.self) {
        try place.workspace.exportEvidence(question, toFolder: "\(path)/case")
      }
      try place.workspace.close()
    }
  }

  @Test func `the folder tells who looked, under the main log's word`() async throws {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      _ = try place.acting(1).show("account", id: place.account, from: .now)
      _ = try place.acting(2).show("contact", id: place.contact, from: .now)
      var question = EvidenceQuestion()
      question.records = [place.account]
      question.namesPeople = true
      let folder = "\(path)/case"
      let made = try place.workspace.exportEvidence(question, toFolder: folder)
      #expect(made.number("looks") == 1)
      let trust = EvidenceTrust(keys: [try #require(made.text("vkey"))])
      let report = try EvidenceCheck.report(folder, trust)
      let looks = try #require(report.split(separator: "WHO SAW IT").last)
      #expect(
        looks.contains("Second Admin (\(place.administrators[1])), view account:\(place.account)"))
      #expect(!looks.contains("contact:\(place.contact)"))
      #expect(report.contains("First Admin (\(place.administrators[0]))"))
      #expect(report.contains("The history of the account “Quill GmbH” (\(place.account))"))
      #expect(try String(contentsOfFile: "\(folder)/report.txt", encoding: .utf8) == report)
      let html = try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8)
      #expect(html.contains("Who saw it, as the access log"))

      // Another workspace's looks, and looks that changed, are not this log's.
      let access = "\(folder)/access.json"
      let own = try String(contentsOfFile: access, encoding: .utf8)
      let elsewhere = try await EvidenceWorkplace("\(path)/second")
      _ = try elsewhere.acting(1).show("account", id: elsewhere.account, from: .now)
      question.records = [elsewhere.account]
      _ = try elsewhere.workspace.exportEvidence(question, toFolder: "\(path)/other")
      try elsewhere.workspace.close()
      for file in ["access.json", "access.vkey"] {
        let other = try String(contentsOfFile: "\(path)/other/\(file)", encoding: .utf8)
        try other.write(toFile: "\(folder)/\(file)", atomically: false, encoding: .utf8)
      }
      let outcome = try EvidenceCheck.verify(folder, trust)
      #expect(outcome.isRefused)
      #expect("\(outcome.answer.facts)".contains("has no anchor"))
      try own.replacing("\"index\": 1,", with: "\"index\": 0,")
        .write(toFile: access, atomically: false, encoding: .utf8)
      #expect(try EvidenceCheck.verify(folder, trust).isRefused)

      question = EvidenceQuestion()
      question.person = place.administrators[1]
      _ = try place.workspace.exportEvidence(question, toFolder: "\(path)/person")
      let person = try EvidenceCheck.report("\(path)/person", trust)
      #expect(person.contains("Of the access log under that root no event is missing."))
      try place.workspace.close()
    }
  }
}

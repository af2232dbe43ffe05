import Foundation
import Service
import TestSupport
import Testing

/// An erased person who comes back: under a new key, and nothing of before with them.
@Suite struct ReadmissionTests {
  @Test func `who is readmitted is recorded under a new key, and what was erased stays erased`()
    async throws
  {
    try await inTemporaryFolder { path in
      let place = try await EvidenceWorkplace(path)
      #expect(throws: ServiceError.self) {
        try place.workspace.readmit(place.contact, reason: "new-contract")
      }
      try place.erase()
      let old = try #require(
        try place.workspace.erasureStatus(of: place.contact).text("kid"))
      let renamed = #"{"contactId":"\#(place.contact)","name":{"full":"Zoë Returned"}}"#
      await #expect(throws: ServiceError.self) {
        try await place.workspace.done("ChangeContactDetails", renamed)
      }
      let readmitted = try place.workspace.readmit(place.contact, reason: "new-contract")
      #expect(readmitted.text("previousKid") == old)
      #expect(readmitted.text("state") == "not requested")
      #expect(throws: ServiceError.self) {
        try place.workspace.readmit(place.contact, reason: "again")
      }
      _ = try await place.workspace.done("ChangeContactDetails", renamed)
      let shown = try place.workspace.show("contact", id: place.contact, from: .now)
      #expect("\(shown.facts)".contains("Zoë Returned"))
      for text in EvidenceWorkplace.personal { #expect(!"\(shown.facts)".contains(text)) }
      #expect(try !place.workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)

      // A living key like any other: it is erased again.
      try place.erase()
      let gone = try place.workspace.show("contact", id: place.contact, from: .now)
      #expect(!"\(gone.facts)".contains("Zoë Returned"))
      #expect(try !place.workspace.verifyLog(threads: 1, progress: { _ in }).isRefused)
      try place.workspace.close()
    }
  }
}

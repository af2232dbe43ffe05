extension TicketStatusChangedV2 {
  /// What version 1 says: it joined the other system's status and sub-status by a slash.
  init(_ old: TicketStatusChanged) {
    self.init()
    from = old.from
    to = old.to
    let source = SourceStatus(joined: old.sourceStatus)
    sourceStatus = source.status
    sourceSubstatus = source.substatus
    handlingTeamID = old.handlingTeamID
  }
}

/// Another system's own status and sub-status, as they stand joined in one text:
/// `Accepted/Wait - User`.
package struct SourceStatus: Hashable, Sendable {
  package let status: String
  /// Empty when there is none.
  package let substatus: String

  package init(status: String, substatus: String) {
    self.status = status
    self.substatus = substatus
  }

  /// Splits at the first slash; a text without one is all status.
  package init(joined text: String) {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
      self.init(status: text, substatus: "")
      return
    }
    self.init(
      status: String(text[..<slash]), substatus: String(text[text.utf8.index(after: slash)...]))
  }
}

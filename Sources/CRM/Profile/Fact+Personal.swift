package import EventModel
package import Schema

extension Fact {
  /// The event's sealed part as a profile takes it; `nil` when it has none.
  ///
  /// `content` gives the aggregate's message of a personal payload, and `nil` for another one.
  package func sealedPart<Content>(
    _ content: (PersonalPayload) -> Content?
  ) -> Sealed<Content>? {
    for part in personal {
      switch part {
      case .value(let payload):
        if let found = content(payload) { return .value(found) }
      case .erased(let receipt): return .erased(receipt: receipt)
      case .hidden: return .hidden
      }
    }
    return nil
  }
}

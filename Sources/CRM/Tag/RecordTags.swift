package import Schema

/// The tags on an account, contact, lead or opportunity, in the order they were applied.
package struct RecordTags: Hashable, Sendable {
  package private(set) var ids: [String] = []

  package init() {}

  package mutating func apply(_ event: TagEvent.OneOf_Event) {
    switch event {
    case .tagApplied(let applied):
      if !ids.contains(applied.tagID) { ids.append(applied.tagID) }
    case .tagRemoved(let removed): ids.removeAll { $0 == removed.tagID }
    }
  }
}

internal import CRM
internal import EventLog
internal import EventModel
package import Evidence
internal import LMDB
internal import Sealing
internal import Transparency

/// An evidence file that was made, and what of it must be recorded.
package struct MadeEvidence: Sendable {
  package let bundle: EvidenceBundle
  package let checkpointSize: UInt64
  package let disclosed: [SectionReference]
}

extension Auditor {
  /// Makes an evidence file under a published checkpoint.
  ///
  /// It holds what `request` asks for, and what a verifier needs beside it: the schema in force for
  /// each payload, and the whole key stream of each actor who signed.
  ///
  /// - Parameter request: what is to be shown.
  /// - Returns: the file, and what it discloses.
  /// - Throws: ``EvidenceRequestError``.
  /// - Complexity: the events asked for are in memory together.
  package func evidence(
    _ request: EvidenceRequest
  ) throws(EvidenceRequestError) -> MadeEvidence {
    let published: PublishedCheckpoint
    do throws(CheckpointError) {
      if let size = request.checkpointSize {
        published = try log.checkpoint(size: size)
      } else {
        guard let newest = try log.newestCheckpoint() else { throw .unknownSize(log.size) }
        published = newest
      }
    } catch { throw .checkpoint(error) }
    var builder = EvidenceBuilder(auditor: self, request: request, published: published)
    return try builder.make()
  }
}

private struct EvidenceBuilder {
  let auditor: Auditor
  let request: EvidenceRequest
  let published: PublishedCheckpoint
  private var shown: [UInt64: RecordedEvent] = [:]
  private var headers: [UInt64: [UInt8]] = [:]
  private var claims: [EvidenceBundle.StreamClaim] = []
  /// The index of the last event of each claim.
  private var ends: [UInt64] = []
  private var ranges: [EvidenceBundle.RangeClaim] = []
  private var disclosed: [SectionReference] = []
  /// Directory entries that are opened so that people have names.
  private var entries: Set<UInt64> = []

  private var size: UInt64 { published.checkpoint.size }
  private var last: Position { Position(size - 1) }

  init(auditor: Auditor, request: EvidenceRequest, published: PublishedCheckpoint) {
    self.auditor = auditor
    self.request = request
    self.published = published
  }

  mutating func make() throws(EvidenceRequestError) -> MadeEvidence {
    guard
      !request.streams.isEmpty || request.actor != nil || request.range != nil
        || request.query != nil
    else { throw .nothingAsked }
    for stream in request.streams { try addStream(stream, isNeeded: true) }
    let asked = claims.count
    try addRange()
    try addActor()
    try addFound()
    let newest = shown.keys.max()
    try addSingle()
    try addAnchor()
    if request.namesPeople { try addPeople() }
    try addSignersAndSchemas()
    if request.provesNothingLater, let newest { try addLater(than: newest, asked: asked) }
    let events = try bundled()
    let bundle = EvidenceBundle(
      origin: published.checkpoint.origin, checkpoint: published.note, events: events,
      streams: claims, ranges: ranges, consistency: try older(), comment: request.comment)
    if case .sections(let asked) = request.disclosure,
      let missing = asked.subtracting(disclosed).min()
    {
      throw .notDisclosable(missing)
    }
    return MadeEvidence(bundle: bundle, checkpointSize: size, disclosed: disclosed)
  }

  private func scan(
    _ selection: EventSelection, _ body: (RecordedEvent) throws(AuditError) -> Void
  ) throws(EvidenceRequestError) {
    do throws(AuditError) {
      try auditor.log.scan(selection) { layout, record throws(AuditError) in
        try body(RecordedEvent(copying: record, layout: layout))
        return .proceed
      }
    } catch { throw .audit(error) }
  }

  private mutating func addStream(
    _ stream: StreamName, isNeeded: Bool
  ) throws(EvidenceRequestError) {
    guard !claims.contains(where: { $0.stream == stream.text }) else { return }
    var found: [RecordedEvent] = []
    try scan(EventSelection(.stream(stream), through: last)) { found.append($0) }
    guard let newest = found.last else {
      if isNeeded { throw .unknownStream(stream.text) }
      return
    }
    for event in found { shown[event.position.rawValue] = event }
    ends.append(newest.position.rawValue)
    claims.append(
      EvidenceBundle.StreamClaim(
        stream: stream.text, from: 0, through: newest.revision.rawValue))
  }

  private mutating func addFound() throws(EvidenceRequestError) {
    var found: [RecordedEvent] = []
    if let query = request.query {
      try scan(EventSelection(query, through: last)) { found.append($0) }
    }
    for event in found { shown[event.position.rawValue] = event }
  }

  /// The newest cosigned checkpoint that the log quotes before the first event shown: a bound from
  /// below for its time.
  private mutating func addAnchor() throws(EvidenceRequestError) {
    guard let first = shown.keys.min(), first > 0, let type = EventType(Self.anchorType) else {
      return
    }
    var found: [RecordedEvent] = []
    try scan(
      EventSelection(
        .types([type]), from: Position(first - 1), direction: .backwards, limit: 1)
    ) { found.append($0) }
    for event in found { shown[event.position.rawValue] = event }
  }

  private mutating func addSingle() throws(EvidenceRequestError) {
    var found: [RecordedEvent] = []
    for position in request.positions where position <= last {
      try scan(EventSelection(from: position, through: position)) { found.append($0) }
    }
    for event in found { shown[event.position.rawValue] = event }
  }

  /// How many headers more are worth showing that a signer's key was not revoked.
  private static let headersForSigners: UInt64 = 1000

  /// Shows by headers that no stream asked for, and as a rule no signer's, has a later event.
  private mutating func addLater(
    than newest: UInt64, asked: Int
  ) throws(EvidenceRequestError) {
    var start = ends.prefix(asked).min() ?? newest
    if let earliest = ends.min(), earliest < start, start - earliest <= Self.headersForSigners {
      start = earliest
    }
    if start + 1 < size { try addHeaders(start + 1..<size) }
  }

  /// The directory's events that hold something of the people who occur.
  private mutating func addPeople() throws(EvidenceRequestError) {
    var people = request.people
    for event in shown.values {
      people.formUnion(UserMentions.identifiers(in: Array(event.actor.utf8)))
      people.formUnion(UserMentions.identifiers(in: Array(event.onBehalfOf.utf8)))
      for index in 0..<event.sectionCount where !event.section(index).kind.isSealed {
        people.formUnion(UserMentions.identifiers(in: event.blob(index)))
      }
    }
    for person in people.sorted() {
      guard let stream = StreamName("user-\(person)") else { continue }
      var found: [RecordedEvent] = []
      try scan(EventSelection(.stream(stream), through: last)) { event in
        if (0..<event.sectionCount).contains(where: { event.section($0).kind == .sealed }) {
          found.append(event)
        }
      }
      for event in found {
        shown[event.position.rawValue] = event
        entries.insert(event.position.rawValue)
      }
    }
  }

  private mutating func addActor() throws(EvidenceRequestError) {
    guard let actor = request.actor else { return }
    let range = request.range ?? 0..<size
    let query = EventQuery([EventQuery.Item(actors: [actor])])
    var found: [RecordedEvent] = []
    try scan(
      EventSelection(
        query, from: Position(range.lowerBound), through: Position(range.upperBound - 1))
    ) { found.append($0) }
    guard !found.isEmpty || request.mayFindNothing else { throw .noEvent(actor: actor.text) }
    for event in found { shown[event.position.rawValue] = event }
    if request.range == nil { try addHeaders(0..<size) }
  }

  private mutating func addRange() throws(EvidenceRequestError) {
    guard let range = request.range else { return }
    guard !range.isEmpty, range.upperBound <= size else { throw .rangeBeyond(size: size) }
    guard request.showsRange else { return try addHeaders(range) }
    try checkCount(UInt64(range.count))
    var found: [RecordedEvent] = []
    try scan(
      EventSelection(
        from: Position(range.lowerBound), through: Position(range.upperBound - 1))
    ) { found.append($0) }
    for event in found { shown[event.position.rawValue] = event }
    ranges.append(EvidenceBundle.RangeClaim(from: range.lowerBound, to: range.upperBound))
  }

  private func checkCount(_ more: UInt64) throws(EvidenceRequestError) {
    let count = UInt64(headers.count + shown.count) + more
    guard count <= UInt64(EvidenceRequest.eventLimit) else {
      throw .tooMany(count: count, limit: EvidenceRequest.eventLimit)
    }
  }

  private mutating func addHeaders(_ range: Range<UInt64>) throws(EvidenceRequestError) {
    try checkCount(UInt64(range.count))
    var found: [(UInt64, [UInt8])] = []
    do throws(LMDBError) {
      try auditor.log.scan(
        EventSelection(
          from: Position(range.lowerBound), through: Position(range.upperBound - 1))
      ) { layout, record throws(LMDBError) in
        let leaf = record.extracting(layout.leafRange)
        found.append((layout.leaf.position(in: leaf).rawValue, leaf.copy()))
        return .proceed
      }
    } catch { throw .audit(.storage(error)) }
    for (index, leaf) in found { headers[index] = leaf }
    ranges.append(EvidenceBundle.RangeClaim(from: range.lowerBound, to: range.upperBound))
  }

  /// What a verifier needs to read payloads and to check signatures.
  private mutating func addSignersAndSchemas() throws(EvidenceRequestError) {
    var actors: Set<String> = []
    for event in shown.values
    where (0..<event.sectionCount).contains(where: { event.section($0).kind == .actorProof }) {
      actors.insert(event.actor)
    }
    for actor in actors.sorted() {
      guard let stream = StreamName("actor-\(actor)") else { continue }
      try addStream(stream, isNeeded: false)
    }
    guard let newest = shown.keys.max() else { return }
    try addFounding()
    var schemas: [RecordedEvent] = []
    try scan(EventSelection(.stream(Self.schemaStream), through: Position(newest))) {
      schemas.append($0)
    }
    for position in shown.keys.sorted() {
      guard let schema = schemas.last(where: { $0.position.rawValue < position }) else { continue }
      shown[schema.position.rawValue] = schema
    }
  }

  /// The log's first event: whether its clock was scripted, and which log it goes on from.
  private mutating func addFounding() throws(EvidenceRequestError) {
    var found: [RecordedEvent] = []
    try scan(EventSelection(through: Position(0))) { found.append($0) }
    for event in found { shown[0] = event }
  }

  private static let anchorType = "LogAnchored"
  private static let foundingType = "LogCreated"
  private static let schemaStream = StreamName(category: "system", id: "schema")

  private mutating func bundled() throws(EvidenceRequestError) -> [EvidenceBundle.Event] {
    let size = size
    let indexes = Set(shown.keys).union(headers.keys).sorted()
    let leaves = indexes.map { index in
      shown[index].map { $0.leaf.encoded() } ?? headers[index] ?? []
    }
    let proofs: [[Digest]]
    do throws(CheckpointError) {
      proofs = try auditor.log.tree { reader throws(LMDBError) in
        try withoutActuallyEscaping(reader) { reader throws(LMDBError) in
          var maker = ProofMaker(size: size, reading: reader)
          var proofs: [[Digest]] = []
          for index in indexes { proofs.append(try maker.inclusionProof(of: index)) }
          return proofs
        }
      }
    } catch { throw .checkpoint(error) }
    var events: [EvidenceBundle.Event] = []
    events.reserveCapacity(indexes.count)
    for (place, index) in indexes.enumerated() {
      var shownSections: [EvidenceBundle.Section] = []
      if let event = shown[index] { shownSections = try sections(of: event) }
      events.append(
        EvidenceBundle.Event(
          index: index, leaf: leaves[place], proof: proofs[place], sections: shownSections))
    }
    return events
  }

  private mutating func sections(
    of event: RecordedEvent
  ) throws(EvidenceRequestError) -> [EvidenceBundle.Section] {
    var sections: [EvidenceBundle.Section] = []
    for index in 0..<event.sectionCount {
      let header = event.section(index)
      let blob = event.blob(index)
      guard !header.kind.isSealed else {
        guard let secret = try secret(index, header, blob, of: event) else { continue }
        disclosed.append(SectionReference(position: event.position, section: index))
        sections.append(EvidenceBundle.Section(index: index, blob: blob, secret: secret.bytes))
        continue
      }
      guard try auditor.isWhole(index, blob, of: event) else { continue }
      sections.append(EvidenceBundle.Section(index: index, blob: blob))
    }
    return sections
  }

  /// The secret of a sealed section that is to be disclosed and still opens.
  private func secret(
    _ index: Int, _ header: SectionHeader, _ blob: [UInt8], of event: RecordedEvent
  ) throws(EvidenceRequestError) -> SectionSecret? {
    switch request.disclosure {
    case .everything: break
    case .nothing where entries.contains(event.position.rawValue): break
    case .nothing: return nil
    case .sections(let asked):
      let reference = SectionReference(position: event.position, section: index)
      guard asked.contains(reference) || entries.contains(event.position.rawValue) else {
        return nil
      }
    }
    let place = SectionPlace(
      eventID: event.eventID, section: index, stream: event.stream, type: event.type)
    return try auditor.secret(of: blob, under: header.keyID, at: place)
  }

  private func older() throws(EvidenceRequestError) -> [EvidenceBundle.OlderCheckpoint] {
    var older: [EvidenceBundle.OlderCheckpoint] = []
    do throws(CheckpointError) {
      for size in Set(
        request.olderSizes + request.usefulSizes + (try covering())
      ).sorted() where size < self.size {
        let note = try auditor.log.checkpoint(size: size).note
        // A reader's policy asks all of them for witnesses: what was not asked for must not fail it.
        guard request.olderSizes.contains(size) || isCosigned(note) || !isCosigned(published.note)
        else { continue }
        let proof = try auditor.log.consistencyProof(from: size, to: self.size)
        older.append(EvidenceBundle.OlderCheckpoint(note: note, proof: proof.hashes))
      }
    } catch { throw .checkpoint(error) }
    return older
  }

  /// Whether others than the log signed it.
  private func isCosigned(_ note: String) -> Bool {
    do throws(NoteError) {
      return try SignedNote(parsing: note).signatures.contains { line in
        !line.name.utf8.elementsEqual(published.checkpoint.origin.utf8)
      }
    } catch { return false }
  }

  /// The size of the earliest checkpoint that covers the first event shown, and of the one that
  /// covers the last: the oldest words of the log's key on them.
  private func covering() throws(CheckpointError) -> [UInt64] {
    let own = shown.values.filter { event in
      event.stream != Self.schemaStream.text && event.type != Self.anchorType
        && event.type != Self.foundingType
    }.map(\.position.rawValue)
    var sizes: [UInt64] = []
    for index in [own.min(), own.max()].compactMap(\.self) {
      let first = try auditor.log.checkpoints(from: index + 1, limit: 1).first
      if let first { sizes.append(first.checkpoint.size) }
    }
    return sizes
  }
}

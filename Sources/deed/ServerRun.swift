internal import ArgumentParser
internal import Console
internal import Dispatch
internal import GRPCAPI
internal import Glibc
internal import HTTPAPI
internal import NIOCore
internal import NIOPosix
internal import Service

/// A server from its opening to its end.
struct ServerRun {
  let folder: DataFolder
  let actor: String?
  let plan: ServerPlan
  /// Whether webhooks may go to closed addresses, and without TLS.
  var webhooksGoAnywhere = false

  /// Opens the workspace, serves until a signal comes, finishes what runs, and closes.
  func run() async throws {
    let opened = try OpenWorkspace(folder, actor: actor)
    do {
      try await serve(opened)
    } catch {
      opened.abandon()
      throw error
    }
    try opened.close()
  }

  private func serve(_ opened: OpenWorkspace) async throws {
    let signals = StopSignals()
    let tracer = plan.options.tracer
    let tracing = Task { await tracer?.run() }
    defer { tracing.cancel() }
    let keys = plan.takesKeys ? try APIKeyRing(of: folder) : nil
    let calls = CallFigures()
    var keeper: CheckpointKeeper?
    if case .crm(let workspace) = opened {
      // Before anything is appended: the log may be an old copy.
      for note in try await workspace.meetWitnesses() { Printing.note(note) }
      try workspace.recordServerStart(version: Deed.configuration.version)
      try await workspace.startWebhooks(
        VettedSender(isOpenToAll: webhooksGoAnywhere, tracer: plan.options.tracer))
      keeper = CheckpointKeeper(workspace) { Printing.note($0) }
    }
    let keeping = Task { [keeper] in await keeper?.run() }
    do {
      try await listen(opened, keys, calls, signals, keeper)
    } catch {
      keeping.cancel()
      await keeping.value
      throw error
    }
    keeping.cancel()
    await keeping.value
    tracer?.stop()
    await tracing.value
  }

  private func listen(
    _ opened: OpenWorkspace, _ keys: APIKeyRing?, _ calls: CallFigures, _ signals: StopSignals,
    _ keeper: CheckpointKeeper?
  ) async throws {
    let events = try await grpcServer(opened, keys, calls)
    do {
      let application = try await httpServer(opened, keys, calls, keeper)
      await signals.wait()
      Printing.note("Stopping: what runs has \(plan.options.limits.stopSeconds) seconds to end.")
      try await application?.stop()
    } catch {
      await events?.stop()
      await opened.endConsumers()
      throw error
    }
    await events?.stop()
    await opened.endConsumers()
  }

  private func grpcServer(
    _ opened: OpenWorkspace, _ keys: APIKeyRing?, _ calls: CallFigures
  ) async throws -> GRPCServer? {
    guard let address = plan.grpc else { return nil }
    var options = GRPCServer.Options()
    options.figures = calls
    var services: [any GRPCService] = [DCBService(store: opened.store, keys: keys)]
    var names: Set = ["umadb.v1.DCB"]
    if case .crm(let workspace) = opened {
      services.append(StreamsService(workspace: workspace, keys: keys))
      names.insert("deed.streams.v1.Streams")
    }
    services.append(HealthService(names: names) { true })
    let server: GRPCServer
    do {
      server = try await GRPCServer(
        host: address.host, port: address.port, services: services,
        group: MultiThreadedEventLoopGroup.singleton, options: options)
    } catch { throw Self.cannotListen(address, error) }
    Printing.output("Serving gRPC on \(Self.text(server.address) ?? address.description)\n")
    return server
  }

  private func httpServer(
    _ opened: OpenWorkspace, _ keys: APIKeyRing?, _ calls: CallFigures,
    _ keeper: CheckpointKeeper?
  ) async throws -> HTTPServer? {
    guard let address = plan.http else { return nil }
    var options = plan.options
    let hasCalls = plan.grpc != nil
    options.otherMetrics = { (hasCalls ? calls.text : "") + (keeper?.metrics ?? "") }
    if let keeper { options.healthNotes = { keeper.notes } }
    guard case .crm(let workspace) = opened else {
      throw ServiceError(
        .usage, code: "WORKSPACE.KIND",
        "The workspace “\(folder.workspace)” is an event store, which is served over gRPC: give "
          + "--grpc, and no --http.")
    }
    let authentication: HTTPServer.Authentication =
      keys == nil && plan.tokens == nil
      ? .none : .bearer(keys: keys, tokens: plan.tokens.map { TokenVerifier($0) })
    let server: HTTPServer
    do {
      server = try await HTTPServer(
        host: address.host, port: address.port, workspace: workspace,
        authentication: authentication, options: options)
    } catch let error as ServiceError {
      throw error
    } catch { throw Self.cannotListen(address, error) }
    let scheme = plan.options.tls == nil ? "HTTP" : "HTTPS"
    Printing.output("Serving \(scheme) on \(Self.text(server.address) ?? address.description)\n")
    return server
  }

  private static func cannotListen(_ address: ListenAddress, _ error: any Error) -> ServiceError {
    ServiceError(
      .refused, code: "SERVER.ADDRESS",
      "The server can't listen on \(address): \(error). Choose another address, or stop what "
        + "listens there.")
  }

  private static func text(_ address: SocketAddress?) -> String? {
    guard let address, let host = address.ipAddress, let port = address.port else { return nil }
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// What is served: a CRM's workspace, or an event store.
private enum OpenWorkspace {
  case crm(Workspace)
  case eventStore(EventStore)

  init(_ folder: DataFolder, actor: String?) throws {
    // One opening a process: the one that told the kind is let go of first.
    switch try Self.kind(of: folder) {
    case .crm: self = .crm(try Workspace(opening: folder, actor: actor))
    case .eventStore: self = .eventStore(try EventStore(opening: folder))
    }
  }

  private static func kind(of folder: DataFolder) throws -> WorkspaceKind {
    let workspace = try Workspace(opening: folder)
    guard workspace.isWriter else {
      workspace.abandon()
      throw ServiceError(
        .refused, code: "LOG.LOCKED",
        "Another process writes the workspace “\(folder.workspace)”: stop it, then serve.")
    }
    // Nothing is signed before the witnesses were asked.
    workspace.letGo()
    return workspace.kind
  }

  var store: EventStore {
    switch self {
    case .crm(let workspace): EventStore(reading: workspace)
    case .eventStore(let store): store
    }
  }

  /// Ends groups and webhooks, keeping where they stand.
  func endConsumers() async {
    if case .crm(let workspace) = self { await workspace.closeConsumers() }
  }

  func close() throws {
    switch self {
    case .crm(let workspace): try workspace.close()
    case .eventStore(let store): try store.close()
    }
  }

  func abandon() {
    switch self {
    case .crm(let workspace): workspace.abandon()
    case .eventStore(let store): store.abandon()
    }
  }
}

/// SIGTERM and SIGINT as something to wait for; the second one ends the process at once.
private final class StopSignals {
  private let arrivals: AsyncStream<Void>
  /// They deliver as long as they are kept.
  private var sources: [any DispatchSourceSignal] = []

  init() {
    let (arrivals, continuation) = AsyncStream.makeStream(of: Void.self)
    self.arrivals = arrivals
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number)
      source.setEventHandler {
        signal(number, SIG_DFL)
        continuation.yield()
      }
      source.resume()
      sources.append(source)
    }
  }

  func wait() async {
    for await _ in arrivals { return }
  }
}

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
    let workspace = opened.workspace
    try workspace.requireKeys()
    // Before anything is appended: the log may be an old copy.
    for note in try await workspace.meetWitnesses() { Printing.note(note) }
    var timers: TimerKeeper?
    if workspace.kind == .crm { timers = try TimerKeeper(workspace) { Printing.note($0) } }
    try workspace.recordServerStart(version: Deed.configuration.version)
    let served = try Served(workspace)
    if workspace.kind == .crm {
      try await workspace.startWebhooks(
        VettedSender(isOpenToAll: webhooksGoAnywhere, tracer: plan.options.tracer))
    }
    let keepers = Keepers(
      workspace: workspace, checkpoints: CheckpointKeeper(workspace) { Printing.note($0) },
      timers: timers)
    let keeping = Task { await keepers.run() }
    do {
      try await listen(served, keys, calls, signals, keepers)
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
    _ served: Served, _ keys: APIKeyRing?, _ calls: CallFigures, _ signals: StopSignals,
    _ keepers: Keepers
  ) async throws {
    let events = try await grpcServer(served, keys, calls)
    do {
      let application = try await httpServer(served, keys, calls, keepers)
      await signals.wait()
      Printing.note("Stopping: what runs has \(plan.options.limits.stopSeconds) seconds to end.")
      try await application?.stop()
    } catch {
      await events?.stop()
      await served.endConsumers()
      throw error
    }
    await events?.stop()
    await served.endConsumers()
  }

  private func grpcServer(
    _ served: Served, _ keys: APIKeyRing?, _ calls: CallFigures
  ) async throws -> GRPCServer? {
    guard let address = plan.grpc else { return nil }
    var options = GRPCServer.Options()
    options.figures = calls
    var services: [any GRPCService] = [DCBService(store: served.store, keys: keys)]
    var names: Set = ["umadb.v1.DCB"]
    if served.workspace.kind == .crm {
      services.append(StreamsService(workspace: served.workspace, keys: keys))
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
    _ served: Served, _ keys: APIKeyRing?, _ calls: CallFigures, _ keepers: Keepers
  ) async throws -> HTTPServer? {
    guard let address = plan.http else { return nil }
    var options = plan.options
    let hasCalls = plan.grpc != nil
    options.otherMetrics = { (hasCalls ? calls.text : "") + keepers.metrics }
    options.healthNotes = { keepers.notes }
    let workspace = served.workspace
    guard workspace.kind == .crm else {
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

/// What a server does by itself: checkpoints, witnesses, timers, read models.
private struct Keepers: Sendable {
  let workspace: Workspace
  let checkpoints: CheckpointKeeper
  let timers: TimerKeeper?

  func run() async {
    await withTaskGroup { group in
      group.addTask { await checkpoints.run() }
      group.addTask { await timers?.run() }
      group.addTask { await workspace.followModels() }
    }
  }

  var metrics: String { checkpoints.metrics + (timers?.metrics ?? "") }
  var notes: [String] { checkpoints.notes + (timers?.notes ?? []) }
}

/// A workspace with the events of it that stores' clients see.
private struct Served {
  let workspace: Workspace
  let store: EventStore

  init(_ workspace: Workspace) throws {
    self.workspace = workspace
    store =
      workspace.kind == .crm
      ? EventStore(reading: workspace) : try EventStore(serving: workspace)
  }

  /// Ends groups and webhooks, keeping where they stand.
  func endConsumers() async {
    if workspace.kind == .crm { await workspace.closeConsumers() }
  }
}

/// The workspace, open for writing and for nobody else.
private struct OpenWorkspace {
  let workspace: Workspace

  init(_ folder: DataFolder, actor: String?) throws {
    workspace = try Workspace(opening: folder, actor: actor)
    do throws(ServiceError) { try workspace.requireWriter() } catch {
      workspace.abandon()
      throw error
    }
  }

  func close() throws { try workspace.close() }

  func abandon() { workspace.abandon() }
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

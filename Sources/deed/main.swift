internal import ArgumentParser
internal import CMimalloc
internal import Console
internal import Foundation
internal import Service

/// Reads the command line and carries it out, away from the main actor.
@concurrent func carryOut() async throws {
  var command = try Deed.parseAsRoot()
  if var asynchronous = command as? any AsyncParsableCommand {
    try await asynchronous.run()
  } else {
    try command.run()
  }
}

// The program's heap is mimalloc's. What is freed goes back to the system after 200 ms, not after
// 25 ms: rebuilding a model asks for the same blocks again with every batch.
mi_option_set(mi_option_decommit_delay, 200)

// Exit codes: 0 done, 1 refused or not verified, 2 wrong usage, 3 the log differs from a checkpoint
// that is known of it.
if !ProcessSecrets.keep() {
  Printing.note("Core dumps can't be switched off here: keys that are in memory may get into one.")
}
do {
  try await carryOut()
} catch let error as ServiceError {
  Printing.error(error.description)
  exit(error.code == "LOG.FORKED" ? 3 : error.kind == .usage ? 2 : 1)
} catch let error as ExitCode {
  exit(error.rawValue)
} catch {
  let code = Deed.exitCode(for: error)
  if code == .success {
    print(Deed.fullMessage(for: error))
    exit(0)
  }
  let message = Deed.message(for: error)
  Printing.error(message)
  if message.hasSuffix("<moment>'") {
    Printing.note(
      "Give a position such as 120, a day such as 2026-03-31, or a time such as "
        + "2026-03-02T09:00:00+08:00.")
  }
  guard code == .validationFailure else { exit(1) }
  Printing.note("See `deed --help`, or `deed help COMMAND`.")
  exit(2)
}

internal import CTerminal

/// What the process keeps to itself.
package enum ProcessSecrets {
  /// Switches core dumps off, keeps other processes of the same user from looking into this one, and
  /// has new files open to their owner alone; says whether all of it was done.
  package static func keep() -> Bool { process_keep_secrets() == 0 }
}

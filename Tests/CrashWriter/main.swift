import EventLog
import EventModel
import Foundation
import TestSupport

// Run by tests of faults:
//   crash-writer write FOLDER SEED   appends until it is killed, and prints what was acknowledged
//   crash-writer follow FOLDER SIZE  follows the log until it has SIZE events, prints positions
//   crash-writer hold FOLDER         opens the log for writing, says so, and waits to be killed
//   crash-writer read FOLDER         the same for reading

/// Prints one line at once, so that a kill loses no acknowledgement that was printed.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func write(_ folder: String, seed: UInt64) throws {
  var options = try EventLog.Options.test(clock: TestClock())
  // Small generations, so that many kills meet a flush or a merge.
  options.index.tailEventLimit = 64
  let log = try EventLog(writing: folder, options: options)
  say("open \(log.size)")
  let threads = 3
  for thread in 0..<threads {
    Thread {
      var random = SeededGenerator(seed: seed &+ UInt64(thread))
      do {
        while true {
          let number = random.next() >> 8
          let events = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            TestEvent(
              "account-\(UInt8.random(in: 0...40, using: &random))",
              tags: ["t:\(UInt8.random(in: 0...20, using: &random))"],
              data: [UInt8](repeating: 7, count: Int.random(in: 0...600, using: &random)))
          }
          let result = try log.appendAndWait(.test(number, events))
          say("ack \(number) \(result.first) \(result.count)")
          if random.next() % 16 == 0 { _ = try log.publishCheckpointAndWait() }
        }
      } catch {
        say("failed \(error)")
        exit(1)
      }
    }.start()
  }
  while true { Thread.sleep(forTimeInterval: 3600) }
}

func hold(_ folder: String) throws {
  let log = try EventLog(writing: folder, options: .test())
  say("open \(log.size)")
  while true { Thread.sleep(forTimeInterval: 3600) }
}

func read(_ folder: String) throws {
  let log = try EventLog(reading: folder)
  say("open \(log.size)")
  while true { Thread.sleep(forTimeInterval: 3600) }
}

func follow(_ folder: String, size: UInt64) async throws {
  let log = try EventLog(reading: folder)
  for try await element in log.follow(.everything, after: nil) {
    switch element {
    case .events(let events):
      say("events \(events[0].position) \(events.count)")
    case .caughtUp(let reached):
      say("caughtUp \(reached)")
      if reached >= size { return }
    }
  }
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "write": try write(arguments[2], seed: UInt64(arguments[3]) ?? 0)
case "follow": try await follow(arguments[2], size: UInt64(arguments[3]) ?? 0)
case "hold": try hold(arguments[2])
case "read": try read(arguments[2])
default:
  say("usage: crash-writer write|follow|hold|read FOLDER [NUMBER]")
  exit(2)
}

internal import Foundation
internal import SwiftProtobuf

// Run by Sources/Schema/generate.sh; see there for the arguments.
let arguments = CommandLine.arguments
guard arguments.count == 6 else {
  FileHandle.standardError.write(
    Data("usage: SchemaGenerator SET SHA256 TABLE RELEASE FOLDER\n".utf8))
  exit(2)
}
do {
  let bytes = try Data(contentsOf: URL(filePath: arguments[1]))
  let set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
  let catalogue = Catalogue(set)
  let table = URL(filePath: arguments[3])
  let old =
    FileManager.default.fileExists(atPath: table.path)
    ? try String(contentsOf: table, encoding: .utf8) : ""
  let merged = try CommittedTable(old).merged(with: catalogue, release: arguments[4])
  let folder = URL(filePath: arguments[5], directoryHint: .isDirectory)
  let files = [
    "CommandPayload.swift": CommandPayloadWriter(catalogue).text,
    "Payload.swift": PayloadWriter(catalogue).text,
    "PersonalPayload.swift": PersonalPayloadWriter(catalogue).text,
    "EventCatalogue+Entries.swift": EntriesWriter(catalogue).text,
    "UnrecognizedValues.swift": UnrecognizedValuesWriter(catalogue).text,
    "SchemaDescriptor+Text.swift": descriptorText(bytes, sha256: arguments[2]),
  ]
  for (name, text) in files {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }
  try Data(merged.utf8).write(to: table)
} catch {
  FileHandle.standardError.write(Data("SchemaGenerator: \(error)\n".utf8))
  exit(1)
}

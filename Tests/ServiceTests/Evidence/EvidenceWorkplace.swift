import Foundation
import Service
import TestSupport
import Testing

/// A workspace with three administrators, a customer and a person of theirs.
struct EvidenceWorkplace {
  let folder: DataFolder
  let workspace: Workspace
  /// The one that `deed init` made, and two more.
  let administrators: [String]
  let account: String
  let contact: String

  static let personal = ["Zoë Quillfeather", "+4915799001122", "zoe.quillfeather@example.net"]

  init(_ path: String) async throws {
    folder = try DataFolder(path: "\(path)/data")
    let made = try await Workspace.create(
      folder, NewWorkspace(organization: "Evidence", administrator: "First Admin"))
    let first = try #require(made.text("administrator"))
    workspace = try Workspace(opening: folder, actor: first)
    var all = [first]
    for name in ["Second Admin", "Third Admin"] {
      all.append(
        try await workspace.done(
          "ProvisionUser",
          #"{"name":{"full":"\#(name)"},"active":true,"roleIds":["crmAdmin","workspaceOwner"]}"#))
    }
    administrators = all
    account = try await workspace.done(
      "CreateAccount",
      #"{"accountType":"organization","source":{"channel":"website"},"name":"Quill GmbH"}"#)
    contact = try await workspace.done(
      "CreateContact",
      """
      {"accountId":"\(account)","source":{"channel":"website"},"name":{"full":"\(Self.personal[0])"},\
      "phones":[{"e164":"\(Self.personal[1])","isPrimary":true}],\
      "emails":[{"address":"\(Self.personal[2])","isPrimary":true}]}
      """)
  }

  /// The workspace as the administrator `index` uses it.
  func acting(_ index: Int) throws -> Workspace {
    try workspace.acting(as: Principal(administrators[index]))
  }

  /// Erases the contact with four eyes; says at which position its key was destroyed.
  @discardableResult
  func erase() throws -> Int64 {
    _ = try acting(0).requestErasure(of: contact, reason: "gdpr-17")
    _ = try acting(1).approveErasure(of: contact)
    let answer = try acting(2).approveErasure(of: contact)
    return try #require(answer.number("destroyedAt"))
  }

  /// The files under the data and key folders that hold `text`.
  func files(holding text: String, in roots: [String]? = nil) throws -> [String] {
    var found: [String] = []
    let needle = Data(text.utf8)
    for root in roots ?? [folder.path, folder.keysPath] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: root)
      for name in names {
        guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else { continue }
        if data.range(of: needle) != nil { found.append(name) }
      }
    }
    return found
  }
}

extension EvidenceWorkplace {
  /// A workplace that nobody has open: a process opens a folder once at a time.
  struct Left {
    let folder: DataFolder
    let administrators: [String]
    let account: String
    let contact: String

    /// Opens it for `body`, and lets go of it.
    func opened(_ body: (Workspace) throws -> Void) throws {
      let workspace = try Workspace(opening: folder, actor: administrators[0])
      try body(workspace)
      try workspace.close()
    }
  }

  /// Makes a workplace, uses it in `body`, and lets go of it.
  static func left(
    _ path: String, _ body: (EvidenceWorkplace) throws -> Void = { _ in }
  ) async throws -> Left {
    let place = try await EvidenceWorkplace(path)
    try body(place)
    try place.workspace.close()
    return Left(
      folder: place.folder, administrators: place.administrators, account: place.account,
      contact: place.contact)
  }
}

extension Answer {
  func text(_ name: String) -> String? {
    guard case .text(let text)? = facts.first(where: { $0.name == name })?.value else { return nil }
    return text
  }

  func number(_ name: String) -> Int64? {
    guard case .integer(let number)? = facts.first(where: { $0.name == name })?.value else {
      return nil
    }
    return number
  }

  func value(_ name: String) -> Value? { facts.first { $0.name == name }?.value }
}

extension Workspace {
  /// Carries a command out, and says which record it made or changed.
  func done(
    _ name: String, _ body: String, reason: String? = nil, signedWith file: String? = nil
  ) async throws -> String {
    var request = CommandRequest(name: name, body: body, reasonCode: reason)
    request.signingKeyFile = file
    return try #require(try await execute(request).text("id"))
  }
}

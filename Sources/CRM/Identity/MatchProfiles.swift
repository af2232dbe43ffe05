internal import EventModel
package import Matching
package import Schema
internal import SwiftProtobuf

/// The keys of contact points, in the forms that are compared.
enum IdentityKeys {
  /// A number without a country's code is compared by its digits.
  static func phones(_ phones: [Phone]) -> [MatchKey] {
    phones.compactMap { phone in
      if !phone.e164.isEmpty { return MatchKey(.phone, phone.e164) }
      let digits = phone.raw.filter { ("0"..."9").contains($0) }
      return digits.count >= 7 ? MatchKey(.phone, digits) : nil
    }
  }

  static func emails(_ emails: [Email]) -> [MatchKey] {
    emails.map { MatchKey(.email, $0.normalized) }
  }

  static func ims(_ ims: [ImIdentity]) -> [MatchKey] {
    ims.map { im in
      MatchKey(.im, "\(im.kind):\(im.unionID.isEmpty ? im.externalUserID : im.unionID)")
    }
  }

  static func external(_ ids: [ExternalId]) -> [MatchKey] {
    ids.map { MatchKey(.externalID, "\($0.system):\($0.id)") }
  }

  static func domain(_ domain: String, website: String) -> [MatchKey] {
    let found = EmailRule.registrableDomain(domain.isEmpty ? website : domain)
    return found.isEmpty ? [] : [MatchKey(.domain, found)]
  }
}

extension PostalAddress {
  /// The street with its number; the whole address where its parts aren't known.
  var streetLine: String {
    street.isEmpty && city.isEmpty && postalCode.isEmpty ? formatted : street
  }
}

extension Profile {
  /// What may be compared.
  ///
  /// Of a person who can't be read here it is nothing, and of one who was erased never again
  /// anything; a company's name stands in clear either way.
  var compared: Content {
    switch content {
    case .value(let content): content
    case .hidden, .erased: Content()
    }
  }
}

extension Account: MatchedAggregate {
  package var matchProfile: MatchProfile? {
    guard exists, status == .active || status == .merged else { return nil }
    return Self.matchProfile(
      name: name.isEmpty ? legalName : name, type: type, personal: profile.compared,
      keys: (unifiedSocialCreditCode.isEmpty
        ? [] : [MatchKey(.unifiedSocialCreditCode, unifiedSocialCreditCode)])
        + IdentityKeys.external(externalIDs) + IdentityKeys.domain(domain, website: website))
  }

  package func probe(
    for command: AccountCommand.OneOf_Command
  ) throws(Refusal) -> MatchProbe? {
    if case .createAccount(let create) = command { return try Self.probe(create) }
    if case .changeAccountDetails(let change) = command { return try probe(change) }
    return nil
  }

  static func matchProfile(
    name: String, type: AccountType.Code, personal: AccountPersonal, keys: [MatchKey]
  ) -> MatchProfile {
    MatchProfile(
      companyName: type == .individual ? "" : name,
      personName: type == .individual ? personal.name.line : "",
      keys: keys + IdentityKeys.phones(personal.phones) + IdentityKeys.emails(personal.emails)
        + IdentityKeys.ims(personal.ims), street: personal.address.streetLine,
      city: personal.address.city, postalCode: personal.address.postalCode)
  }

  /// The account as a command would make it.
  static func probe(_ command: CreateAccount) throws(Refusal) -> MatchProbe {
    let personal = try personalContent(of: command)
    let code = command.unifiedSocialCreditCode
    let profile = matchProfile(
      name: command.name.isEmpty ? command.legalName : command.name, type: command.accountType,
      personal: personal,
      keys: (code.isEmpty
        ? [] : [MatchKey(.unifiedSocialCreditCode, UnifiedSocialCreditCode(code)?.text ?? code)])
        + IdentityKeys.domain(command.domain, website: command.website))
    return MatchProbe(
      record: .account(command.accountID), profile: profile, types: [.account, .registration])
  }
}

extension Contact: MatchedAggregate {
  package var matchProfile: MatchProfile? {
    guard exists, status == .active || status == .merged else { return nil }
    return Self.matchProfile(profile.compared, accountID: accountID)
  }

  package func probe(
    for command: ContactCommand.OneOf_Command
  ) throws(Refusal) -> MatchProbe? {
    if case .createContact(let create) = command { return try Self.probe(create) }
    if case .changeContactDetails(let change) = command { return try probe(change) }
    return nil
  }

  static func matchProfile(_ personal: ContactPersonal, accountID: String) -> MatchProfile {
    MatchProfile(
      personName: personal.name.line,
      keys: IdentityKeys.phones(personal.phones) + IdentityKeys.emails(personal.emails)
        + IdentityKeys.ims(personal.ims), affiliation: accountID, birthday: personal.birthday,
      street: personal.address.streetLine, city: personal.address.city,
      postalCode: personal.address.postalCode)
  }
}

extension Lead: MatchedAggregate {
  package var matchProfile: MatchProfile? {
    guard exists, isOpen || status == .merged else { return nil }
    return Self.matchProfile(
      companyName: companyName, website: website, personal: profile.compared)
  }

  package func probe(for command: LeadCommand.OneOf_Command) throws(Refusal) -> MatchProbe? {
    if case .captureLead(let capture) = command { return try Self.probe(capture) }
    if case .convertLead(let convert) = command { return try probe(convert) }
    if case .changeLeadDetails(let change) = command { return try probe(change) }
    return nil
  }

  static func matchProfile(
    companyName: String, website: String, personal: LeadPersonal
  ) -> MatchProfile {
    MatchProfile(
      companyName: companyName, personName: personal.personName.line,
      keys: IdentityKeys.phones(personal.phones) + IdentityKeys.emails(personal.emails)
        + IdentityKeys.ims(personal.ims) + IdentityKeys.domain("", website: website),
      street: personal.address.streetLine, city: personal.address.city,
      postalCode: personal.address.postalCode)
  }
}

package import Schema

extension AccountPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: AccountPersonal) {
    switch name {
    case "name": if other.hasName { self.name = other.name } else { clearName() }
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "address": if other.hasAddress { address = other.address } else { clearAddress() }
    default: customFields.set(name, to: other.customFields.value(of: name) ?? FieldValue())
    }
  }
}

extension ContactPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: ContactPersonal) {
    switch name {
    case "name": if other.hasName { self.name = other.name } else { clearName() }
    case "title": title = other.title
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "birthday": birthday = other.birthday
    case "address": if other.hasAddress { address = other.address } else { clearAddress() }
    default: customFields.set(name, to: other.customFields.value(of: name) ?? FieldValue())
    }
  }
}

extension LeadPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: LeadPersonal) {
    switch name {
    case "personName":
      if other.hasPersonName { personName = other.personName } else { clearPersonName() }
    case "title": title = other.title
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "need": need = other.need
    case "address": if other.hasAddress { address = other.address } else { clearAddress() }
    default: customFields.set(name, to: other.customFields.value(of: name) ?? FieldValue())
    }
  }
}

extension ActivityPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: ActivityPersonal) {
    switch name {
    case "summary": summary = other.summary
    case "needsChange": needsChange = other.needsChange
    case "concerns": concerns = other.concerns
    case "title": title = other.title
    case "star": star = other.star
    default: break
    }
  }
}

package import Schema

extension AccountPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: AccountPersonal) {
    switch name {
    case "name": self.name = other.name
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "address": address = other.address
    default: customFields.set(name, to: other.customFields.value(of: name) ?? FieldValue())
    }
  }
}

extension ContactPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: ContactPersonal) {
    switch name {
    case "name": self.name = other.name
    case "title": title = other.title
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "birthday": birthday = other.birthday
    case "address": address = other.address
    default: customFields.set(name, to: other.customFields.value(of: name) ?? FieldValue())
    }
  }
}

extension LeadPersonal: ProfileContent {
  package mutating func take(_ name: String, from other: LeadPersonal) {
    switch name {
    case "personName": personName = other.personName
    case "title": title = other.title
    case "phones": phones = other.phones
    case "emails": emails = other.emails
    case "ims": ims = other.ims
    case "need": need = other.need
    case "address": address = other.address
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

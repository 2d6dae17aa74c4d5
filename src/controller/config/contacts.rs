//! `contacts`: who is told of what is nobody's but the platform's (R29).

use lettre::Address;
use serde::Deserialize;

use crate::api::{
    address::{self, Refused},
    tenant::Contact,
};

/// So many contacts, and each name and address so long, as those of a tenant.
const MOST: usize = 8;
const NAME: usize = 63;
const EMAIL: usize = 254;
const WEBHOOK: usize = 2048;

/// Who is told of what is nobody's but the platform's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Contacts {
    /// Who gets the digest of ends; none: Events tell of them.
    pub platform: Vec<PlatformContact>,
}

/// A contact of the platform: a webhook or an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlatformContact {
    /// A name for it, which receipts repeat.
    pub name: String,
    /// An address that takes a signed CloudEvent by POST.
    #[serde(default)]
    pub webhook: Option<String>,
    /// An e-mail address, without a name.
    #[serde(default)]
    pub email: Option<String>,
}

/// What is wrong with `contacts.platform`.
#[derive(Debug, thiserror::Error)]
pub enum ContactsError {
    /// There are too many.
    #[error("contacts.platform: {0} are too many; write {MOST} at most, and let one of them pass the digest on")]
    Many(usize),
    /// The name is none.
    #[error("contacts.platform[{0}].name: {1:?} is no name; write at most {NAME} lower-case letters, digits and - inside")]
    Name(usize, String),
    /// Two have one name.
    #[error("contacts.platform[{0}].name: {1:?} stands there twice; receipts go by the name: write another")]
    Twice(usize, String),
    /// It has no address, or two.
    #[error("contacts.platform[{0}]: a contact has either a webhook or an email; write another contact for the other")]
    OneAddress(usize),
    /// Nothing may be sent there.
    #[error("contacts.platform[{0}].webhook: {1}")]
    Webhook(usize, #[source] Refused),
    /// It is too long.
    #[error("contacts.platform[{0}].webhook: it has more than {WEBHOOK} characters; write a shorter address")]
    Long(usize),
    /// It is no address.
    #[error("contacts.platform[{0}].email: {1:?} is no address; write it like platform@corp.example, without a name")]
    Email(usize, String),
    /// No mail can be sent.
    #[error("contacts.platform[{0}].email: no mail server is configured; describe it in notices.email, or write a webhook")]
    NoMailServer(usize),
}

impl Contacts {
    /// The contacts of the platform, judged by the rules for those of tenants: by which hosts may be private, and whether there is a mail server.
    pub fn platform(&self, allow_hosts: &[String], mail: bool) -> Result<Vec<Contact>, ContactsError> {
        if self.platform.len() > MOST {
            return Err(ContactsError::Many(self.platform.len()));
        }
        let judged = |(nth, contact): (usize, &PlatformContact)| {
            let twice = self.platform.iter().take(nth).any(|before| before.name == contact.name);
            if twice { Err(ContactsError::Twice(nth, contact.name.clone())) } else { contact.judged(nth, allow_hosts, mail) }
        };
        self.platform.iter().enumerate().map(judged).collect()
    }
}

impl PlatformContact {
    fn judged(&self, nth: usize, allow_hosts: &[String], mail: bool) -> Result<Contact, ContactsError> {
        let Self { name, webhook, email } = self.clone();
        if !is_name(&name) {
            return Err(ContactsError::Name(nth, name));
        }
        match (&webhook, &email) {
            (Some(url), None) if url.len() > WEBHOOK => return Err(ContactsError::Long(nth)),
            (Some(url), None) => {
                address::check(url, allow_hosts).map_err(|refused| ContactsError::Webhook(nth, refused))?;
            }
            (None, Some(to)) if to.len() > EMAIL || to.parse::<Address>().is_err() => {
                return Err(ContactsError::Email(nth, to.clone()));
            }
            (None, Some(_)) if !mail => return Err(ContactsError::NoMailServer(nth)),
            (None, Some(_)) => {}
            _ => return Err(ContactsError::OneAddress(nth)),
        }
        Ok(Contact { name, webhook, email, required: None })
    }
}

/// A DNS label, as the definition asks of a tenant's contact.
fn is_name(name: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= NAME && name.chars().all(inside) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a mail server is configured, or none.
    fn judge(contacts: &str, mail: bool) -> Result<Vec<Contact>, String> {
        let read: Contacts = serde_saphyr::from_str(&format!("platform: {contacts}")).map_err(|error| error.to_string())?;
        read.platform(&["10.0.0.7:8080".into()], mail).map_err(|error| error.to_string())
    }

    const MAIL: bool = true;

    #[test]
    fn a_contact_is_taken_by_the_rules_for_those_of_tenants() {
        let good = "[{name: ops, email: ops@corp.example}, {name: chat-1, webhook: 'https://hooks.corp.example/x'}, {name: inside, webhook: 'http://10.0.0.7:8080/'}]";
        let read = judge(good, MAIL).unwrap();
        assert_eq!(read.iter().map(|contact| contact.name.as_str()).collect::<Vec<_>>(), ["ops", "chat-1", "inside"]);
        assert_eq!(read[0].email.as_deref(), Some("ops@corp.example"));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_field() {
        for (contacts, more, says) in [
            ("[{name: Ops, email: a@b.example}]", MAIL, "contacts.platform[0].name: \"Ops\""),
            ("[{name: '', email: a@b.example}]", MAIL, "contacts.platform[0].name: \"\""),
            (
                "[{name: a, email: a@b.example}, {name: a, email: c@b.example}]",
                MAIL,
                "contacts.platform[1].name: \"a\" stands there twice",
            ),
            ("[{name: a}]", MAIL, "contacts.platform[0]: a contact has either"),
            (
                "[{name: a, email: a@b.example, webhook: 'https://a.example/'}]",
                MAIL,
                "contacts.platform[0]: a contact has either",
            ),
            ("[{name: a, email: 'Ops <a@b.example>'}]", MAIL, "contacts.platform[0].email: \"Ops <a@b.example>\" is no address"),
            ("[{name: a, email: a@b.example}]", false, "contacts.platform[0].email: no mail server is configured"),
            ("[{name: a, webhook: 'https://10.0.0.8/'}]", MAIL, "contacts.platform[0].webhook: the webhook points inwards"),
            (
                "[{name: a, webhook: 'http://hooks.example.com/'}]",
                MAIL,
                "contacts.platform[0].webhook: the webhook's scheme is http",
            ),
            ("[{name: a, url: x}]", MAIL, "url"),
        ] {
            let error = judge(contacts, more).unwrap_err();
            assert!(error.contains(says), "{contacts}: {error}");
        }
        let many = format!("[{}]", (0..9).map(|n| format!("{{name: a{n}, email: a@b.example}}")).collect::<Vec<_>>().join(", "));
        assert!(judge(&many, MAIL).unwrap_err().contains("9 are too many"));
    }
}

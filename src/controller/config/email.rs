//! `notices.email`: the mail server, and who sends.

use std::{net::IpAddr, path::PathBuf};

use lettre::message::Mailbox;
use rustls::pki_types::ServerName;
use serde::Deserialize;

use crate::notify::email::{Login, PasswordError, Security, Sender, Settings};

/// The mail server, and who sends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Email {
    /// The server's name or address. With TLS its certificate must be for it.
    pub host: String,
    /// The server's port; absent: the usual one, 587, 465 with `tls: Implicit`, 25 without TLS.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// The name to sign in with; absent: the server takes mail without.
    #[serde(default)]
    pub username: Option<String>,
    /// The file with the password, alone on its line. Every attempt reads it: a changed password needs no restart.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Who sends: `Acme Upgrades <upgrades@acme.example>`. What cannot be delivered later comes back there.
    pub from: String,
    /// Where customers' answers go; absent: to `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// A folder with templates that replace the built-in ones.
    #[serde(default)]
    pub templates_dir: Option<PathBuf>,
}

/// How the connection to the mail server is protected. There is nothing that protects it only where the server happens to offer
/// it: whoever sits on the way takes the offer out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Tls {
    /// By STARTTLS. A server that does not offer it gets nothing.
    #[default]
    StartTls,
    /// From the first byte.
    Implicit,
    /// Not at all, to a server on this machine: a relay in the same pod.
    None,
    /// Not at all, to a server in a network in which nobody listens or writes. Never with a password.
    NoneInTrustedNetwork,
}

/// What is wrong with `notices.email`.
#[derive(Debug, thiserror::Error)]
pub enum EmailError {
    /// It is no host.
    #[error(
        "notices.email.host: {0:?} is no name and no address; write one alone, like smtp.acme.example, and the port in notices.email.port"
    )]
    Host(String),
    /// There is no such port.
    #[error("notices.email.port: 0 is no port; write 587, or leave it out")]
    Port,
    /// Notices would cross a network in the clear.
    #[error(
        "notices.email.tls: None is for a server on this machine, and {0} is none; use StartTls or Implicit, \
         or NoneInTrustedNetwork where nobody can read or change what passes"
    )]
    Clear(String),
    /// A password would cross a network in the clear.
    #[error(
        "notices.email.username: with tls: NoneInTrustedNetwork a password would be sent in the clear; use StartTls or Implicit"
    )]
    ClearPassword,
    /// One of the two is missing.
    #[error("notices.email: username and passwordFile go together; write both, or neither")]
    HalfALogin,
    /// The name cannot be sent.
    #[error("notices.email.username: it is empty or holds a control character; write the name alone")]
    Username,
    /// The password cannot be used.
    #[error("notices.email.passwordFile")]
    Password(#[source] PasswordError),
    /// It is no address.
    #[error("{field}: {value:?} is no address ({problem}); write it like Acme Upgrades <upgrades@acme.example>")]
    Address {
        /// The field.
        field: &'static str,
        /// What stands there.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Email {
    /// What the notifier needs; the password is looked at.
    pub fn settings(&self) -> Result<Settings, EmailError> {
        ServerName::try_from(self.host.as_str()).map_err(|_| EmailError::Host(self.host.clone()))?;
        let from = mailbox("notices.email.from", &self.from)?;
        let reply_to = self.reply_to.as_ref().map(|text| mailbox("notices.email.replyTo", text)).transpose()?;
        let domain = from.email.domain().to_owned();
        Ok(Settings {
            host: self.host.clone(),
            port: self.port()?,
            security: self.security()?,
            login: self.login()?,
            sender: Sender { from, reply_to, domain },
            templates_dir: self.templates_dir.clone(),
        })
    }

    fn port(&self) -> Result<u16, EmailError> {
        match (self.port, self.tls) {
            (Some(0), _) => Err(EmailError::Port),
            (Some(port), _) => Ok(port),
            (None, Tls::StartTls) => Ok(587),
            (None, Tls::Implicit) => Ok(465),
            (None, Tls::None | Tls::NoneInTrustedNetwork) => Ok(25),
        }
    }

    fn security(&self) -> Result<Security, EmailError> {
        match self.tls {
            Tls::StartTls => Ok(Security::StartTls),
            Tls::Implicit => Ok(Security::Implicit),
            Tls::None if !is_loopback(&self.host) => Err(EmailError::Clear(self.host.clone())),
            Tls::None | Tls::NoneInTrustedNetwork => Ok(Security::None),
        }
    }

    fn login(&self) -> Result<Option<Login>, EmailError> {
        let (username, password_file) = match (&self.username, &self.password_file) {
            (None, None) => return Ok(None),
            (Some(username), Some(file)) => (username.clone(), file.clone()),
            _ => return Err(EmailError::HalfALogin),
        };
        if self.tls == Tls::NoneInTrustedNetwork {
            return Err(EmailError::ClearPassword);
        }
        if username.is_empty() || username.contains(char::is_control) {
            return Err(EmailError::Username);
        }
        let login = Login { username, password_file };
        login.check().map_err(EmailError::Password)?;
        Ok(Some(login))
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Addresses beyond ASCII need SMTPUTF8 on the whole way; names may hold anything.
fn mailbox(field: &'static str, text: &str) -> Result<Mailbox, EmailError> {
    let wrong = |problem: String| EmailError::Address { field, value: text.into(), problem };
    let mailbox: Mailbox = text.parse().map_err(|error| wrong(format!("{error}")))?;
    let address: &str = mailbox.email.as_ref();
    if address.is_ascii() { Ok(mailbox) } else { Err(wrong("the part in <> must be ASCII: write its domain as xn--…".into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(fields: &str) -> Result<Settings, EmailError> {
        let text = format!("{{from: 'Acme Upgrades <upgrades@acme.example>', {fields}}}");
        serde_saphyr::from_str::<Email>(&text).unwrap().settings()
    }

    fn error(fields: &str) -> String {
        email(fields).unwrap_err().to_string()
    }

    #[test]
    fn a_host_and_a_sender_are_enough_and_tls_is_required() {
        let settings = email("host: smtp.acme.example").unwrap();
        assert_eq!((settings.port, settings.security), (587, Security::StartTls));
        assert_eq!(settings.sender.from.to_string(), "Acme Upgrades <upgrades@acme.example>");
        assert_eq!(settings.sender.domain, "acme.example");
        assert!(settings.login.is_none() && settings.sender.reply_to.is_none());
    }

    #[test]
    fn each_way_to_protect_the_connection_has_its_port() {
        for (fields, port) in [
            ("host: smtp.acme.example, tls: Implicit", 465),
            ("host: localhost, tls: None", 25),
            ("host: '::1', tls: None", 25),
            ("host: relay.mail.svc, tls: NoneInTrustedNetwork", 25),
            ("host: smtp.acme.example, port: 2525", 2525),
        ] {
            assert_eq!(email(fields).unwrap().port, port, "{fields}");
        }
    }

    #[test]
    fn nothing_crosses_a_network_in_the_clear_unless_it_is_said_in_so_many_words() {
        for host in ["relay.mail.svc", "10.0.0.7", "localhost.acme.example"] {
            assert!(error(&format!("host: {host}, tls: None")).starts_with("notices.email.tls: None is for"), "{host}");
        }
        let trusted = "host: relay.mail.svc, tls: NoneInTrustedNetwork, username: uplift, passwordFile: /nowhere";
        assert!(error(trusted).starts_with("notices.email.username: "));
    }

    #[test]
    fn a_login_is_both_a_name_and_a_password_that_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("password");
        let both = format!("host: a.example, username: uplift, passwordFile: '{}'", file.display());
        assert!(matches!(email(&both), Err(EmailError::Password(PasswordError::Read { .. }))));
        std::fs::write(&file, "s3cret\n").unwrap();
        assert_eq!(email(&both).unwrap().login.unwrap().username, "uplift");
        assert!(error("host: a.example, username: uplift").contains("username and passwordFile go together"));
        assert!(error(&format!("host: a.example, passwordFile: '{}'", file.display())).contains("go together"));
    }

    #[test]
    fn an_error_names_the_field_and_the_value() {
        for (fields, starts) in [
            ("host: 'smtp.acme.example:587'", "notices.email.host: \"smtp.acme.example:587\""),
            ("host: 'smtps://a.example'", "notices.email.host: \"smtps://a.example\""),
            ("host: a.example, port: 0", "notices.email.port: 0"),
            ("host: a.example, replyTo: help", "notices.email.replyTo: \"help\""),
            (
                "host: a.example, replyTo: 'Hilfe <hilfe@müller.example>'",
                "notices.email.replyTo: \"Hilfe <hilfe@müller.example>\"",
            ),
        ] {
            assert!(error(fields).starts_with(starts), "{fields}: {}", error(fields));
        }
    }

    #[test]
    fn a_senders_name_may_hold_any_letters() {
        let settings = email("host: a.example, replyTo: 'Jürgen Groß <hilfe@acme.example>'").unwrap();
        assert_eq!(settings.sender.reply_to.unwrap().name.as_deref(), Some("Jürgen Groß"));
    }
}

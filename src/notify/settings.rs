//! What the configuration says about notices, and what can be wrong with it.

use super::{
    email::{self, TemplateError},
    secret::Secret,
};
use crate::api::address::InvalidHost;

/// The configuration of the notifier.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The URI that names this operator in each event (`source`), such as `https://uplift.example/clusters/uk-1`.
    pub source: String,
    /// Each message is signed with every one of them; at least one.
    pub secrets: Vec<Secret>,
    /// Hosts, with or without a port, that may be private and speak plain http.
    pub allow_hosts: Vec<String>,
    /// Certificate authorities, in PEM, that are trusted besides the system's.
    pub ca_pem: Option<Vec<u8>>,
    /// The mail server; none: no e-mail is sent.
    pub email: Option<email::Settings>,
    /// Attempts in flight at most, and so sockets.
    pub max_in_flight: usize,
    /// Attempts in flight for one host at most.
    pub max_per_host: usize,
    /// Attempts in flight at the mail server at most. All mail goes there, so more than for a host, but never all that there are:
    /// a mail server that hangs must not hold the webhooks up.
    pub max_mails: usize,
}

/// The notifier can't work with this configuration.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// Events need a source.
    #[error("the source of notices is empty; write a URI that names this operator")]
    NoSource,
    /// Messages must be signed.
    #[error("there is no secret to sign notices with; list at least one")]
    NoSecret,
    /// An entry of `allow_hosts` is no host.
    #[error("reading the hosts that notices may go to")]
    AllowHosts(#[from] InvalidHost),
    /// The certificate authorities don't parse.
    #[error("reading the certificate authorities for notices")]
    Ca(#[source] reqwest::Error),
    /// The file of certificate authorities holds none.
    #[error("the certificate authorities for notices hold no certificate; write them in PEM")]
    NoCa,
    /// The HTTP client can't be built; without any trusted certificate authority, for one.
    #[error("building the HTTP client for notices")]
    Client(#[source] reqwest::Error),
    /// TLS to the mail server can't be set up; without any trusted certificate authority, for one.
    #[error("setting up TLS to the mail server")]
    MailTls(#[source] lettre::transport::smtp::Error),
    /// The templates of e-mails can't be used.
    #[error("reading the templates of e-mails")]
    Templates(#[from] TemplateError),
}

impl Settings {
    /// Settings with no listed host, the system's authorities, no mail server, 32 attempts in flight, 4 for each host, 16 mails.
    pub fn new(source: impl Into<String>, secrets: Vec<Secret>) -> Self {
        let (source, allow_hosts, ca_pem, email) = (source.into(), Vec::new(), None, None);
        Self { source, secrets, allow_hosts, ca_pem, email, max_in_flight: 32, max_per_host: 4, max_mails: 16 }
    }
}

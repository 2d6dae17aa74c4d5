//! What the configuration says about notices, and what can be wrong with it.

use super::secret::Secret;
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
    /// Attempts in flight at most, and so sockets.
    pub max_in_flight: usize,
    /// Attempts in flight for one host at most.
    pub max_per_host: usize,
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
}

impl Settings {
    /// Settings with no listed host, the system's authorities, 32 attempts in flight and 4 for each host.
    pub fn new(source: impl Into<String>, secrets: Vec<Secret>) -> Self {
        let (source, allow_hosts, ca_pem) = (source.into(), Vec::new(), None);
        Self { source, secrets, allow_hosts, ca_pem, max_in_flight: 32, max_per_host: 4 }
    }
}

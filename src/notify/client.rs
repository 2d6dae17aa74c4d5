//! The two HTTP clients: one that goes to public addresses by TLS only, one for the hosts that the configuration lists.

use std::{fmt, sync::Arc};

use reqwest::{Certificate, Client, ClientBuilder, redirect, retry};

use super::{
    NotifyError,
    address::{Guarded, Lookup, Open},
};

/// The way out.
pub(super) struct Clients {
    /// For every host that the configuration doesn't list.
    pub guarded: Client,
    /// For those that it lists.
    pub open: Client,
}

impl Clients {
    pub fn new(ca_pem: Option<&[u8]>, lookup: Arc<dyn Lookup>) -> Result<Self, NotifyError> {
        // Whoever came first installed the same provider: this program has one TLS stack.
        _ = rustls::crypto::ring::default_provider().install_default();
        let roots = roots(ca_pem)?;
        let guarded = builder(roots.clone()).https_only(true).dns_resolver(Arc::new(Guarded(Arc::clone(&lookup))));
        let open = builder(roots).dns_resolver(Arc::new(Open(lookup)));
        let build = |builder: ClientBuilder| builder.build().map_err(NotifyError::Client);
        Ok(Self { guarded: build(guarded)?, open: build(open)? })
    }
}

/// A client for hosts that the configuration lists, for others who ask than notices.
pub(crate) fn open(ca_pem: Option<&[u8]>, lookup: Arc<dyn Lookup>) -> Result<Client, NotifyError> {
    Clients::new(ca_pem, lookup).map(|clients| clients.open)
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients")
    }
}

fn roots(ca_pem: Option<&[u8]>) -> Result<Vec<Certificate>, NotifyError> {
    let Some(pem) = ca_pem else { return Ok(Vec::new()) };
    let roots = Certificate::from_pem_bundle(pem).map_err(NotifyError::Ca)?;
    if roots.is_empty() { Err(NotifyError::NoCa) } else { Ok(roots) }
}

/// No idle connections: sockets are bounded by the attempts in flight, every attempt judges the name anew, and no request is
/// silently sent twice because a kept connection turned out to be dead.
fn builder(roots: Vec<Certificate>) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("uplift/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .tls_certs_merge(roots)
}

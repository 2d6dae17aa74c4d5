//! The names that a connection goes to are judged when it is made, so that a name that changes its mind gains nothing.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::api::address;

/// Finds the addresses of a host; the system's way in production.
pub trait Lookup: Send + Sync + 'static {
    /// All addresses of a name.
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's name resolution. It blocks a thread of tokio's blocking pool, whose size bounds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|at| at.ip()).collect()) })
    }
}

/// A name leads inwards only.
#[derive(Debug, thiserror::Error)]
#[error("{0} resolves to no public address; use a public host, or have the operator's configuration list it")]
pub(super) struct LeadsInwards(String);

/// Every address of a name: for the hosts that the configuration lists.
pub(super) struct Open(pub Arc<dyn Lookup>);

/// The public addresses of a name only. Literal addresses never come here; [`address::check`] judges them.
pub(super) struct Guarded(pub Arc<dyn Lookup>);

impl Resolve for Open {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.lookup(name.as_str().to_owned());
        Box::pin(async move { Ok(addrs(found.await?)) })
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let found = self.0.lookup(host.clone());
        Box::pin(async move {
            let mut found = found.await?;
            found.retain(|ip| address::is_public(*ip));
            if found.is_empty() { Err(LeadsInwards(host).into()) } else { Ok(addrs(found)) }
        })
    }
}

fn addrs(found: Vec<IpAddr>) -> Addrs {
    Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0))) // port 0: the URL's
}

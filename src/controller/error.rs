//! Why the operator cannot start, or cannot go on.

use std::{io, net::SocketAddr};

use super::config::ConfigError;
use crate::{execute::WriterError, lifecycle::LifecycleError, notify::NotifyError};

/// The operator cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    /// The configuration cannot be used.
    #[error("use the configuration")]
    Config(#[from] ConfigError),
    /// Notices cannot be sent with this configuration.
    #[error("set up notices")]
    Notices(#[from] NotifyError),
    /// Sources of life cycles cannot be asked with this configuration.
    #[error("set up sources of life cycles")]
    Lifecycle(#[from] LifecycleError),
    /// No client for watches.
    #[error("make the client for watches")]
    Client(#[source] kube::Error),
    /// No client for writes.
    #[error("set up writes")]
    Writer(#[from] WriterError),
    /// The probes' address is not free, or not of this machine.
    #[error("listen on {address} for probes (health.listen)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A part that runs for ever ended: a bug, and a reason to start anew.
    #[error("{0} ended, which it never should")]
    Ended(&'static str),
    /// A part panicked: a bug, and a reason to start anew.
    #[error("a part of the operator broke off")]
    Broke(#[from] tokio::task::JoinError),
}

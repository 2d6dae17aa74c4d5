//! The loop that joins everything: observations in, one plan for the fleet, writes and notices out.

pub mod config;
mod facts;
pub mod health;
mod pace;
mod report;
mod rights;
mod turns;

use std::{future::Future, io, net::SocketAddr, sync::Arc};

pub use config::{Config, ConfigError};
use kube::Client;
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};

use crate::{
    clock::Clock,
    execute::{Events, Permit, Writer, WriterError},
    fleet::Settings,
    notify::{Notifier, NotifyError},
    observe::{self, Life, Observation},
};
use facts::Facts;
use health::Health;
use turns::{Controller, Turning};

/// Observations that may wait. Then the watches wait too: memory is bounded, and TCP holds the rest back.
const OBSERVATIONS: usize = 1024;
/// Deliveries that may wait.
const DELIVERIES: usize = 256;

/// The operator cannot start, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    /// The configuration cannot be used.
    #[error("use the configuration")]
    Config(#[from] ConfigError),
    /// Notices cannot be sent with this configuration.
    #[error("set up notices")]
    Notices(#[from] NotifyError),
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

/// Runs the operator until `shutdown` ends, or something breaks that only a new start mends. What the API server does is no
/// such thing: that is waited out.
pub async fn run(
    config: Config,
    kube_config: kube::Config,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ControllerError> {
    run_with(config, kube_config, clock, Permit::always(), shutdown).await
}

/// Like [`run`], writing only under this permit.
pub async fn run_with(
    config: Config,
    kube_config: kube::Config,
    clock: Arc<dyn Clock>,
    permit: Permit,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ControllerError> {
    let (delivered, deliveries) = mpsc::channel(DELIVERIES);
    let (observed, observations) = mpsc::channel(OBSERVATIONS);
    let (life, health, events) = (Arc::new(Life::default()), Arc::new(Health::new()), Events::default());
    let notifier = Notifier::new(config.notifier()?, clock.clone(), delivered)?;
    let reader = observe::client(kube_config.clone(), life.clone()).map_err(ControllerError::Client)?;
    let writer = Writer::new(kube_config)?;
    let probes = listen(config.health.listen).await?;

    let mut parts = JoinSet::new();
    parts.spawn(probing(probes, health.clone()));
    parts.spawn(telling(events.clone(), writer.client()));
    parts.spawn(watching(reader, clock.clone(), life.clone(), observed));

    let facts = Facts::new(Settings { email: config.notices.email.is_some(), allow_hosts: config.notices.allow_hosts });
    let turning = Turning::default();
    let controller =
        Controller { facts, clock, life, health, permit, writer, events, notifier, observations, deliveries, parts, turning };
    controller.run(shutdown).await
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ControllerError> {
    TcpListener::bind(address).await.map_err(|source| ControllerError::Listen { address, source })
}

// Each part ends with its name: it never should.

async fn probing(probes: TcpListener, health: Arc<Health>) -> &'static str {
    health::serve(probes, health).await;
    "answering probes"
}

async fn telling(events: Events, client: Client) -> &'static str {
    events.run(client).await;
    "sending Events"
}

async fn watching(client: Client, clock: Arc<dyn Clock>, life: Arc<Life>, observed: mpsc::Sender<Observation>) -> &'static str {
    Box::pin(observe::run(client, clock, life, observe::STAMP_POLICY, observed)).await;
    "watching"
}

//! The loop that joins everything: observations in, one plan for the fleet, writes and notices out.

mod answers;
pub mod config;
mod error;
pub mod health;
mod pace;
mod ready;
mod report;
mod rights;
mod trust;
mod turns;
mod waits;

use std::{future::Future, net::SocketAddr, sync::Arc};

pub use config::{Config, ConfigError, LeaderElection};
pub use error::ControllerError;
use kube::Client;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    api::tenant::Contact,
    clock::Clock,
    execute::{Events, Permit, Writer},
    fleet::{Fleet, Settings, fold::Facts},
    lead::{Elector, Leadership, Seat},
    lifecycle::Fetcher,
    notify::Notifier,
    observe::{self, Life, Observation},
    plan,
};
use health::Health;
use turns::{Controller, Turning};

/// Observations that may wait. Then the watches wait too: memory is bounded, and TCP holds the rest back.
const OBSERVATIONS: usize = 1024;
/// Deliveries that may wait.
const DELIVERIES: usize = 256;

/// Runs the operator until `shutdown` ends, or something breaks that only a new start mends. What the API server does is no
/// such thing: that is waited out.
pub async fn run(
    config: Config,
    kube_config: kube::Config,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ControllerError> {
    let (delivered, deliveries) = mpsc::channel(DELIVERIES);
    let (observed, observations) = mpsc::channel(OBSERVATIONS);
    let (life, events) = (Arc::new(Life::default()), Events::default());
    let (told, platform) = (config.notifier()?, config.platform()?);
    let fetcher = Fetcher::new(&config.lifecycle.allow_hosts, told.ca_pem.as_deref(), clock.clone())?;
    let notifier = Notifier::new(told, clock.clone(), delivered)?;
    let reader = observe::client(kube_config.clone(), life.clone()).map_err(ControllerError::Client)?;
    let writer = Writer::new(kube_config)?;
    let place = config.leader_election.as_ref().map(LeaderElection::place).transpose()?;
    let probes = listen(config.health.listen).await?;

    let seat = match place {
        Some(place) => Elector::begin(place, reader.clone(), writer.client(), clock.clone()),
        None => Seat::alone(),
    };
    let health = Arc::new(Health::new(seat.leadership.clone()));
    let mut parts = JoinSet::new();
    parts.spawn(probing(probes, health.clone()));
    parts.spawn(telling(events.clone(), writer.client(), seat.permit.clone()));
    parts.spawn(watching(reader, clock.clone(), life.clone(), seat.leadership.clone(), observed));

    let facts = Facts::new(Fleet { settings: settings(config, platform), ..Fleet::default() });
    let mut memo = plan::Memo::default();
    let planner = Box::new(move |fleet: &Fleet, now| memo.plan(fleet, now));
    let controller = Controller {
        facts,
        clock,
        life,
        health,
        seat,
        writer,
        events,
        notifier,
        fetcher,
        observations,
        deliveries,
        planner,
        parts,
        turning: Turning::default(),
    };
    controller.run(shutdown).await
}

/// What rules read of it.
fn settings(config: Config, platform: Vec<Contact>) -> Settings {
    Settings {
        platform,
        allow_hosts: config.notices.allow_hosts,
        source_hosts: config.lifecycle.allow_hosts,
        email: config.notices.email.is_some(),
        acceptance_namespace: config.jobs.acceptance_namespace,
        trials: config.trials.settings(),
        ..Settings::default()
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ControllerError> {
    TcpListener::bind(address).await.map_err(|source| ControllerError::Listen { address, source })
}

// Each part ends with its name: it never should.

async fn probing(probes: TcpListener, health: Arc<Health>) -> &'static str {
    health::serve(probes, health).await;
    "answering probes"
}

async fn telling(events: Events, client: Client, permit: Permit) -> &'static str {
    events.run(client, permit).await;
    "sending Events"
}

async fn watching(
    client: Client,
    clock: Arc<dyn Clock>,
    life: Arc<Life>,
    leadership: watch::Receiver<Leadership>,
    observed: mpsc::Sender<Observation>,
) -> &'static str {
    Box::pin(observe::run(client, clock, life, observe::STAMP_POLICY, leadership, observed)).await;
    "watching"
}

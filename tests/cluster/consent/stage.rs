//! The stage: control plane, chart, clock, customers' server, tenants, and an operator that can be killed.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use base64::prelude::{BASE64_STANDARD, Engine};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::task::JoinHandle;
use uplift::{
    api::{TenantInstance, TenantInstanceStatus},
    controller::{self, Config, ControllerError},
};

use uplift_testbed::demo::receiver::Receiver;

use super::manifests;
use crate::{
    clock::{Authority, SteppedClock},
    control_plane::{ControlPlane, User, eventually},
};

const SECRET: &[u8] = b"a secret of the test, 32 bytes..";
/// How long anything may take that a busy machine does not do at once.
pub const SOON: Duration = Duration::from_mins(1);

pub struct Stage {
    pub plane: ControlPlane,
    pub clock: Arc<Authority>,
    /// A support person, with the chart's role.
    pub sue: User,
    pub alice: User,
    pub receiver: Receiver,
    pub hooks: String,
    /// Hosts that life cycles may be read from, by operators that start from here on.
    pub sources: Vec<String>,
    /// Looks, and never acts.
    admin: Client,
    year: i16,
    secret: NamedTempFile,
    operator: Option<JoinHandle<Result<(), ControllerError>>>,
}

impl Stage {
    /// It is 2 December, 09:00 in London, and every customer has heard of the 15th. `slow` tenants take seconds to upgrade.
    pub async fn set(year: i16, chart: &[&str], tenants: &[&str], slow: &[&str]) -> Result<Self> {
        let mut stage = Self::empty(year, chart).await?;
        stage.furnish(tenants, slow).await?;
        stage.begin(&[tenants, slow].concat()).await?;
        Ok(stage)
    }

    /// Nobody is there yet but the chart, the clock and the customers' server.
    pub async fn empty(year: i16, chart: &[&str]) -> Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let plane = ControlPlane::start().await?;
        let clock = Arc::new(Authority::start(&plane.dir().join("clock.sock"))?);
        let (receiver, hooks) = Receiver::start(SECRET.to_vec(), clock.clone()).await?;
        plane.install_chart(chart).await?;
        let mut secret = NamedTempFile::new()?;
        writeln!(secret, "whsec_{}", BASE64_STANDARD.encode(SECRET))?;
        let (sue, alice) = (plane.support("sue@corp.example").await?, plane.platform_engineer("alice@corp.example").await?);
        let admin = plane.admin().await?.client().await?;
        Ok(Self { plane, clock, sue, alice, receiver, hooks, sources: vec![], admin, year, secret, operator: None })
    }

    /// The operator starts on 2 December, and these customers hear of the 15th.
    pub async fn begin(&mut self, tenants: &[&str]) -> Result<()> {
        let begins = self.time("12-02T09:00:00Z")?;
        self.clock.jump(begins).await;
        self.start_operator().await?;
        for tenant in tenants {
            self.announced(tenant, "12-15").await?;
        }
        Ok(())
    }

    /// From Git, as everything is.
    async fn furnish(&self, tenants: &[&str], slow: &[&str]) -> Result<()> {
        let releases = [manifests::RUNS, manifests::COMES].map(manifests::release);
        let spaces = tenants.iter().chain(slow).map(|name| manifests::namespace(name));
        self.apply(releases.into_iter().chain([manifests::window()]).chain(spaces)).await?;
        let workloads = tenants.iter().map(|name| manifests::workload(name, false));
        let workloads = workloads.chain(slow.iter().map(|name| manifests::workload(name, true)));
        let tenants = tenants.iter().chain(slow).map(|name| manifests::tenant(name, &self.hooks));
        self.apply(workloads.chain(tenants)).await?;
        eventually(SOON, "every Deployment is available", async || {
            let all = Api::<Deployment>::all(self.admin.clone()).list(&kube::api::ListParams::default()).await?.items;
            let mut ours = all.iter().filter(|one| one.metadata.name.as_deref() == Some("dashboard"));
            let available = |one: &Deployment| one.status.as_ref().and_then(|status| status.available_replicas) == Some(1);
            Ok(ours.all(available).then_some(()))
        })
        .await
    }

    pub async fn apply(&self, manifests: impl IntoIterator<Item = Value>) -> Result<()> {
        let applied = stream::iter(manifests.into_iter().map(|manifest| manifest.to_string()))
            .map(|manifest| async move { self.plane.gitops_apply(&manifest).await.with_context(|| manifest) });
        applied.buffer_unordered(4).try_collect::<Vec<_>>().await.map(drop)
    }

    /// An operator with an empty memory.
    pub async fn start_operator(&mut self) -> Result<()> {
        let mut config = Config::default();
        config.health.listen = "127.0.0.1:0".parse()?;
        config.notices.allow_hosts = vec![self.hooks.clone()];
        config.lifecycle.allow_hosts.clone_from(&self.sources);
        config.notices.signing_secret_file = Some(self.secret.path().into());
        let cluster = self.plane.operator().await?.config().await?;
        let clock = Arc::new(SteppedClock::connect(&self.plane.dir().join("clock.sock")).await?);
        self.operator = Some(tokio::spawn(controller::run(config, cluster, clock, std::future::pending())));
        Ok(())
    }

    /// Ends it as a crash would: nothing is finished, nothing is kept.
    pub async fn kill_operator(&mut self) -> Result<()> {
        let operator = self.operator.take().context("no operator runs")?;
        ensure!(!operator.is_finished(), "the operator ended by itself: {:?}", operator.await);
        operator.abort();
        ensure!(operator.await.is_err_and(|end| end.is_cancelled()), "the operator ended by itself");
        Ok(())
    }

    pub async fn end(mut self) -> Result<()> {
        self.kill_operator().await?;
        ensure!(self.receiver.forged().is_empty(), "{:?}", self.receiver.forged());
        self.plane.stop().await
    }

    /// An instant of the story. The next year begins with `+`: `+01-19T18:00:00Z`.
    pub fn time(&self, text: &str) -> Result<Timestamp> {
        let (year, rest) = text.strip_prefix('+').map_or((self.year, text), |rest| (self.year + 1, rest));
        format!("{year}-{rest}").parse().with_context(|| format!("{text} is no time"))
    }

    /// A day of the story, as an opt-out names it.
    pub fn day(&self, text: &str) -> String {
        let (year, rest) = text.strip_prefix('+').map_or((self.year, text), |rest| (self.year + 1, rest));
        format!("{year}-{rest}")
    }

    /// Jumps to an instant of the story.
    pub async fn jump(&self, text: &str) -> Result<()> {
        self.clock.jump_exactly(self.time(text)?).await;
        Ok(())
    }

    pub async fn tenant(&self, name: &str) -> Result<TenantInstance> {
        Ok(Api::namespaced(self.admin.clone(), name).get("dashboard").await?)
    }

    pub async fn status(&self, name: &str) -> Result<TenantInstanceStatus> {
        Ok(self.tenant(name).await?.status.unwrap_or_default())
    }

    /// Waits until the tenant has its slot of this day, and its customer heard of it.
    pub async fn announced(&self, name: &str, day: &str) -> Result<TenantInstanceStatus> {
        let day = self.day(day);
        eventually(SOON, &format!("{name} is announced for {day}"), async || {
            let status = self.status(name).await?;
            let slot =
                status.upgrade.as_ref().and_then(|upgrade| upgrade.slot.as_ref()).filter(|slot| slot.opens.starts_with(&day));
            let told = |opens: &str| status.notices.iter().any(|n| n.slot.as_deref() == Some(opens) && n.delivered_at.is_some());
            let announced = slot.is_some_and(|slot| told(&slot.opens));
            ensure!(announced, "its upgrade is {:?}", status.upgrade);
            Ok(Some(status))
        })
        .await
    }

    /// Waits until the operator has seen everything that happened to tenants so far: events of one kind come in order.
    pub async fn caught_up(&self, name: &str) -> Result<()> {
        let patch = json!({"spec": {"customer": {"displayName": format!("{name} {}", self.clock.now())}}}).to_string();
        let arguments = ["patch", "ti", "dashboard", "-n", name, "--type=merge", "--field-manager=uplift-people", "-p", &patch];
        self.plane.kubectl(&self.alice, &arguments).await?.ok()?;
        self.clock.wrote();
        eventually(SOON, "the operator has seen the last edit", async || {
            let tenant = self.tenant(name).await?;
            let seen = tenant.status.map(|status| status.observed_generation);
            Ok((seen == tenant.metadata.generation).then_some(()))
        })
        .await
    }

    /// What the operator wrote to this tenant since then, from the audit log.
    pub fn writes_since(&self, offset: u64, name: &str) -> Result<Vec<String>> {
        let events = self.plane.audit_events(offset)?.events;
        let ours = events.iter().filter(|e| e["user"]["username"] == "system:serviceaccount:uplift-system:uplift");
        let here = ours.filter(|e| e["objectRef"]["namespace"] == name && e["verb"] != "get");
        Ok(here.map(|e| format!("{} {}", e["verb"], e["requestURI"])).collect())
    }
}

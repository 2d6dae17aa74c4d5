//! A fleet whose window is open for hours, with more upgrades than the kills leave time for.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use k8s_openapi::api::{apps::v1::Deployment, coordination::v1::Lease, core::v1::ConfigMap};
use kube::{Api, Client};
use serde_json::{Value, json};
use uplift::api::TenantInstance;

use super::LEASE;
use crate::{
    clock::Authority,
    control_plane::{ControlPlane, eventually},
    demo::receiver::Receiver,
};

const SECRET: &[u8] = b"a secret of the test, 32 bytes..";
/// So many upgrades run at once: the cap that is never passed.
const CAP: usize = 3;
/// An upgrade takes so long: the pod is available only then.
const READY: usize = 2;
/// So many upgrades, at most, in the time that one kill takes.
const A_KILL: usize = 7;

pub struct Stage {
    pub plane: ControlPlane,
    pub receiver: Receiver,
    pub admin: Client,
    pub config: PathBuf,
    pub log: PathBuf,
    pub clock: Arc<Authority>,
    pub socket: PathBuf,
    /// When the window opens.
    opens: Timestamp,
}

impl Stage {
    /// Everything but the operator: tenants enough for so many kills.
    pub async fn set(kills: usize) -> Result<Self> {
        let plane = ControlPlane::start().await?;
        let socket = plane.dir().join("clock.sock");
        let clock = Arc::new(Authority::start(&socket)?);
        clock.jump(clock.now()).await; // without a journal nobody knows what time it is
        let (receiver, address) = Receiver::start(SECRET.to_vec(), clock.clone()).await?;
        let hosts = format!("notices.allowHosts=[\"{address}\"]");
        let lease = format!("leaderElection.leaseDuration={}s", LEASE.as_secs());
        plane.install_chart(&["--set", &lease, "--set-json", &hosts]).await?;
        let admin = plane.admin().await?.client().await?;
        let (config, log) = (config_file(&plane, &admin).await?, plane.dir().join("replicas.log"));
        let tenants = 2 * CAP + kills * A_KILL;
        let opens = fleet(&plane, &admin, tenants, &address, clock.now()).await?;
        Ok(Self { plane, receiver, admin, config, log, clock, socket, opens })
    }

    /// Waits until everybody was told of the date, and goes there.
    pub async fn open(&self) -> Result<()> {
        let tenants = Api::<TenantInstance>::all(self.admin.clone());
        eventually(Duration::from_mins(10), "every tenant was told of its date", async || {
            let all = tenants.list(&kube::api::ListParams::default()).await?.items;
            let told = |one: &TenantInstance| {
                one.status.iter().flat_map(|status| &status.notices).any(|notice| notice.delivered_at.is_some())
            };
            Ok(all.iter().all(told).then_some(()))
        })
        .await?;
        self.clock.jump(self.opens).await;
        Ok(())
    }

    pub fn leases(&self) -> Api<Lease> {
        Api::namespaced(self.admin.clone(), "uplift-system")
    }
}

/// The chart's own configuration, with paths of this machine.
async fn config_file(plane: &ControlPlane, admin: &Client) -> Result<PathBuf> {
    let map =
        Api::<ConfigMap>::namespaced(admin.clone(), "uplift-system").get("uplift").await.context("reading the ConfigMap")?;
    let text = map.data.unwrap_or_default().remove("config.yaml").context("the chart's ConfigMap has no config.yaml")?;
    let (secret, file) = (plane.dir().join("signing-secret"), plane.dir().join("config.yaml"));
    std::fs::write(&secret, format!("whsec_{}\n", BASE64_STANDARD.encode(SECRET))).context("writing the signing secret")?;
    let text =
        text.replace("/etc/uplift/secrets/signing-secret", &secret.to_string_lossy()).replace("0.0.0.0:8081", "127.0.0.1:0");
    std::fs::write(&file, text).context("writing the configuration")?;
    Ok(file)
}

/// Releases, a window that opens soon, and tenants that run; when it opens.
async fn fleet(plane: &ControlPlane, admin: &Client, tenants: usize, address: &str, now: Timestamp) -> Result<Timestamp> {
    let namespace = plane.namespace("takeover", &[]).await?;
    let deployments: Vec<_> = (0..tenants).map(|n| deployment(&namespace, n)).collect();
    apply(plane, &deployments).await?;
    let running = Api::<Deployment>::namespaced(admin.clone(), &namespace);
    eventually(Duration::from_mins(10), "every Deployment is available", async || {
        let all = running.list(&kube::api::ListParams::default()).await?.items;
        let ready =
            all.iter().filter(|one| one.status.as_ref().is_some_and(|status| status.available_replicas == Some(1))).count();
        Ok((ready == tenants).then_some(()))
    })
    .await?;
    let (window, opens) = window(now)?;
    let mut rest = vec![window, release("nov", "2026.11.0"), release("dec", "2026.12.0")];
    rest.extend((0..tenants).map(|n| tenant(&namespace, n, address)));
    apply(plane, &rest).await?;
    Ok(opens)
}

async fn apply(plane: &ControlPlane, manifests: &[Value]) -> Result<()> {
    let applied = stream::iter(manifests).map(|manifest| async {
        plane.gitops_apply(&manifest.to_string()).await.with_context(|| format!("applying {}", manifest["metadata"]["name"]))
    });
    applied.buffer_unordered(8).try_collect::<Vec<_>>().await.map(drop)
}

fn deployment(namespace: &str, n: usize) -> Value {
    let name = format!("web-{n}");
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": namespace, "name": name},
        "spec": {"replicas": 1, "minReadySeconds": READY, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "web", "image": "x:2026.11.0"}]}}}})
}

fn tenant(namespace: &str, n: usize, address: &str) -> Value {
    let name = format!("t-{n}");
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"namespace": namespace, "name": name},
        "spec": {"customer": {"displayName": name}, "windowRef": {"name": "open"},
            "contacts": [{"name": "it", "webhook": format!("http://{address}/{name}")}],
            "workloads": [{"kind": "Deployment", "name": format!("web-{n}")}]}})
}

fn release(name: &str, version: &str) -> Value {
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": name},
        "spec": {"version": version, "channel": "stable", "images": {"web": format!("x:{version}")},
            "approval": {"decision": "Approved", "by": "admin"}}})
}

/// It opens in three hours, at noon where its zone is, for eleven hours.
fn window(now: Timestamp) -> Result<(Value, Timestamp)> {
    let opens = (now + SignedDuration::from_hours(3)).round(jiff::Unit::Minute)?;
    let utc = opens.to_zoned(TimeZone::UTC);
    // The names of these zones have the sign the other way round: local = UTC - n.
    let zone = match utc.hour() {
        12 => "UTC".to_owned(),
        hour => format!("Etc/GMT{:+}", hour - 12),
    };
    let (hour, minute) = if utc.minute() >= 10 { (12, utc.minute() - 10) } else { (11, utc.minute() + 50) };
    let spec = json!({"schedule": format!("{} 12 * * *", utc.minute()), "timeZone": zone, "duration": "11h", "notice": "1h",
        "announceAhead": "25h", "maxConcurrent": CAP, "optOut": {"time": format!("{hour}:{minute:02}")}});
    Ok((json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "open"}, "spec": spec}), opens))
}

//! A control plane on which the operator runs, with a window that announces at once.

use std::{convert::Infallible, io::Write, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow};
use http::{Response, StatusCode};
use http_body_util::Empty;
use hyper::{body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::OnceCell};
use uplift::{
    api::TenantInstance,
    controller::{self, Config},
};

use super::stage::Stage;
use crate::control_plane::{ControlPlane, User, eventually};
use uplift::clock::{Clock, RealClock};

static OPERATED: OnceCell<(ControlPlane, SocketAddr)> = OnceCell::const_new();

async fn operated() -> Result<&'static (ControlPlane, SocketAddr)> {
    OPERATED.get_or_try_init(start).await
}

async fn start() -> Result<(ControlPlane, SocketAddr)> {
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let receiver = std::net::TcpListener::bind("127.0.0.1:0")?;
    receiver.set_nonblocking(true)?;
    let (address, operator) = (receiver.local_addr()?, plane.operator().await?);
    // A thread of its own: the runtime of the test that came first ends with that test.
    std::thread::spawn(move || operate(&operator, receiver));
    Ok((plane, address))
}

fn operate(operator: &User, receiver: std::net::TcpListener) -> Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut secret = tempfile::NamedTempFile::new()?;
    secret.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
    let mut config = Config::default();
    config.health.listen = "127.0.0.1:0".parse()?;
    config.notices.allow_hosts = vec![receiver.local_addr()?.to_string()];
    config.notices.signing_secret_file = Some(secret.path().into());
    tokio::runtime::Runtime::new()?.block_on(async {
        tokio::spawn(customers(TcpListener::from_std(receiver)?));
        Ok(controller::run(config, operator.config().await?, Arc::new(RealClock), std::future::pending()).await?)
    })
}

/// The customers' webhooks: every notice is accepted.
async fn customers(listener: TcpListener) -> Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(accepted)));
    }
}

async fn accepted(_: hyper::Request<hyper::body::Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    Ok(answer)
}

/// A stage whose tenant runs 2026.11.0 and has an announced slot for 2026.12.0 today, at noon where its window is.
pub async fn announced(window: &Value) -> Result<Stage> {
    let (plane, customers) = operated().await?;
    let mut spec = daily_at_noon()?;
    window.as_object().into_iter().flatten().for_each(|(key, value)| spec[key] = value.clone());
    let stage = Stage::on(plane, &spec).await?;
    deploy(&stage).await?;
    for (suffix, version) in [("nov", "2026.11.0"), ("dec", "2026.12.0")] {
        release(&stage, suffix, version).await?;
    }
    let contacts = json!({"spec": {"contacts": [{"name": "it", "webhook": format!("http://{customers}/acme")}]}});
    stage.tenants().patch("acme", &PatchParams::default(), &Patch::Merge(contacts)).await?;
    slot(&stage, |_| true).await?;
    Ok(stage)
}

/// Every day, four hours from now, which is noon or a little later in the zone: so a day is one slot's.
fn daily_at_noon() -> Result<Value> {
    let opens = RealClock.now().checked_add(SignedDuration::from_hours(4))?.to_zoned(jiff::tz::TimeZone::UTC);
    let (hour, minute) = (opens.hour(), opens.minute());
    // The names of these zones have the sign the other way round: local = UTC - n.
    let zone = format!("Etc/GMT{:+}", hour - 12);
    let zone = if hour == 12 { "UTC".into() } else { zone };
    let cut_off = if minute >= 10 { format!("12:{:02}", minute - 10) } else { format!("11:{:02}", minute + 50) };
    Ok(
        json!({"schedule": format!("{minute} 12 * * *"), "timeZone": zone, "duration": "30m", "notice": "1h", "announceAhead": "25h",
        "optOut": {"time": cut_off}}),
    )
}

async fn deploy(stage: &Stage) -> Result<()> {
    let deployment = serde_json::from_value(json!({
        "metadata": {"name": "web"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "x:2026.11.0"}]}}},
    }))?;
    let deployments = Api::<Deployment>::namespaced(stage.admin.clone(), &stage.namespace);
    deployments.create(&PostParams::default(), &deployment).await.context("create the Deployment")?;
    Ok(())
}

async fn release(stage: &Stage, suffix: &str, version: &str) -> Result<()> {
    let spec = json!({"version": version, "channel": stage.namespace, "images": {"web": format!("x:{version}")},
        "approval": {"decision": "Approved", "by": "admin"}});
    let release = json!({"metadata": {"name": format!("{}-{suffix}", stage.namespace)}, "spec": spec});
    stage.releases().create(&PostParams::default(), &serde_json::from_value(release)?).await.context("create a release")?;
    Ok(())
}

/// The name of the announced slot, once it is announced, its notice is delivered, and this is so of it.
pub async fn slot(stage: &Stage, is: impl Fn(&str) -> bool) -> Result<String> {
    eventually(Duration::from_secs(30), "a slot is announced", async || {
        let acme = stage.acme().await?;
        let slot = name(&acme).filter(|slot| is(slot) && delivered(&acme, slot));
        slot.map(Some).ok_or_else(|| anyhow!("{:?}", acme.status))
    })
    .await
}

fn name(acme: &TenantInstance) -> Option<String> {
    Some(acme.status.as_ref()?.upgrade.as_ref()?.slot.as_ref()?.opens.clone())
}

fn delivered(acme: &TenantInstance, slot: &str) -> bool {
    let notices = acme.status.iter().flat_map(|status| &status.notices);
    notices.into_iter().any(|notice| notice.slot.as_deref() == Some(slot) && notice.delivered_at.is_some())
}

/// An instant before now.
pub fn ago(seconds: i64) -> Timestamp {
    RealClock.now().checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MIN)
}

//! R27 on a real API server, with a real server of life cycles: what it says stands in the statuses of tenants, when it changes too.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use jiff::civil::Date;
use k8s_openapi::api::events::v1::Event;
use kube::{Api, api::ListParams};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use uplift::api::{SoftwareProduct, condition, tenant::Runway};

use super::{create, edit, support};
use crate::{
    consent::stage::{SOON, Stage},
    control_plane::eventually,
};

/// A server of one product, whose tag is its text.
struct Calendar {
    host: String,
    document: Arc<Mutex<String>>,
}

impl Calendar {
    async fn start(releases: &Value) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let host = listener.local_addr()?.to_string();
        let calendar = Self { host, document: Arc::default() };
        calendar.says(releases);
        let document = Arc::clone(&calendar.document);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, Arc::clone(&document)));
            }
        });
        Ok(calendar)
    }

    fn says(&self, releases: &Value) {
        let document = json!({"schema_version": "1.2.0", "result": {"name": "postgresql", "releases": releases}}).to_string();
        self.document.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone_from(&document);
    }
}

async fn serve(mut socket: TcpStream, document: Arc<Mutex<String>>) -> Result<()> {
    let mut request = vec![];
    while !request.ends_with(b"\r\n\r\n") {
        ensure!(socket.read_buf(&mut request).await? > 0, "it went away");
    }
    let text = document.lock().map_err(|_| anyhow::anyhow!("a test failed"))?.clone();
    let tag = format!("\"{}\"", text.bytes().map(u64::from).enumerate().map(|(n, byte)| byte * (n as u64 + 1)).sum::<u64>());
    let known = String::from_utf8_lossy(&request).contains(&format!("if-none-match: {tag}"));
    let answer = if known {
        format!("HTTP/1.1 304 Not Modified\r\netag: {tag}\r\nconnection: close\r\n\r\n")
    } else {
        format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}", text.len())
    };
    Ok(socket.write_all(answer.as_bytes()).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_says_stands_in_the_statuses_and_follows_it() -> Result<()> {
    let calendar =
        Calendar::start(&json!([{"name": "17"}, {"name": "13", "eolFrom": "2027-12-10", "latest": {"name": "13.14"}}])).await?;
    let mut stage = Stage::set(2026, &[], &["acme"], &[]).await?;
    let uses = json!({"spec": {"dependencies": [{"name": "db", "installation": "pg-eu-1"}]}});
    edit(&stage, &["ti", "dashboard", "-n", "acme"], &uses).await?;

    let url = format!("http://{}/api/v1/products/postgresql/", calendar.host);
    let spec = json!({"source": {"url": url}, "installations": [{"name": "pg-eu-1", "version": "13.14"}]});
    let meta = json!({"name": "postgresql"});
    create(&stage, &json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "SoftwareProduct", "metadata": meta, "spec": spec}))
        .await?;
    ready(&stage, "False", "HostNotAllowed").await?;
    let said = support(&stage, &[("postgresql", Runway::Unknown)]).await?;
    ensure!(said[0].message.as_deref().unwrap_or_default().contains("SourceReady says why"), "{said:?}");

    stage.sources = vec![calendar.host.clone()];
    stage.kill_operator().await?;
    stage.start_operator().await?;
    ready(&stage, "True", "Fetched").await?;
    ends(&stage, "2027-12-10").await?;
    released(&stage, &[]).await?;

    // It is asked again after a day.
    calendar.says(&json!([{"name": "18"}, {"name": "17"}, {"name": "13", "eolFrom": "2027-03-01", "latest": {"name": "13.15"}}]));
    stage.jump("12-03T12:00:00Z").await?;
    ends(&stage, "2027-03-01").await?;
    released(&stage, &["postgresql/13.15", "postgresql/18"]).await?;
    let before = fetched(&stage).await?;

    // What is still so is confirmed.
    stage.jump("12-04T13:00:00Z").await?;
    eventually(SOON, "the answer is confirmed", async || Ok((fetched(&stage).await? > before).then_some(()))).await?;

    // What is in use does not go by itself.
    calendar.says(&json!([{"name": "18"}, {"name": "17"}]));
    edit(&stage, &["swp", "postgresql"], &json!({"spec": {"source": {"interval": "1h"}}})).await?;
    stage.jump("12-04T15:00:00Z").await?;
    ready(&stage, "False", "Shrunk").await?;
    ends(&stage, "2027-03-01").await?;

    // Another address is asked at once.
    calendar.says(&json!([{"name": "13", "eolFrom": "2027-05-01"}]));
    edit(&stage, &["swp", "postgresql"], &json!({"spec": {"source": {"url": format!("{url}?again")}}})).await?;
    ends(&stage, "2027-05-01").await?;
    ready(&stage, "True", "Fetched").await?;
    stage.end().await
}

async fn product(stage: &Stage) -> Result<SoftwareProduct> {
    Ok(Api::all(stage.plane.admin().await?.client().await?).get("postgresql").await?)
}

async fn fetched(stage: &Stage) -> Result<Option<jiff::Timestamp>> {
    Ok(product(stage).await?.status.and_then(|status| status.source?.fetched_at))
}

async fn ready(stage: &Stage, status: &str, reason: &str) -> Result<()> {
    eventually(SOON, &format!("SourceReady is {status} {reason}"), async || {
        let seen = product(stage).await?.status.unwrap_or_default();
        let said = condition::get(&seen.conditions, condition::SOURCE_READY).context("it says nothing")?;
        ensure!(said.status == status && said.reason == reason, "{said:?}");
        Ok(Some(()))
    })
    .await
}

async fn ends(stage: &Stage, on: &str) -> Result<()> {
    let on: Date = on.parse()?;
    eventually(SOON, &format!("acme's database ends on {on}"), async || {
        let support = stage.status("acme").await?.support;
        ensure!(support.iter().any(|said| said.subject == "postgresql" && said.ends_on == Some(on)), "{support:?}");
        Ok(Some(()))
    })
    .await
}

/// Waits until these were told, and no others.
async fn released(stage: &Stage, subjects: &[&str]) -> Result<()> {
    let events: Api<Event> = Api::namespaced(stage.plane.admin().await?.client().await?, "default");
    eventually(SOON, &format!("{subjects:?} were told"), async || {
        let all = events.list(&ListParams::default()).await?.items;
        let notes: Vec<_> = all
            .iter()
            .filter(|event| event.reason.as_deref() == Some("SoftwareReleased"))
            .map(|event| event.note.clone().unwrap_or_default())
            .collect();
        let told = subjects.iter().all(|subject| notes.iter().any(|note| note.contains(&format!("subject {subject})"))));
        ensure!(told && notes.len() == subjects.len(), "{notes:?}");
        Ok(Some(()))
    })
    .await
}

//! What bad input gets, on a real API server: `cases.yaml` says what is wrong, and what a person must read.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uplift::{
    clock::RealClock,
    controller::{self, Config},
};

use crate::control_plane::{ControlPlane, User, eventually};

/// A person who waits longer than this thinks that nothing happens. The aim is a second; a window that is missing is said after ten, and
/// machines under load get more.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    tenant: Value,
    #[serde(default)]
    deployment: Value,
    manifest: Option<Value>,
    other: Option<Value>,
    #[serde(default)]
    twin: bool,
    #[serde(default)]
    loosened: bool,
    reason: Option<String>,
    message: String,
}

fn cases() -> Result<Vec<Case>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/bad_input/cases.yaml");
    Ok(serde_saphyr::from_str(&std::fs::read_to_string(file)?)?)
}

fn tenant(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": name, "namespace": namespace},
        "spec": {"customer": {"displayName": "Acme Ltd"}, "contacts": [{"name": "it", "webhook": "https://hooks.example.test/x"}],
            "windowRef": {"name": "uk-evenings"}, "workloads": [{"kind": "Deployment", "name": "dashboard"}]}})
}

fn deployment(namespace: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dashboard", "namespace": namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "dashboard"}}, "template": {
            "metadata": {"labels": {"app": "dashboard"}},
            "spec": {"containers": [{"name": "dashboard", "image": "registry.example.test/dashboard:2026.11.0"}]}}}})
}

fn release(name: &str, version: &str) -> Value {
    json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": name},
        "spec": {"version": version, "images": {"dashboard": format!("registry.example.test/dashboard:{version}")},
            "approval": {"decision": "Approved", "by": "admin"}}})
}

fn merge(into: &mut Value, part: &Value) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        Value::Null => {}
        other => *into = other.clone(),
    }
}

struct Bed<'a> {
    plane: &'a ControlPlane,
    admin: User,
}

impl Bed<'_> {
    async fn apply(&self, manifest: &Value) -> Result<Result<(), String>> {
        let output = self.plane.kubectl_with_input(&self.admin, &["apply", "-f", "-"], &manifest.to_string()).await?;
        Ok(if output.code == 0 { Ok(()) } else { Err(output.stderr) })
    }

    async fn must(&self, manifest: &Value) -> Result<()> {
        self.apply(manifest).await?.map_err(|refused| anyhow::anyhow!("{manifest} was refused: {refused}"))
    }

    async fn get(&self, kind: &str, namespace: &str, name: &str) -> Result<Value> {
        let output = self.plane.kubectl(&self.admin, &["get", kind, name, "-n", namespace, "-o", "json"]).await?.ok()?;
        Ok(serde_json::from_str(&output)?)
    }

    /// Sets what the case needs; returns the object that is wrong.
    async fn set(&self, case: &Case, namespace: &str) -> Result<Value> {
        if let Some(manifest) = &case.manifest {
            if let Some(other) = &case.other {
                self.must(other).await?;
            }
            return Ok(manifest.clone());
        }
        let mut deployment = deployment(namespace);
        merge(&mut deployment, &case.deployment);
        self.must(&deployment).await?;
        if case.twin {
            self.must(&tenant(namespace, "twin")).await?;
        }
        if case.loosened {
            let anything = json!({"spec": {"versions": [{"name": "v1alpha1", "served": true, "storage": true, "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}});
            let patch = anything.to_string();
            let arguments = ["patch", "crd", "tenantinstances.uplift.dev", "--type=merge", "-p", &patch];
            self.plane.kubectl(&self.admin, &arguments).await?.ok()?;
        }
        let mut tenant = tenant(namespace, "dash");
        merge(&mut tenant, &case.tenant);
        Ok(tenant)
    }

    async fn judge(&self, case: &Case, namespace: &str) -> Result<()> {
        let object = self.set(case, namespace).await?;
        let Some(reason) = &case.reason else {
            let Err(refused) = self.apply(&object).await? else { bail!("was not refused") };
            ensure!(refused.contains(&case.message), "was refused with another message: {refused}");
            return Ok(());
        };
        if case.loosened {
            // The server takes a moment until it serves the changed definition.
            let taken = async || Ok(self.apply(&object).await?.ok());
            eventually(PATIENCE, "the loosened definition is served", taken).await?;
        } else {
            self.must(&object).await?;
        }
        let since = Instant::now();
        eventually(PATIENCE, "the status says what is wrong", async || Ok(self.said(case, reason, &object).await?.then_some(())))
            .await?;
        let took = since.elapsed();
        eventually(PATIENCE, "an Event says it too", async || Ok(self.event(case, &object).await?.then_some(()))).await?;
        println!("{:5} ms  {}", took.as_millis(), case.name);
        Ok(())
    }

    async fn said(&self, case: &Case, reason: &str, object: &Value) -> Result<bool> {
        let kind = object["kind"].as_str().unwrap_or_default();
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let status = self.get(kind, namespace, name).await?["status"].take();
        let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
        let says =
            |entry: &Value| entry["reason"] == reason && entry["message"].as_str().is_some_and(|m| m.contains(&case.message));
        let condition = list("conditions").iter().any(says);
        let blocker = kind != "TenantInstance" || list("blockers").iter().any(says);
        Ok(condition && blocker)
    }

    async fn event(&self, case: &Case, object: &Value) -> Result<bool> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
        let output =
            self.plane.kubectl(&self.admin, &["get", "events.events.k8s.io", "-n", namespace, "-o", "json"]).await?.ok()?;
        let events: Value = serde_json::from_str(&output)?;
        let items = events["items"].as_array().cloned().unwrap_or_default();
        Ok(items.iter().any(|event| {
            event["regarding"]["name"] == object["metadata"]["name"]
                && event["type"] == "Warning"
                && event["note"].as_str().is_some_and(|note| note.contains(&case.message))
        }))
    }

    /// Every other tenant goes on: one that is set up after all that is wrong gets its version and its date.
    async fn a_sound_tenant_goes_on(&self) -> Result<()> {
        let namespace = self.plane.namespace("sound", &[]).await?;
        self.must(&deployment(&namespace)).await?;
        self.must(&tenant(&namespace, "dash")).await?;
        eventually(PATIENCE, "the sound tenant is planned", async || {
            let status = self.get("TenantInstance", &namespace, "dash").await?["status"].take();
            let dated = status["upgrade"]["slot"].is_object() || status["upgrade"]["expectedAt"].is_string();
            Ok((status["version"] == "2026.11.0" && dated).then_some(()))
        })
        .await
    }
}

#[tokio::test]
async fn bad_input_is_refused_or_told_and_every_other_tenant_goes_on() -> Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let bed = Bed { plane: &plane, admin: plane.admin().await? };
    for manifest in [
        release("r-2026-11", "2026.11.0"),
        release("r-2026-12", "2026.12.0"),
        json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "uk-evenings"},
            "spec": {"schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h"}}),
    ] {
        bed.must(&manifest).await?;
    }
    let mut secret = tempfile::NamedTempFile::new()?;
    secret.write_all(b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")?;
    let mut config = Config::default();
    config.health.listen = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    config.notices.signing_secret_file = Some(secret.path().into());
    let user = plane.operator().await?.config().await?;
    let operator = tokio::spawn(controller::run(config, user, Arc::new(RealClock), std::future::pending()));

    let mut wrong = vec![];
    for case in cases()? {
        let namespace = plane.namespace("bad", &[]).await?;
        if let Err(error) = bed.judge(&case, &namespace).await {
            wrong.push(format!("{}: {error:#}", case.name));
        }
    }
    ensure!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
    bed.a_sound_tenant_goes_on().await.context("after all that is wrong")?;
    ensure!(!operator.is_finished(), "the operator goes on");
    operator.abort();
    plane.stop().await
}

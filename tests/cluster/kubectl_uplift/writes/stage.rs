//! Objects to write on, and people who run the plugin.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use kube::{Api, Client, api::PostParams};
use serde_json::{Value, json};
use tokio::{process::Command, sync::OnceCell, time::timeout};
use uplift::api::{DashboardRelease, TenantInstance, UpgradeWindow};

use crate::control_plane::{ControlPlane, Output, Shared, User};

/// The control plane with the chart and without an operator, once for all tests.
pub async fn plane() -> Result<&'static ControlPlane> {
    static SHARED: Shared = Shared::new();
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let plane = SHARED.plane().await?;
    INSTALLED.get_or_try_init(|| plane.install_chart(&[])).await?;
    Ok(plane)
}

/// `kubectl uplift` with what is written in words.
pub fn command(plane: &ControlPlane, user: &User, arguments: &[&str]) -> Result<Command> {
    let plugin = Path::new(env!("CARGO_BIN_EXE_kubectl-uplift")).parent().context("the plugin has no folder")?;
    let mut command = Command::new(plane.binaries().join("kubectl"));
    command.arg("uplift").args(arguments).env("PATH", plugin).env("KUBECONFIG", &user.kubeconfig);
    command.env("HOME", plane.dir().join("home")).stdin(Stdio::null()).kill_on_drop(true);
    Ok(command)
}

/// Runs it to its end.
pub async fn uplift(plane: &ControlPlane, user: &User, arguments: &[&str]) -> Result<Output> {
    let ended = timeout(Duration::from_mins(1), command(plane, user, arguments)?.output());
    let output = ended.await.context("no end within a minute")??;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// What a refusal said; it must have failed with this code and have printed nothing as done.
pub fn refused(output: Output, code: i32) -> Result<String> {
    ensure!(output.code == code && output.stdout.is_empty(), "{output:?}");
    Ok(output.stderr)
}

/// A namespace with a tenant `acme`; its window and its releases bear the name of the namespace.
pub struct Stage {
    pub plane: &'static ControlPlane,
    pub namespace: String,
    pub admin: Client,
    pub sue: User,
}

impl Stage {
    pub async fn set() -> Result<Self> {
        Self::on(plane().await?, &json!({})).await
    }

    /// With more in the spec of its window.
    pub async fn on(plane: &'static ControlPlane, window: &Value) -> Result<Self> {
        let namespace = plane.namespace("said", &[]).await?;
        let stage =
            Self { plane, namespace, admin: plane.admin().await?.client().await?, sue: plane.support("sue@example.com").await? };
        let mut spec = json!({"schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h"});
        window.as_object().into_iter().flatten().for_each(|(key, value)| spec[key] = value.clone());
        let window = serde_json::from_value(json!({"metadata": {"name": stage.namespace}, "spec": spec}))?;
        stage.windows().create(&PostParams::default(), &window).await.context("create the window")?;
        stage
            .tenants()
            .create(&PostParams::default(), &serde_json::from_value(stage.manifest())?)
            .await
            .context("create the tenant")?;
        Ok(stage)
    }

    pub fn manifest(&self) -> Value {
        json!({
            "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance",
            "metadata": {"name": "acme", "namespace": self.namespace},
            "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": self.namespace}, "channel": self.namespace,
                "contacts": [{"name": "it", "webhook": "https://acme.example/hook"}],
                "workloads": [{"kind": "Deployment", "name": "web"}]},
        })
    }

    /// A release of the stage's channel with two checks, named after the channel.
    pub async fn release(&self, suffix: &str, version: &str, channel: &str) -> Result<String> {
        let name = format!("{}-{suffix}", self.namespace);
        let checks: Vec<_> = (0..6).map(|n| json!({"name": format!("check-{n}"), "manual": {}})).collect();
        let spec = json!({"version": version, "channel": channel, "images": {"web": format!("x:{version}")}, "acceptance": {"checks": checks}});
        let release = serde_json::from_value(json!({"metadata": {"name": name}, "spec": spec}))?;
        self.releases().create(&PostParams::default(), &release).await.context("create a release")?;
        Ok(name)
    }

    pub fn tenants(&self) -> Api<TenantInstance> {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }
    pub fn releases(&self) -> Api<DashboardRelease> {
        Api::all(self.admin.clone())
    }
    pub fn windows(&self) -> Api<UpgradeWindow> {
        Api::all(self.admin.clone())
    }

    pub async fn acme(&self) -> Result<TenantInstance> {
        Ok(self.tenants().get("acme").await?)
    }

    pub async fn annotation(&self, key: &str) -> Result<Option<String>> {
        Ok(self.acme().await?.metadata.annotations.unwrap_or_default().get(&format!("uplift.dev/{key}")).cloned())
    }

    /// Writes into the status as only the operator may.
    pub async fn status(&self, status: &Value) -> Result<()> {
        self.edit_status(|standing| merge(standing, status)).await
    }

    /// The same by what stands there. Where an operator runs, it writes meanwhile: a conflict is read anew.
    pub async fn edit_status(&self, edit: impl Fn(&mut Value)) -> Result<()> {
        let tenants = Api::<TenantInstance>::namespaced(self.plane.operator().await?.client().await?, &self.namespace);
        loop {
            let mut acme = serde_json::to_value(tenants.get("acme").await?)?;
            edit(&mut acme["status"]);
            match tenants.replace_status("acme", &PostParams::default(), &serde_json::from_value(acme)?).await {
                Err(kube::Error::Api(refusal)) if refusal.is_conflict() => {}
                answer => return Ok(answer.map(drop)?),
            }
        }
    }

    /// `kubectl uplift` in the stage's namespace, by anybody.
    pub async fn by(&self, user: &User, arguments: &[&str]) -> Result<Output> {
        uplift(self.plane, user, &[&["-n", &self.namespace], arguments].concat()).await
    }

    /// The same by Sue, of support.
    pub async fn sue(&self, arguments: &[&str]) -> Result<Output> {
        self.by(&self.sue, arguments).await
    }

    /// Plain kubectl by Sue.
    pub async fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.plane.kubectl(&self.sue, &[&["-n", &self.namespace], arguments].concat()).await?.ok()
    }
}

fn merge(into: &mut Value, part: &Value) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        other => *into = other.clone(),
    }
}

//! Installing the chart with the real Helm, and waiting until what it brought is in force.
//!
//! A new admission policy works some tenths of a second after it was written, and a write to a new kind may be
//! refused for seconds where a policy matches it. A test that writes at once would be judged by no policy.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, ListParams};

use super::probe::Probe;
use super::users::OPERATOR;
use super::{ControlPlane, eventually};

const IN_FORCE: Duration = Duration::from_secs(30);

impl ControlPlane {
    /// Installs or upgrades the project's chart, with more arguments for helm (`&["--set", "replicas=0"]`).
    pub async fn install_chart(&self, arguments: &[&str]) -> Result<()> {
        let chart = crate::project().join("charts/uplift");
        self.install_chart_from(&chart, arguments).await
    }

    /// The same for a chart in any folder.
    pub async fn install_chart_from(&self, chart: &Path, arguments: &[&str]) -> Result<()> {
        let chart = chart.to_str().context("the chart's folder is not UTF-8")?;
        let (namespace, release) = OPERATOR;
        let mut all = vec!["upgrade", "--install", release, chart, "--namespace", namespace, "--create-namespace"];
        all.extend(arguments);
        self.helm(&self.admin().await?, &all).await?.ok().context("installing the chart")?;
        self.in_force().await
    }

    async fn in_force(&self) -> Result<()> {
        let admin = self.admin().await?.client().await?;
        let kinds = established(&admin).await?;
        let probe = Probe::new();
        probe.install(&admin).await?;
        eventually(IN_FORCE, "admission policies are in force", async || probe.refused(&admin).await).await?;
        for kind in &kinds {
            let what = format!("the API server takes {}", kind.spec.names.kind);
            eventually(IN_FORCE, &what, async || probe.judged(&admin, kind).await).await?;
        }
        probe.remove(&admin).await
    }
}

/// The custom kinds, once each of them is served.
async fn established(admin: &Client) -> Result<Vec<CustomResourceDefinition>> {
    let kinds = Api::<CustomResourceDefinition>::all(admin.clone());
    eventually(IN_FORCE, "every CRD is Established", async || {
        let kinds = kinds.list(&ListParams::default()).await?.items;
        Ok(kinds.iter().all(is_established).then_some(kinds))
    })
    .await
}

fn is_established(kind: &CustomResourceDefinition) -> bool {
    let conditions = kind.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    conditions.iter().any(|c| c.type_ == "Established" && c.status == "True")
}

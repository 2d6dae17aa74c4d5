//! What the chart installs for two replicas, and for one.

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::Api;
use serde_json::Value;

use super::{
    SOON,
    stage::{Stage, holder, leases},
};
use crate::control_plane::{ControlPlane, OPERATOR, eventually};

async fn rendered(plane: &ControlPlane, values: &str) -> Result<String> {
    let chart = uplift_testbed::project().join("charts/uplift");
    let chart = chart.to_str().context("the chart's folder is not UTF-8")?;
    let arguments = ["template", "uplift", chart, "--namespace", "uplift-system", "--kube-version", "1.36.0", "--set", values];
    plane.helm(&plane.admin().await?, &arguments).await?.ok()
}

#[tokio::test]
async fn the_chart_runs_two_pods_of_which_a_drain_takes_one_and_leaves_the_holder_alone() -> Result<()> {
    let stage = Stage::set(&[]).await?;
    one_replica_has_no_budget(&stage.plane).await?;
    a_lease_lasts_from_five_seconds_to_five_minutes(&stage.plane).await?;
    a_drain_takes_one_pod(&stage).await?;
    nothing_that_installs_the_chart_sets_the_holder_back(&stage).await?;
    stage.plane.stop().await
}

async fn one_replica_has_no_budget(plane: &ControlPlane) -> Result<()> {
    let budgets = async |values: &str| {
        Ok::<_, anyhow::Error>(rendered(plane, values).await?.matches("\nkind: PodDisruptionBudget\n").count())
    };
    ensure!((budgets("replicas=1").await?, budgets("replicas=2").await?, budgets("replicas=3").await?) == (0, 1, 1));
    ensure!(rendered(plane, "replicas=1").await?.contains("\n  replicas: 1\n"));
    Ok(())
}

async fn a_lease_lasts_from_five_seconds_to_five_minutes(plane: &ControlPlane) -> Result<()> {
    for good in ["5s", "15s", "90s", "300s", "1m", "5m", "1m30s"] {
        let text = rendered(plane, &format!("leaderElection.leaseDuration={good}")).await?;
        ensure!(text.contains(&format!("leaseDuration: \"{good}\"")), "{good} is not in the configuration");
    }
    for bad in ["4s", "301s", "6m", "5m1s", "15", "1.5m", "0s", ""] {
        let said = rendered(plane, &format!("leaderElection.leaseDuration={bad}")).await;
        let said = said.err().with_context(|| format!("{bad:?} is taken"))?.to_string();
        ensure!(said.contains("leaseDuration"), "{said}");
    }
    Ok(())
}

/// The pods of the chart's Deployment are played by KWOK: the budget counts them all the same.
async fn a_drain_takes_one_pod(stage: &Stage) -> Result<()> {
    let budgets = Api::<PodDisruptionBudget>::namespaced(stage.admin.clone(), OPERATOR.0);
    eventually(SOON, "two pods are up, and one may go", async || {
        let status = budgets.get("uplift").await?.status.unwrap_or_default();
        ensure!((status.expected_pods, status.current_healthy, status.disruptions_allowed) == (2, 2, 1), "{status:?}");
        Ok(Some(()))
    })
    .await
}

/// The chart's Lease has no spec: Helm and whoever applies the manifests own nothing of it.
async fn nothing_that_installs_the_chart_sets_the_holder_back(stage: &Stage) -> Result<()> {
    let a = stage.pod("uplift-a").await?;
    stage.take(&a, "uplift-a", 60).await?;
    stage.plane.install_chart(&["--set", "leaderElection.leaseDuration=20s"]).await?;
    let standing = leases(&stage.admin);
    ensure!(holder(&standing.get("uplift").await?) == "uplift-a", "Helm set it back");
    let manifest = rendered(&stage.plane, "replicas=2").await?;
    let of_lease = manifest.split("\n---\n").find(|part| part.contains("\nkind: Lease\n")).context("no Lease is rendered")?;
    let manifest: Value = serde_saphyr::from_str(of_lease)?;
    ensure!(manifest.get("spec").is_none(), "{manifest}");
    stage.plane.gitops_apply(of_lease).await?;
    ensure!(holder(&standing.get("uplift").await?) == "uplift-a", "a GitOps tool set it back");
    Ok(())
}

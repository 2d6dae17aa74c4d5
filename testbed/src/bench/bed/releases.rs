//! The window, and a release for each round, with what people do about it.

use anyhow::{Context, Result};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use super::IN_FLIGHT;
use crate::bench::program::Pods;
use crate::control_plane::User;
use crate::demo::people::api;
use crate::demo::stage::Stage;

/// A release, as far as a round is concerned.
pub struct Release {
    name: String,
    pub image: String,
}

/// Every week, so that each round has its own opening. Every rule of a window is in it.
pub async fn make_window(stage: &Stage) -> Result<()> {
    let window = json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "evenings"},
        "spec": {
            "schedule": "0 18 * * TUE", "timeZone": "Europe/London", "duration": "4h",
            "notice": "48h", "announceAhead": "336h", "optOut": {"time": "13:00"},
            "maxConcurrent": IN_FLIGHT, "deferral": {"max": 2},
            "freezes": [{"from": "2040-12-18", "to": "2041-01-04", "reason": "year end"}],
        },
    });
    apply(stage, "UpgradeWindow", &window).await
}

/// The pods of an image are slow by its tag.
pub async fn make(stage: &Stage, number: usize, pods: Pods) -> Result<Release> {
    let version = format!("2027.{number}.0");
    let slow = if pods == Pods::AfterFiveSeconds { "-slow" } else { "" };
    let image = format!("registry.example.test/dashboard:{version}{slow}");
    let name = format!("dashboard-{version}");
    let release = json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": name},
        "spec": {
            "version": version,
            "images": {"dashboard": image},
            "acceptance": {"minimumSoak": "336h", "soakFrom": "2026-11-01", "checks": [{"name": "platform", "manual": {}}]},
        },
    });
    apply(stage, "DashboardRelease", &release).await?;
    Ok(Release { name, image })
}

pub async fn approve(stage: &Stage, release: &Release) -> Result<()> {
    let (alice, bob) =
        (stage.plane.platform_engineer("alice@corp.example").await?, stage.plane.approver("bob@corp.example").await?);
    let signed =
        json!({"spec": {"acceptance": {"signOffs": [{"check": "platform", "result": "Passed", "reference": "SAT-118"}]}}});
    let approved = json!({"spec": {"approval": {"decision": "Approved", "changeRef": "CHG0031234", "by": "bob@corp.example"}}});
    merge(&alice, release, &signed).await?;
    merge(&bob, release, &approved).await?;
    stage.clock.wrote();
    stage.clock.forget_quiet();
    Ok(())
}

async fn merge(user: &User, release: &Release, change: &Value) -> Result<()> {
    let releases = api(&user.client().await?, "DashboardRelease", None)?;
    let done = releases.patch(&release.name, &PatchParams::default(), &Patch::Merge(change)).await;
    done.with_context(|| format!("{} changes {}", user.name, release.name)).map(drop)
}

async fn apply(stage: &Stage, kind: &str, object: &Value) -> Result<()> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let applied = api(&stage.admin, kind, None)?.patch(name, &PatchParams::apply("bench"), &Patch::Apply(object)).await;
    applied.with_context(|| format!("applying {kind} {name}"))?;
    stage.clock.wrote();
    Ok(())
}

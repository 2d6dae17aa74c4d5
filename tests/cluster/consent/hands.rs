//! R23: what other hands did to a tenant's images, as the real API server records it. It is told, and holds nothing.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{
    manifests,
    stage::{SOON, Stage},
};
use crate::control_plane::eventually;

/// A tenant that nothing else happens to.
const TENANT: &str = "typo";

/// The message of a condition, once it is true.
async fn told(stage: &Stage, type_: &str) -> Result<String> {
    eventually(SOON, &format!("{type_} is said of {TENANT}"), async || {
        let conditions = stage.status(TENANT).await?.conditions;
        let said = conditions.iter().find(|condition| condition.type_ == type_ && condition.status == "True");
        Ok(said.map(|condition| condition.message.clone()))
    })
    .await
}

/// Who wrote an image stands in `managedFields`.
pub async fn a_tool_that_set_the_images_is_told_of_before_the_first_upgrade(stage: &Stage) -> Result<()> {
    let message = told(stage, "ImagesSetElsewhere").await?;
    ensure!(message.contains("Deployment \"dashboard\"") && message.contains("kustomize-controller"), "{message}");
    let events = ["get", "events", "-n", TENANT, "-o", "jsonpath={.items[*].reason}"];
    let admin = stage.plane.admin().await?;
    eventually(SOON, "an Event says so", async || {
        let reasons = stage.plane.kubectl(&admin, &events).await?.ok()?;
        Ok(reasons.split(' ').any(|reason| reason == "ImagesSetByTool").then_some(()))
    })
    .await
}

/// Where it names images that run, it is still nobody's record of an upgrade. Whoever removes it is told nothing any more.
pub async fn an_intent_that_somebody_copied_is_told_of_and_not_believed(stage: &Stage) -> Result<()> {
    let image = format!("registry.example.test/dashboard:{}", manifests::RUNS);
    let intent = json!({"id": "0123456789ab-1", "to": manifests::COMES, "images": {"dashboard": image}});
    let annotate = async |note: &str| {
        let admin = stage.plane.admin().await?;
        let annotate = ["annotate", "deployment", "dashboard", "-n", TENANT, note];
        let annotated = stage.plane.kubectl(&admin, &annotate).await?.ok();
        stage.clock.wrote();
        annotated
    };
    annotate(&format!("uplift.dev/intent={intent}")).await?;
    let message = told(stage, "ForeignIntent").await?;
    ensure!(message.contains("0123456789ab-1"), "{message}");
    let status = stage.status(TENANT).await?;
    ensure!(status.version.as_deref() == Some(manifests::RUNS), "it was believed: {:?}", status.version);
    status.upgrade.and_then(|upgrade| upgrade.slot).context("its date is gone")?;

    annotate("uplift.dev/intent-").await?;
    eventually(SOON, "nothing is said any more", async || {
        let conditions = stage.status(TENANT).await?.conditions;
        Ok(conditions.iter().all(|condition| condition.type_ != "ForeignIntent").then_some(()))
    })
    .await
}

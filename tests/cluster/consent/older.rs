//! Servers before 1.36: nothing stamps an opt-out.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uplift::api::tenant::Verdict;

use super::stage::{SOON, Stage};
use crate::control_plane::eventually;

pub async fn a_no_is_taken_at_its_arrival(stage: &Stage) -> Result<()> {
    stage.decline("acme", "12-15").await?;
    let record = stage.verdict("acme", "12-15", Verdict::Accepted).await?;
    ensure!(record.by.as_deref() == Some("uplift-opt-out"), "only the field manager is known: {record:?}");
    Ok(())
}

/// All are seen first after the cut-off, and the time of a manager is no proof against a customer. One has lost even that.
pub async fn what_was_set_during_an_outage_is_in_time_since_nothing_proves_the_opposite(stage: &mut Stage) -> Result<()> {
    stage.jump("12-15T12:30:00Z").await?;
    stage.kill_operator().await?;
    stage.jump("12-15T12:50:00Z").await?;
    stage.decline("before", "12-15").await?;
    stage.jump("12-15T13:10:00Z").await?;
    stage.decline("after", "12-15").await?;
    decline_without_a_time(stage, "doubt").await?;
    stage.jump("12-15T13:30:00Z").await?;
    stage.start_operator().await?;
    stage.verdict("before", "12-15", Verdict::Accepted).await?;
    stage.verdict("doubt", "12-15", Verdict::Accepted).await?;
    stage.verdict("after", "12-15", Verdict::Accepted).await.map(drop)
}

/// Where the policy that guards the record is not in force.
async fn decline_without_a_time(stage: &Stage, tenant: &str) -> Result<()> {
    let admin = stage.plane.admin().await?;
    stage.plane.kubectl(&admin, &["delete", "validatingadmissionpolicybinding", "uplift-field-owners"]).await?.ok()?;
    let notes = json!({"uplift.dev/opt-out": stage.day("12-15")});
    let body = json!({"metadata": {"managedFields": [{}], "annotations": notes}});
    let uri = format!("/apis/uplift.dev/v1alpha1/namespaces/{tenant}/tenantinstances/dashboard");
    let sue = stage.sue.client().await?;
    eventually(SOON, "the record may be emptied", async || {
        let request = http::Request::patch(&uri).header("content-type", "application/merge-patch+json");
        Ok(sue.request::<Value>(request.body(serde_json::to_vec(&body)?)?).await.ok().map(drop))
    })
    .await?;
    stage.clock.wrote();
    let managers = stage.tenant(tenant).await?.metadata.managed_fields.unwrap_or_default();
    let owned = managers.iter().any(|entry| serde_json::to_string(&entry.fields_v1).is_ok_and(|text| text.contains("opt-out")));
    ensure!(!owned, "its time is still known: {managers:?}");
    Ok(())
}

pub async fn a_no_after_the_cut_off_is_warned_of_at_once_and_judged_too_late(stage: &Stage) -> Result<()> {
    let output = stage.annotate("late", &[&format!("uplift.dev/opt-out={}", stage.day("12-15"))]).await?;
    let warned = output.stderr.contains("Warning: ") && output.stderr.contains("kubectl -n late patch ti dashboard --type=merge");
    ensure!(output.code == 0 && warned, "{output:?}");
    stage.verdict("late", "12-15", Verdict::TooLate).await?;
    stage.told("late", "OptOutTooLate").await
}

/// R1: who creates a release that asks for four eyes says so, in their own name.
pub async fn who_creates_a_release_with_four_eyes_writes_their_own_name(stage: &Stage) -> Result<()> {
    let admin = stage.plane.admin().await?;
    let client = admin.client().await?;
    let create = async |annotations: Value| {
        let spec = json!({"version": "2027.1.0", "images": {"web": "x:1"}, "acceptance": {"fourEyes": true}});
        let metadata = json!({"name": "r-four-eyes", "annotations": annotations});
        let body = json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": metadata, "spec": spec});
        let request = http::Request::post("/apis/uplift.dev/v1alpha1/dashboardreleases?dryRun=All");
        let request = request.header("content-type", "application/json").body(serde_json::to_vec(&body)?)?;
        anyhow::Ok(client.request::<Value>(request).await.map_err(|error| error.to_string()))
    };
    let nobody = create(json!({})).await?.err().unwrap_or_default();
    let asked = format!("write the annotation uplift.dev/created-by: \"{}\"", admin.name);
    ensure!(nobody.contains("release r-four-eyes needs to know who creates it") && nobody.contains(&asked), "{nobody}");
    let another = create(json!({"uplift.dev/created-by": "eve@example.com"})).await?.err().unwrap_or_default();
    ensure!(another.contains("uplift-created-by") && another.contains("may neither write nor change nor remove it"), "{another}");
    let own = create(json!({"uplift.dev/created-by": admin.name})).await?;
    ensure!(own.is_ok(), "{own:?}");
    Ok(())
}

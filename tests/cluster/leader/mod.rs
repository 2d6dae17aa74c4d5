//! R25 on a real API server, by tokens that are bound to pods: who holds the Lease acts, nobody takes it from a holder that renews it, and whoever
//! is not the operator is never stopped by it.

mod chart;
mod stage;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::coordination::v1::Lease;
use serde_json::json;

use self::stage::{Stage, holder, lease, leases, refusal};
use crate::control_plane::eventually;

/// How long the API server may take to judge by what was written. Seen: 10 ms.
pub const SOON: Duration = Duration::from_secs(20);

/// Why the API server refuses this pod what the leader does, once it refuses all of it for that.
async fn refused_as(stage: &Stage, pod: &kube::Client, who: &str) -> Result<()> {
    eventually(SOON, &format!("a start, a change of images and a Job are refused: {who}"), async || {
        let refusals = stage.effects(pod).await?;
        let by_policy = "ValidatingAdmissionPolicy 'uplift-leader' with binding 'uplift-leader' denied request: only the leader";
        let all = refusals.iter().flatten().filter(|said| said.contains(by_policy) && said.contains(who)).count() == 3;
        ensure!(all, "{refusals:?}");
        Ok(Some(()))
    })
    .await
}

async fn let_pass(stage: &Stage, pod: &kube::Client, who: &str) -> Result<()> {
    eventually(SOON, &format!("{who} starts, changes images and makes Jobs"), async || {
        let refusals = stage.effects(pod).await?;
        ensure!(refusals.iter().all(Option::is_none), "{refusals:?}");
        Ok(Some(()))
    })
    .await
}

/// Whoever is not the operator, whatever stands in the Lease.
async fn people_go_on(stage: &Stage) -> Result<()> {
    let refusals = stage.works_of_people().await?;
    ensure!(refusals.is_empty(), "people are stopped: {refusals:?}");
    Ok(())
}

#[tokio::test]
async fn only_the_pod_that_holds_the_lease_acts_and_nobody_else_is_stopped() -> Result<()> {
    let stage = Stage::set(&[]).await?;
    let [a, b] = [stage.pod("uplift-a").await?, stage.pod("uplift-b").await?];
    let podless = stage.podless().await?;

    // The chart's Lease names nobody.
    refused_as(&stage, &a, "is held by nobody, and this is the pod uplift-a").await?;
    refused_as(&stage, &podless, "is held by nobody, and this is a token that is bound to no pod").await?;
    people_go_on(&stage).await?;

    stage.take(&a, "uplift-a", 60).await?;
    let_pass(&stage, &a, "the holder").await?;
    refused_as(&stage, &b, "is held by the pod uplift-a, and this is the pod uplift-b").await?;
    refused_as(&stage, &podless, "is held by the pod uplift-a, and this is a token that is bound to no pod").await?;
    refused_as(&stage, &stage.impersonated().await?, "this is a token that is bound to no pod").await?;
    people_go_on(&stage).await?;
    only_a_start_is_held(&stage, &a, &b).await?;

    // Somebody deletes it: then the policy holds nobody, and the operator makes it again.
    leases(&stage.admin).delete("uplift", &kube::api::DeleteParams::default()).await?;
    let_pass(&stage, &b, "any pod, while there is no Lease,").await?;
    people_go_on(&stage).await?;
    let by_nobody = refusal(leases(&podless).create(&stage::real(), &lease("uplift-b", 60)).await)?;
    let said = by_nobody.context("a token of no pod made the Lease")?;
    ensure!(said.contains("uplift-lease") && said.contains("a token that is bound to no pod, and not uplift-b"), "{said}");
    leases(&b).create(&stage::real(), &lease("uplift-b", 60)).await.context("the operator makes its Lease again")?;
    refused_as(&stage, &a, "is held by the pod uplift-b, and this is the pod uplift-a").await?;
    let_pass(&stage, &b, "the new holder").await?;
    people_go_on(&stage).await?;
    stage.plane.stop().await
}

/// What a deposed pod has still to write down is no start: results and receipts are fenced by their resourceVersion.
async fn only_a_start_is_held(stage: &Stage, holder: &kube::Client, other: &kube::Client) -> Result<()> {
    let first = json!({"upgrade": {"startedAt": "2026-12-15T18:00:02Z"}});
    ensure!(stage.writes_status(holder, &first, &stage::real()).await?.is_none(), "the holder starts");
    let receipt = json!({"version": "2026.11.0", "upgrade": {"startedAt": "2026-12-15T18:00:02Z"}});
    let said = stage.writes_status(other, &receipt, &stage::asked()).await?;
    ensure!(said.is_none(), "{said:?}");
    let again = json!({"upgrade": {"startedAt": "2026-12-15T19:00:00Z"}});
    let said = stage.writes_status(other, &again, &stage::asked()).await?.context("another pod started it anew")?;
    ensure!(said.contains("uplift-leader"), "{said}");
    let ended = json!({"upgrade": null});
    let said = stage.writes_status(other, &ended, &stage::asked()).await?;
    ensure!(said.is_none(), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn a_pod_takes_the_lease_only_from_one_that_has_not_renewed_it() -> Result<()> {
    let stage = Stage::set(&[]).await?;
    let [a, b] = [stage.pod("uplift-a").await?, stage.pod("uplift-b").await?];
    stage.take(&a, "uplift-a", 60).await?;
    refuses(&stage, &b, &lease("uplift-b", 60), "another takes it when that has not renewed it for 60 s").await?;
    refuses(&stage, &b, &lease("uplift-c", 60), "this is the pod uplift-b, and not uplift-c").await?;
    refuses(&stage, &a, &lease("uplift-b", 60), "this is the pod uplift-a, and not uplift-b").await?;
    refuses(&stage, &stage.podless().await?, &lease("uplift-a", 60), "a token that is bound to no pod").await?;
    let forged = stage.forged("uplift-b").await?;
    let said = stage.puts_as("another", &b, forged).await?.context("a forged time took the Lease")?;
    ensure!(said.contains("has not renewed it"), "{said}");

    runs_out(&stage, &a, &b).await?;
    // The one that was cut off writes on: it holds nothing any more, and cannot take it back.
    refuses(&stage, &a, &lease("uplift-a", 60), "the Lease is held by the pod uplift-b").await?;
    refused_as(&stage, &a, "is held by the pod uplift-b, and this is the pod uplift-a").await?;

    // Whoever is ended lets it go, and the next takes it at once. A restart in the same pod finds its own.
    stage.take(&b, "", 60).await?;
    stage.take(&a, "uplift-a", 60).await?;
    stage.take(&a, "uplift-a", 60).await?;
    let_pass(&stage, &a, "who took over").await?;
    stage.plane.stop().await
}

/// The write of a Lease by this pod is refused for this.
async fn refuses(stage: &Stage, pod: &kube::Client, written: &Lease, why: &str) -> Result<()> {
    let said = stage.puts(pod, written.clone()).await?.with_context(|| format!("the Lease was written; expected: {why}"))?;
    ensure!(said.contains("ValidatingAdmissionPolicy 'uplift-lease'") && said.contains(why), "{why} is not in: {said}");
    Ok(())
}

/// Takes it as soon as it is let: not while it lasts, and not long after.
async fn runs_out(stage: &Stage, a: &kube::Client, b: &kube::Client) -> Result<()> {
    let lasts = 6;
    stage.take(a, "uplift-a", lasts).await?;
    let renewed = Instant::now();
    eventually(SOON, "the Lease has run out, and another pod takes it", async || {
        let said = stage.puts(b, lease("uplift-b", lasts)).await?;
        ensure!(said.is_none(), "{said:?}");
        Ok(Some(()))
    })
    .await?;
    let (took, lasts) = (renewed.elapsed(), Duration::from_secs(6));
    // The API server's times are whole seconds, and the policy lets one go.
    ensure!(took + Duration::from_secs(2) > lasts && took < lasts + Duration::from_secs(1), "taken after {took:?}");
    ensure!(holder(&leases(&stage.admin).get("uplift").await?) == "uplift-b");
    Ok(())
}

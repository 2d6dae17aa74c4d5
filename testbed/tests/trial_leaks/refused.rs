//! What a policy refuses: typed with the policies in force, and again without that policy.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use kube::Api;
use kube::api::PostParams;
use serde_json::{Value, json};
use uplift::api::UpgradeTrial;
use uplift_testbed::control_plane::{Output, User, eventually};
use uplift_testbed::process_node::place;

use crate::home::Home;
use crate::row::{Change, Refused};
use crate::world::World;

const SOON: Duration = Duration::from_mins(1);

/// All rows, before any operator runs. Returns a line for each; afterwards these policies are out of force.
pub async fn all(world: &World, rows: &[Refused]) -> Result<Vec<String>> {
    let home = Home::make(world, "typed", &Change::default()).await?;
    let admin = world.plane.admin().await?;
    // Pod Security would be a guard before ours.
    let label = ["label", "namespace", home.namespace(), "--overwrite", "pod-security.kubernetes.io/enforce=privileged"];
    world.plane.kubectl(&admin, &label).await?.ok()?;
    data_come_in(&home).await?;
    let mut lines = vec![];
    for row in rows {
        let done = types(&home, row).await?;
        ensure!(done.code != 0 && done.stderr.contains(&row.policy), "{}: {done:?}", row.name);
    }
    ensure!(home.sinks.heard() == [0; 3], "{:?} bytes came out", home.sinks.heard());
    // The last refuses the operator's own Jobs in the node's network, as which a network that ignores policies is played below.
    for policy in rows.iter().map(|row| row.policy.as_str()).chain(["uplift-operator-jobs"]).collect::<BTreeSet<_>>() {
        world.plane.kubectl(&admin, &["delete", "validatingadmissionpolicybinding", policy]).await?.ok()?;
    }
    for row in rows {
        let before = home.sinks.heard()[1];
        // A policy goes out of force a moment after its binding.
        eventually(SOON, &format!("{} is taken", row.name), async || types(&home, row).await?.ok().map(Some)).await?;
        let then = if let Some(why) = &row.unheard {
            format!("taken ({why})")
        } else {
            let heard = async || Ok(Some(home.sinks.heard()[1]).filter(|heard| *heard > before));
            format!("{} bytes to the webhook", eventually(SOON, "the sink hears it", heard).await? - before)
        };
        lines.push(format!("{:<40} refused by {}; without it: {then}. {}", row.name, row.policy, row.way));
    }
    gone(world, &admin, &home).await?;
    Ok(lines)
}

/// As somebody types it.
async fn types(home: &Home<'_>, row: &Refused) -> Result<Output> {
    let plane = &home.world.plane;
    let user = if row.support { plane.support("sue").await? } else { plane.admin().await? };
    let filled = |text: &str| {
        let text = text.replace("$TRIAL", home.namespace()).replace("$TENANT", &home.tenant);
        text.replace("$SINK", &home.sinks.http.address.replace(':', "/"))
    };
    let words: Vec<_> = row.kubectl.iter().map(|word| filled(word)).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let object = row.object.as_ref().map_or(Ok(String::new()), |object| here(&filled(object)))?;
    plane.kubectl_with_input(&user, &words, &object).await
}

/// Its pod is one of process-node's.
fn here(object: &str) -> Result<String> {
    let mut object: Value = serde_saphyr::from_str(object).context("an object of rows.yaml")?;
    match object["kind"].as_str() {
        Some("Pod") => place(&mut object["spec"]),
        Some("Job" | "Deployment") => place(&mut object["spec"]["template"]["spec"]),
        _ => {}
    }
    Ok(object.to_string())
}

/// A run is on, as the operator would write it down.
async fn data_come_in(home: &Home<'_>) -> Result<()> {
    let own = Api::<UpgradeTrial>::namespaced(home.world.plane.operator().await?.client().await?, home.namespace());
    let mut trial = serde_json::to_value(own.get("trial").await?)?;
    trial["status"] = json!({"observedGeneration": 1, "conditions": [], "request": "2026.12.0", "count": 1, "run": {
        "id": "t3f9a1c2b7d1-1", "version": "2026.12.0", "release": "r-2026-12", "releaseUid": "r", "from": "2026.11.0", "tenantUid": "t",
        "generation": 1, "startedAt": "2026-12-02T09:00:00Z", "workloads": [], "steps": []}});
    own.replace_status("trial", &PostParams::default(), &serde_json::from_value(trial)?).await?;
    Ok(())
}

/// What was taken runs no more.
async fn gone(world: &World, admin: &User, home: &Home<'_>) -> Result<()> {
    let words = ["-n", home.namespace(), "delete", "deployments,jobs,pods,tenantinstances", "--all", "--wait=false"];
    world.plane.kubectl(admin, &words).await?.ok()?;
    world.plane.kubectl(admin, &["-n", &home.tenant, "delete", "upgradetrials", "--all", "--wait=false"]).await?.ok().map(drop)
}

//! `kubectl uplift resume release --skip-ring`: people let a ring pass that has not proved the release (R17).

use anyhow::anyhow;
use kube::Api;
use serde_json::{Value, json};

use super::{
    Context, Failure,
    halted::HAND,
    write::{Writing, edit, follows, full_name, tell},
};
use crate::api::DashboardRelease;

/// Lets the ring pass.
pub async fn let_pass(
    context: &Context,
    releases: &Api<DashboardRelease>,
    name: &str,
    ring: &str,
    writing: Writing,
) -> Result<(), Failure> {
    let done = edit(releases, name, HAND, writing, |release| passing(release, ring)).await?;
    let before = done.before.spec.rollout.proven_rings.iter().any(|known| known == ring);
    let text = if before { format!("ring {ring:?} is let pass already") } else { format!("ring {ring:?} is let pass") };
    tell(context, &done.after, writing, &text)?;
    follows(context, "The rings behind it get dates without its proof. If Git lists spec.rollout.provenRings, add it there too.")
}

fn passing(release: &DashboardRelease, ring: &str) -> Result<Option<Value>, Failure> {
    let rollout = &release.spec.rollout;
    let name = full_name::<DashboardRelease>(release.metadata.name.as_deref().unwrap_or_default());
    let Some(place) = rollout.rings.iter().position(|one| one.name == ring) else {
        let known: Vec<_> = rollout.rings.iter().map(|ring| ring.name.as_str()).collect();
        let known = if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) };
        return Err(Failure::Runtime(anyhow!("{name} has no ring {ring:?}: {known}")));
    };
    if place + 1 == rollout.rings.len() {
        return Err(Failure::Runtime(anyhow!("ring {ring:?} is the last of {name}: nobody waits for its proof")));
    }
    if rollout.proven_rings.iter().any(|known| known == ring) {
        return Ok(None);
    }
    let all: Vec<_> = rollout.proven_rings.iter().map(String::as_str).chain([ring]).collect();
    Ok(Some(json!({"spec": {"rollout": {"provenRings": all}}})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(proven: &Value) -> DashboardRelease {
        let rings = json!([{"name": "canary", "soak": "24h"}, {"name": "early"}, {"name": "general"}]);
        let spec = json!({"version": "2026.12.0", "images": {"web": "x"}, "rollout": {"rings": rings, "provenRings": proven}});
        serde_json::from_value(json!({"metadata": {"name": "dec"}, "spec": spec})).unwrap()
    }

    #[test]
    fn a_ring_joins_those_that_were_let_pass() {
        let body = passing(&release(&json!(["canary"])), "early").unwrap();
        assert_eq!(body, Some(json!({"spec": {"rollout": {"provenRings": ["canary", "early"]}}})));
        assert_eq!(passing(&release(&json!(["canary"])), "canary").unwrap(), None, "nothing to write");
    }

    #[test]
    fn a_ring_that_nobody_waits_for_is_refused_by_name() {
        let told = |ring| match passing(&release(&json!([])), ring) {
            Err(Failure::Runtime(error)) => error.to_string(),
            _ => panic!("{ring} is let pass"),
        };
        assert_eq!(told("canari"), "dashboardrelease.uplift.dev/dec has no ring \"canari\": it has canary, early, general");
        assert_eq!(
            told("general"),
            "ring \"general\" is the last of dashboardrelease.uplift.dev/dec: nobody waits for its proof"
        );
    }
}

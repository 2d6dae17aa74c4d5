//! `kubectl uplift resume release` where failures halted it (R3).

use anyhow::anyhow;
use kube::Api;
use serde_json::{Value, json};

use super::{
    Context, Failure,
    write::{Hand, Writing, edit, follows, full_name, tell},
};
use crate::api::{DashboardRelease, release::Halt};

/// To lift a halt, or to let a ring pass, sends what was stopped to more tenants: it is an edit of the spec.
pub const HAND: Hand = Hand {
    manager: "uplift-suspend",
    takes: "the verbs patch and edit-spec on dashboardreleases.uplift.dev (ClusterRole uplift-platform-engineer)",
};

/// Lets a halted release go on.
pub async fn lift(context: &Context, releases: &Api<DashboardRelease>, name: &str, writing: Writing) -> Result<(), Failure> {
    let done = edit(releases, name, HAND, writing, lifting).await?;
    let text =
        stands(&done.before).map_or_else(|| "is not halted any more".into(), |halt| format!("resumed after {}", named(halt)));
    tell(context, &done.after, writing, &text)?;
    follows(context, "Whoever lost a date to the halt gets a new one, with a new notice. Failures count anew.")
}

/// Only what *becomes* the number of the halt lifts it.
fn lifting(release: &DashboardRelease) -> Result<Option<Value>, Failure> {
    let Some(halt) = stands(release) else { return Ok(None) };
    let said = release.spec.rollout.resumed_halt;
    if said != halt.id {
        return Ok(Some(json!({"spec": {"rollout": {"resumedHalt": halt.id}}})));
    }
    if said != halt.resumed_halt {
        return Ok(None); // the operator is about to see it
    }
    let name = full_name::<DashboardRelease>(release.metadata.name.as_deref().unwrap_or_default());
    Err(Failure::Runtime(anyhow!(
        "spec.rollout.resumedHalt of {name} was {said} before halt {said} came, so that it lifts nothing. Set it to 0, in Git too, and then resume"
    )))
}

/// What is said to who lifts a suspension of a release that is halted too.
pub fn also(release: &DashboardRelease) -> String {
    let said = |halt| format!("It is halted too ({}). The same command once more lets it go on after that.", named(halt));
    stands(release).map(said).unwrap_or_default()
}

/// The halt that stands.
pub fn stands(release: &DashboardRelease) -> Option<&Halt> {
    release.status.as_ref()?.standing_halt()
}

/// `halt 1 of 2026-12-15T18:01:30Z: the upgrades of 2 tenants failed (acme/acme, birch/birch)`.
fn named(halt: &Halt) -> String {
    let more = if halt.failures.len() >= 10 { ", …" } else { "" };
    format!("halt {} of {}: {} ({}{more})", halt.id, halt.at, halt.message, halt.failures.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(said: u32, seen: u32, resumed: &Value) -> DashboardRelease {
        let halt = json!({
            "id": 2, "at": "2026-12-15T18:01:30Z", "reason": "TooManyFailures", "message": "the upgrade of 1 tenant failed",
            "failures": ["acme/acme"], "resumedHalt": seen, "resumedAt": resumed,
        });
        let spec = json!({"version": "2026.12.0", "images": {"web": "x"}, "rollout": {"resumedHalt": said}});
        serde_json::from_value(json!({"metadata": {"name": "dec"}, "spec": spec, "status": {"halt": halt}})).unwrap()
    }

    #[test]
    fn the_number_of_the_halt_that_stands_is_written() {
        assert_eq!(lifting(&release(1, 1, &Value::Null)).unwrap(), Some(json!({"spec": {"rollout": {"resumedHalt": 2}}})));
        assert_eq!(lifting(&release(2, 1, &Value::Null)).unwrap(), None, "the operator is about to see it");
        assert_eq!(lifting(&release(1, 1, &json!("2026-12-16T09:00:00Z"))).unwrap(), None, "nothing is halted any more");
    }

    #[test]
    fn a_number_that_stood_there_before_is_told() {
        let Err(Failure::Runtime(error)) = lifting(&release(2, 2, &Value::Null)) else { panic!("it would lift nothing") };
        assert!(error.to_string().contains("dashboardrelease.uplift.dev/dec was 2 before halt 2 came"), "{error}");
    }

    #[test]
    fn a_halt_is_told_with_who_failed() {
        let release = release(0, 0, &Value::Null);
        let told = named(stands(&release).unwrap());
        assert_eq!(told, "halt 2 of 2026-12-15T18:01:30Z: the upgrade of 1 tenant failed (acme/acme)");
    }
}

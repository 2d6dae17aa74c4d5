//! `kubectl uplift rerun`: run a check by Job again (R1).

use anyhow::anyhow;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::{
    Context, Failure,
    approve::release_named,
    sign_off::check_named,
    write::{Hand, Writing, edit, tell},
};
use crate::api::{
    DashboardRelease,
    release::{Check, CheckRun},
};

const HAND: Hand = Hand {
    manager: "uplift-rerun",
    takes: "the verbs get, list, patch and edit-spec on dashboardreleases.uplift.dev (ClusterRole uplift-platform-engineer)",
};

/// Which check.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The release, by its name or its version.
    release: String,
    /// One of its checks by Job.
    check: String,
    #[command(flatten)]
    writing: Writing,
}

/// Raises the check's attempt.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let releases = Api::all(context.client.clone());
    let name = release_named(&releases, &options.release, HAND).await?;
    let done = edit(&releases, &name, HAND, options.writing, |before| body(before, &options.check).map(Some)).await?;
    let attempt = check_named(&done.after, &options.check)?.attempt();
    tell(context, &done.after, options.writing, &format!("check {} runs again: attempt {attempt}", options.check))
}

/// The list with this check's attempt raised: a merge patch carries a list whole.
fn body(before: &DashboardRelease, check: &str) -> Result<Value, Failure> {
    let attempt = next(before, check)?;
    let raised = |there: &Check| {
        if there.name == check { Check { attempt: Some(attempt), ..there.clone() } } else { there.clone() }
    };
    let checks: Vec<_> = before.spec.acceptance.checks.iter().map(raised).collect();
    Ok(json!({"spec": {"acceptance": {"checks": checks}}}))
}

/// Above what the spec asks for and above what ran: Git may have set the spec back.
fn next(before: &DashboardRelease, check: &str) -> Result<u32, Failure> {
    let wanted = check_named(before, check)?;
    let wrong = |text: &str| Failure::Runtime(anyhow!("check {check:?} of release {} {text}", before.name_any()));
    if wanted.cron_job_ref.is_none() {
        return Err(wrong("is manual; sign it off: kubectl uplift sign-off"));
    }
    let run = before.status.iter().flat_map(|status| &status.checks).find(|run| run.name == check);
    match run {
        Some(CheckRun { result: None, .. }) => Err(wrong("runs; it can be run again once it has ended")),
        Some(run) => Ok(run.attempt.max(wanted.attempt()) + 1),
        None => Err(wrong("has not run yet; it begins by itself, and `kubectl uplift releases` says what it waits for")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(attempt: Option<u32>, ran: Option<(u32, Option<&str>)>) -> DashboardRelease {
        let run = ran.map(|(attempt, result)| {
            json!({"name": "smoke", "attempt": attempt, "job": "a/b", "startedAt": "2026-12-01T00:00:00Z", "result": result})
        });
        serde_json::from_value(json!({
            "metadata": {"name": "r"},
            "spec": {"version": "2026.12.0", "images": {"web": "a"}, "acceptance": {"checks": [
                {"name": "smoke", "cronJobRef": {"name": "smoke"}, "attempt": attempt}, {"name": "platform", "manual": {}}]}},
            "status": {"checks": run.into_iter().collect::<Vec<_>>()},
        }))
        .unwrap()
    }

    #[test]
    fn the_attempt_is_raised_above_what_ran_and_the_rest_stays() {
        let body = body(&release(None, Some((3, Some("Failed")))), "smoke").unwrap();
        let checks = &body["spec"]["acceptance"]["checks"];
        assert_eq!(checks[0], json!({"name": "smoke", "cronJobRef": {"name": "smoke"}, "attempt": 4}));
        assert_eq!(checks[1], json!({"name": "platform", "manual": {}}));
    }

    #[test]
    fn what_runs_is_manual_or_is_not_there_is_refused_in_words() {
        let words = |release: &DashboardRelease, check: &str| match body(release, check) {
            Err(Failure::Runtime(error)) => error.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(words(&release(None, Some((1, None))), "smoke").contains("once it has ended"));
        assert!(words(&release(None, None), "smoke").contains("has not run yet"));
        assert!(words(&release(None, None), "platform").contains("is manual"));
        assert!(words(&release(None, None), "load").contains("it has smoke, platform"));
    }
}

//! `kubectl uplift trial start`: ask for a version, and follow it until people may look (R34).

use std::time::Duration;

use kube::{Api, ResourceExt, runtime::wait::await_condition};
use serde_json::{Value, json};

use super::{
    ask::{self, Which},
    follow,
    of::{ASKS, Named, named, no, trial_of},
    said::{self, Ask},
};
use crate::{
    api::{Duration as Time, TenantInstance, UpgradeTrial, annotations as keys},
    cli::kubectl::{
        Context, Failure,
        write::{Edited, Writing, edit, follows, for_people, read, tell},
    },
};

/// The operator writes within a second of what it sees.
const FORGETS: Duration = Duration::from_secs(5);

/// Of whom, and what.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The tenant, or namespace/tenant.
    tenant: String,
    #[command(flatten)]
    which: Which,
    /// Print each step as it ends, until people may look or it failed. Asked for already, it goes on watching. A dry run does not wait.
    #[arg(long)]
    wait: bool,
    /// How long --wait waits; 0s is without end. The run goes on without you.
    #[arg(long, default_value = "2h", value_name = "TIME")]
    timeout: Time,
    #[command(flatten)]
    writing: Writing,
}

/// Asks for it.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let there = named(context, &options.tenant, ASKS).await?;
    let (trials, trial) = trial_of(context, &there, ASKS).await?;
    let version = ask::which(context, &there, &trial, &options.which).await?;
    let done = write(&there, (&trials, &trial), &version, options.writing).await?;
    let already = if said::asked(&done.before) == said::asked(&done.after) { " already" } else { "" };
    let text = format!("trial of {version} asked for{already}, in namespace {}", trial.namespace().unwrap_or_default());
    let waits = options.wait && !options.writing.dry();
    if for_people(context) || !waits {
        tell(context, &done.after, options.writing, &text)?;
    }
    if !waits {
        return follows(context, "kubectl uplift trial list says how far it is. The same command with --wait follows it.");
    }
    let followed = follow::until_ready(context, (&trials, &trial.name_any()), &version, (&there.key, options.timeout)).await;
    if !for_people(context) {
        tell(context, &read(&trials, &trial.name_any(), ASKS).await?, options.writing, &text)?;
    }
    followed
}

/// Writes the request, so that the operator takes it for a new one.
async fn write(
    there: &Named,
    (trials, trial): (&Api<UpgradeTrial>, &UpgradeTrial),
    version: &str,
    writing: Writing,
) -> Result<Edited<TenantInstance>, Failure> {
    let comes_to = |tenant: &TenantInstance| said::ask(&there.key, tenant, trial, version).map_err(no);
    if comes_to(&there.tenant)? == Ask::WriteWhenForgotten && !writing.dry() {
        forgotten(trials, &trial.name_any()).await?;
    }
    let body = |before: &TenantInstance| Ok((comes_to(before)? != Ask::Already).then(|| annotation(version)));
    edit(&there.api, &there.key.name, ASKS, writing, body).await
}

fn annotation(version: &str) -> Value {
    json!({"metadata": {"annotations": {keys::TRIAL: version}}})
}

/// The same request is no new one before the operator saw that it was away.
async fn forgotten(trials: &Api<UpgradeTrial>, name: &str) -> Result<(), Failure> {
    let is = |trial: Option<&UpgradeTrial>| {
        trial.and_then(|trial| trial.status.as_ref()).is_some_and(|status| status.request.is_none())
    };
    match tokio::time::timeout(FORGETS, await_condition(trials.clone(), name, is)).await {
        Ok(Ok(_)) => Ok(()),
        _ => Err(no(format!(
            "a request was taken away, and the operator did not say within {} s that it saw so: look whether it runs, and ask again",
            FORGETS.as_secs()
        ))),
    }
}

//! `kubectl uplift trial confirm` and `reject`: what people say of a version that they looked at (R34). The API server writes beside it who said so.

use kube::ResourceExt;
use serde_json::json;

use super::{
    of::{ANSWERS, named, no, trial_of},
    said,
};
use crate::{
    api::{UpgradeTrial, annotations as keys, trial::TrialAnswer},
    cli::kubectl::{
        Context, Failure,
        write::{OfTenant, edit, follows, tell},
    },
};

/// The version does.
pub async fn confirm(context: &Context, options: &OfTenant) -> Result<(), Failure> {
    answer(context, options, TrialAnswer::Confirmed).await
}

/// It does not.
pub async fn reject(context: &Context, options: &OfTenant) -> Result<(), Failure> {
    answer(context, options, TrialAnswer::Rejected).await
}

async fn answer(context: &Context, options: &OfTenant, said: TrialAnswer) -> Result<(), Failure> {
    let there = named(context, &options.tenant, ANSWERS).await?;
    let (trials, trial) = trial_of(context, &there, ANSWERS).await?;
    let body = |before: &UpgradeTrial| {
        let write = said::may_answer(&there.key, before, said).map_err(no)?;
        Ok(write.then(|| json!({"metadata": {"annotations": {keys::TRIAL_ANSWER: said::word(said)}}})))
    };
    let done = edit(&trials, &trial.name_any(), ANSWERS, options.writing, body).await?;
    let already = if said::answer(&done.before).is_some() { " already" } else { "" };
    let run = done.after.status.as_ref().and_then(|status| status.run.as_ref());
    let version = run.map(|run| run.version.as_str()).unwrap_or_default();
    let text = format!("{}{already}: {version} on the data of {}", said::word(said).to_lowercase(), there.key);
    tell(context, &done.after, options.writing, &text)?;
    follows(
        context,
        &format!(
            "The run is over: its workloads go to zero, and its data are cleaned. For another one: kubectl uplift trial end {}, then start.",
            there.key
        ),
    )
}

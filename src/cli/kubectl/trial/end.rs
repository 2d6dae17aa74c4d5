//! `kubectl uplift trial end`: take back what was asked for, and an answer that was heard (R34).

use kube::ResourceExt;
use serde_json::json;

use super::{
    of::{ANSWERS, ASKS, named, trial_of},
    said,
};
use crate::{
    api::annotations as keys,
    cli::kubectl::{
        Context, Failure,
        write::{OfTenant, edit, follows, tell},
    },
};

/// Takes the request away, also where there is no trial that would hear of it.
pub async fn run(context: &Context, options: &OfTenant) -> Result<(), Failure> {
    let there = named(context, &options.tenant, ASKS).await?;
    let gone = json!({"metadata": {"annotations": {keys::TRIAL: null}}});
    let body = |before: &_| Ok(said::asked(before).map(|_| gone.clone()));
    let done = edit(&there.api, &there.key.name, ASKS, options.writing, body).await?;
    let text = match said::asked(&done.before) {
        Some(version) => format!("trial of {version} is not asked for any more"),
        None => "no trial was asked for".into(),
    };
    tell(context, &done.after, options.writing, &text)?;
    let (trials, trial) = match trial_of(context, &there, ASKS).await {
        Ok(found) => found,
        Err(Failure::Runtime(why)) => return follows(context, &format!("{why:#}")),
        Err(other) => return Err(other),
    };
    follows(context, &said::after_the_end(Some(&trial)))?;
    if !said::answer_is_done_with(&trial) {
        return Ok(());
    }
    let gone = json!({"metadata": {"annotations": {keys::TRIAL_ANSWER: null}}});
    let body = |before: &_| Ok(said::answer_is_done_with(before).then(|| gone.clone()));
    let done = edit(&trials, &trial.name_any(), ANSWERS, options.writing, body).await?;
    let answer = said::answer(&done.before).unwrap_or_default();
    follows(context, &format!("The answer {answer} of that run is taken away too."))
}

//! What is said of a trial, and what that comes to: by what stands on tenant and trial alone. Pure.

use kube::ResourceExt;

use crate::{
    api::{
        TenantInstance, UpgradeTrial, UpgradeTrialStatus, Version, annotations as keys,
        condition::{self, CLEANED, READY},
        trial::{Purpose, TrialAnswer, TrialEnd, TrialRun},
    },
    fleet::TenantKey,
};

/// The namespace that a tenant names for its trial.
pub fn namespace<'t>(key: &TenantKey, tenant: &'t TenantInstance) -> Result<&'t str, String> {
    let named = tenant.spec.trials.as_ref().map(|trials| trials.namespace.as_str());
    named.ok_or_else(|| {
        format!(
            "tenant {key} names no namespace for a trial. The platform makes one, and writes it into its spec.trials.namespace (docs/how-to/trials.md)"
        )
    })
}

/// The one trial of this tenant among those of the namespace.
pub fn only(key: &TenantKey, namespace: &str, there: Vec<UpgradeTrial>) -> Result<UpgradeTrial, String> {
    let is = |trial: &UpgradeTrial| trial.spec.tenant_ref.namespace == key.namespace && trial.spec.tenant_ref.name == key.name;
    let others: Vec<_> = there
        .iter()
        .filter(|trial| !is(trial))
        .map(|trial| format!("{} of {}", trial.name_any(), trial.spec.tenant_ref))
        .collect();
    let mut ours = there.into_iter().filter(is);
    let names = format!("tenant {key} names namespace {namespace} for its trial, and");
    match (ours.next(), ours.next(), &others[..]) {
        (Some(trial), None, []) => Ok(trial),
        (None, ..) if others.is_empty() => Err(format!(
            "{names} there is no UpgradeTrial. Create one whose spec.tenantRef names {key}, or correct spec.trials.namespace"
        )),
        (None, ..) => Err(format!("{names} what is there is of another tenant: {}. Correct one of the two", others.join(", "))),
        _ => Err(format!("{names} more than one UpgradeTrial is there. A namespace is one trial's alone: delete the others")),
    }
}

/// What a request comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Ask {
    /// It is to be written.
    Write,
    /// It is to be written once the operator has forgotten the same one that was taken away.
    WriteWhenForgotten,
    /// It stands already, and has its run, or waits for it.
    Already,
}

/// Whether this version can be asked for now; if not, what to do first.
pub fn ask(key: &TenantKey, tenant: &TenantInstance, trial: &UpgradeTrial, version: &str) -> Result<Ask, String> {
    let (status, asked) = (trial.status.clone().unwrap_or_default(), asked(tenant));
    let same = asked.is_some_and(|asked| means(asked, version));
    let end = format!("kubectl uplift trial end {key}");
    if tenant.spec.is_never_tried() {
        return Err(format!(
            "spec.trials.policy of tenant {key} is None: nothing of it is tried. The platform sets it to Optional or Required"
        ));
    }
    if let Some(run) = &status.run {
        let on = &run.version;
        return match &run.ended {
            Some(_) => Err(format!(
                "the run of {on} is over, and not cleaned yet: {}. Then take what asked for it away ({end}), and ask again",
                message(&status, CLEANED)
            )),
            None if same && means(version, on) => Ok(Ask::Already),
            // Whoever asks for what the policy tries gets that run.
            None if is_required(run) && means(version, on) => Ok(Ask::Write),
            None if is_required(run) => Err(format!(
                "a run of {on} is on, since spec.trials.policy of the tenant is Required. It ends by an answer once people can look (kubectl uplift trial confirm {key}, or reject), or when its time is over"
            )),
            None => Err(format!("a run of {on} is on. It ends first: {end}")),
        };
    }
    let had_its_run = asked.is_some() && asked == status.request.as_deref();
    match answer(trial) {
        _ if same && had_its_run => Err(format!("{}. Take that away, and ask again: {end}", had(&status, version))),
        Some(answer) => Err(format!(
            "the answer {answer} of the run before still stands on upgradetrial {} in namespace {}. Take it away, and ask again: {end}",
            trial.name_any(),
            trial.namespace().unwrap_or_default()
        )),
        None if same => Ok(Ask::Already),
        None if asked.is_some() && !had_its_run => Err(format!(
            "version {} is asked for already, and waits: {}. Take that away first: {end}",
            asked.unwrap_or_default(),
            message(&status, READY)
        )),
        None if asked.is_none() && status.request.is_some() => Ok(Ask::WriteWhenForgotten),
        None => Ok(Ask::Write),
    }
}

/// Whether the policy asks for a run: then nothing that people take back ends it.
fn is_required(run: &TrialRun) -> bool {
    run.purpose == Purpose::Required
}

fn had(status: &UpgradeTrialStatus, version: &str) -> String {
    let came = status.runs.first().map(|last| format!(": {}, {}", verdict(&last.end), last.end.message)).unwrap_or_default();
    format!("the request of {version} that stands had its run{came}")
}

/// `Passed`, or with what people said: `Passed, Confirmed`.
pub fn verdict(end: &TrialEnd) -> String {
    let answer = end.answer.map(|answer| format!(", {}", word(answer))).unwrap_or_default();
    format!("{:?}{answer}", end.verdict)
}

/// As it is written.
pub fn word(answer: TrialAnswer) -> &'static str {
    match answer {
        TrialAnswer::Confirmed => "Confirmed",
        TrialAnswer::Rejected => "Rejected",
    }
}

/// Whether an answer is to be written; if it cannot be one, what to do.
pub fn may_answer(key: &TenantKey, trial: &UpgradeTrial, said: TrialAnswer) -> Result<bool, String> {
    let run = trial.status.as_ref().and_then(|status| status.run.as_ref());
    let none =
        || format!("no run of a trial of {key} is on that could be answered. Ask for one: kubectl uplift trial start {key}");
    let run = run.ok_or_else(none)?;
    if let Some(end) = &run.ended {
        return match end.answer {
            Some(before) if before == said => Ok(false),
            _ => Err(format!("the run of {} is over ({}): {}", run.version, verdict(end), end.message)),
        };
    }
    match answer(trial) {
        Some(before) if before == word(said) => Ok(false),
        Some(before) => Err(format!("the run of {} was answered already: {before}", run.version)),
        None if run.ready_at.is_none() => {
            let stands = trial.status.as_ref().map(|status| message(status, condition::AVAILABLE)).unwrap_or_default();
            let then = if is_required(run) {
                "spec.trials.policy of the tenant is Required, so it goes on".to_owned()
            } else {
                format!("To give it up: kubectl uplift trial end {key}")
            };
            Err(format!("nobody can look at {} yet: {stands}. {then}", run.version))
        }
        None => Ok(true),
    }
}

/// What follows where a request is taken away.
pub fn after_the_end(trial: Option<&UpgradeTrial>) -> String {
    let status = trial.and_then(|trial| trial.status.as_ref());
    match status.and_then(|status| status.run.as_ref()) {
        Some(run) if run.ended.is_none() && is_required(run) => format!(
            "The run of {} goes on, since spec.trials.policy of the tenant is Required. It ends by an answer (kubectl uplift trial confirm, or reject), or when its time is over.",
            run.version
        ),
        Some(run) if run.ended.is_none() => format!(
            "The run of {} ends: its workloads go to zero, and its data are cleaned. kubectl uplift trial list says when nothing is left.",
            run.version
        ),
        Some(run) => format!("The run of {} is over, and is being cleaned.", run.version),
        None => "No run is on. Another one may be asked for.".into(),
    }
}

/// Whether the answer that stands may be taken away: never one that the operator has not written down.
pub fn answer_is_done_with(trial: &UpgradeTrial) -> bool {
    let on = trial.status.as_ref().and_then(|status| status.run.as_ref()).is_some_and(|run| run.ended.is_none());
    answer(trial).is_some() && !on
}

/// What stands as the request.
pub fn asked(tenant: &TenantInstance) -> Option<&str> {
    tenant.annotations().get(keys::TRIAL).map(String::as_str)
}

/// What stands as the answer.
pub fn answer(trial: &UpgradeTrial) -> Option<&str> {
    trial.annotations().get(keys::TRIAL_ANSWER).map(String::as_str)
}

/// Whether two texts are one version: `2026.12` is `2026.12.0`.
pub fn means(one: &str, other: &str) -> bool {
    one.parse::<Version>().map_or(one == other, |one| one.is(other))
}

fn message(status: &UpgradeTrialStatus, kind: &str) -> String {
    let said = condition::get(&status.conditions, kind).map(|said| said.message.clone());
    said.unwrap_or_else(|| "the operator has not looked at it yet".into())
}

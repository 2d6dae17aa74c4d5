//! Rule R37: where trials are required, nothing goes to a version that has not passed one, or that people rejected.

use crate::{
    api::{
        UpgradeTrialStatus,
        condition::{self, READY},
        reason::Reason,
        tenant::Holds,
        trial::{Purpose, TrialRun},
    },
    fleet::{Trial, TrialKey, View},
    plan::{
        gates::{Case, time_left::starts_end},
        output::hold::{Gate, Hold},
        pass::wake::later,
        record::evidence::{Evidence, Of, Proof, made_of},
    },
};

/// Within that a run that is over is cleaned, where nothing is in the way; in seconds.
const SOON: i64 = 3600;

/// Without a date it holds that, too: a customer is told of none that a trial may still take away. What comes up after the announcement holds the
/// start only, as an issue does (R31).
pub fn trial(case: Case) -> Option<Hold> {
    if !case.spec.must_be_tried() {
        return None;
    }
    let hold = held(case)?;
    let Some(end) = starts_end(case) else { return Some(hold) };
    let waiting = hold.waiting && hold.until.is_some_and(|until| until < end);
    Some(Hold { holds: Holds::Start, waiting, ..hold })
}

fn held(case: Case) -> Option<Hold> {
    let release = case.release()?;
    let (to, running) = (release.version, case.running.as_ref().ok());
    let Some((key, trial)) = named(case) else { return missing(case) };
    let Ok(status) = &trial.status else {
        return Some(pending(format!("the status of UpgradeTrial {key} does not parse")));
    };
    let of = Of { tenant_uid: &case.tenant.meta.uid, release_uid: release.uid };
    let now = made_of(case.spec, release.spec);
    let newest = of.newest(status).map(|newest| (newest, newest.proves(running, to, &now)));
    match (newest, of.on(status)) {
        (Some((_, Proof::Passed)), _) => None,
        (_, Some(run)) => Some(is_on(run)),
        (Some((newest, proof)), None) => Some(disproved(case, key, &newest, proof)),
        (None, None) => Some(not_begun(case, key, status)),
    }
}

/// The trial of the tenant, if both sides name each other.
fn named<'p>(case: Case<'p, '_>) -> Option<(&'p TrialKey, &'p Trial)> {
    let trials = case.spec.trials.as_ref()?;
    case.pass.fleet.trials_in(&trials.namespace).find(|(_, trial)| trial.tenant().as_ref() == Some(case.key))
}

fn pending(message: impl Into<String>) -> Hold {
    Hold::slot(Gate::Trial, Reason::TrialPending, message)
}

/// Who may not read trials believes what the operator has said.
fn missing(case: Case) -> Option<Hold> {
    if !case.pass.fleet.views.0.contains_key(&View::Trials) {
        let said = case.status.blockers.iter().find(|blocker| blocker.gate == Gate::Trial.name())?;
        return Some(Hold::slot(Gate::Trial, said.reason.known()?, said.message.clone()));
    }
    let namespace = case.spec.trials.as_ref().map(|trials| trials.namespace.as_str()).unwrap_or_default();
    Some(pending(format!(
        "spec.trials.policy is Required, and no UpgradeTrial that names this tenant is in namespace {namespace:?}; create one there, or correct spec.trials"
    )))
}

/// Time lifts it: people answer, or say nothing until then.
fn is_on(run: &TrialRun) -> Hold {
    let version = &run.version;
    let message = match run.expires_at {
        Some(until) => {
            format!("version {version} is tried on a copy until {until}; it counts once that is over, unless somebody rejects it")
        }
        None => format!("version {version} is made ready to be tried on a copy"),
    };
    Hold { waiting: true, until: run.expires_at, ..pending(message) }
}

/// What a trial says of itself may name others, and a tenant's status never does (I20).
fn disproved(case: Case, key: &TrialKey, newest: &Evidence, proof: Proof) -> Hold {
    let to = &case.upgrade.to;
    let (reason, what) = match proof {
        Proof::Rejected => (Reason::TrialRejected, "people rejected it".to_owned()),
        Proof::Stale => {
            let what = format!(
                "it was of version {} with the workloads and hooks of that time, and production has others now",
                newest.from
            );
            (Reason::TrialStale, what)
        }
        Proof::Failed | Proof::Passed => {
            (Reason::TrialFailed, format!("it failed ({}), and UpgradeTrial {key} says why", newest.end.reason))
        }
    };
    let again = format!("for another one set the annotation uplift.dev/trial={to} anew");
    let again = if proof == Proof::Rejected { again } else { format!("{again}, or edit the spec of UpgradeTrial {key}") };
    Hold::slot(Gate::Trial, reason, format!("the trial of {to} does not count: {what}; {again}"))
}

/// It begins by itself, unless the trial waits for people.
fn not_begun(case: Case, key: &TrialKey, status: &UpgradeTrialStatus) -> Hold {
    let to = &case.upgrade.to;
    if let Some(run) = &status.run {
        return not_over(case, key, run);
    }
    let held = condition::reason(&status.conditions, READY).filter(|reason| *reason != Reason::Valid);
    let Some(reason) = held else {
        return Hold { waiting: true, ..pending(format!("version {to} is tried on a copy first; the run begins at once")) };
    };
    let waiting = matches!(reason, Reason::StaleView | Reason::Upgrading);
    let message = format!("no trial of {to} begins ({reason}); UpgradeTrial {key} says what to do");
    Hold { waiting, ..pending(message) }
}

/// The run of another version is mere waiting only while it is about to be cleaned: what people asked for may stand for weeks, and what keeps its data
/// from being cleaned they have to mend.
fn not_over(case: Case, key: &TrialKey, run: &TrialRun) -> Hold {
    let (to, version) = (&case.upgrade.to, &run.version);
    let soon = run.ended.as_ref().map(|end| later(end.at, SOON));
    let held = run.clean.as_ref().is_some_and(|clean| clean.reason.is_some());
    let waiting = soon.map_or(run.purpose == Purpose::Required, |soon| !held && case.pass.now < soon);
    let message = format!(
        "version {to} is tried on a copy once the run of {version} in UpgradeTrial {key} is over and cleaned; its conditions say how far it is"
    );
    Hold { waiting, until: soon.filter(|_| waiting), ..pending(message) }
}

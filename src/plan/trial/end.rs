//! R34: what ends a run from outside: an answer, its time, an edit, a tenant that is gone or says no more.

use crate::{
    api::{
        TenantInstanceSpec,
        reason::Reason,
        trial::{Purpose, TrialAnswer, TrialEnd, TrialRun, TrialVerdict},
    },
    plan::{
        output::held::Held,
        trial::{
            admit, asked, step,
            turn::{Turn, ended},
            workload,
        },
    },
};

/// What ends this run now, if something does.
pub fn found(turn: &mut Turn, run: &TrialRun) -> Option<TrialEnd> {
    broken(turn, run).or_else(|| answered(turn, run)).or_else(|| withdrawn(turn, run)).or_else(|| expired(turn, run))
}

/// What it was made of is not there any more.
fn broken(turn: &Turn, run: &TrialRun) -> Option<TrialEnd> {
    let fails = |reason, message: String| Some(ended(turn, TrialVerdict::Failed, reason, message));
    let tenant = turn.tenant().filter(|_| turn.trial.meta.generation == run.generation);
    let Some(tenant) = tenant else {
        return fails(Reason::TrialEdited, "the spec of the trial was edited while a run was on; ask for another run".into());
    };
    let known = turn.fleet.tenants.get(&tenant).filter(|known| known.meta.uid == run.tenant_uid);
    let Some(known) = known else { return fails(Reason::TenantDeleted, format!("TenantInstance {tenant} was deleted")) };
    if let Err(held) = admit::named(turn.key, &tenant, known) {
        return fails(held.reason, held.message);
    }
    if let Err(held) = admit::namespace(turn.fleet, turn.key) {
        return fails(held.reason, held.message);
    }
    fails(Reason::TrialWorkloadsRun, workload::started_early(turn, run)?)
}

/// People say what they think of it.
fn answered(turn: &mut Turn, run: &TrialRun) -> Option<TrialEnd> {
    let said = turn.trial.answer.as_deref()?;
    let (answer, reason) = match said {
        "Confirmed" => (TrialAnswer::Confirmed, Reason::Confirmed),
        "Rejected" => (TrialAnswer::Rejected, Reason::Rejected),
        other => {
            let message = format!(
                "the annotation uplift.dev/trial-answer of UpgradeTrial {} is {other:?}; write Confirmed or Rejected",
                turn.key
            );
            turn.held = Some(Held::new(Reason::InvalidTrialAnswer, message));
            return None;
        }
    };
    let early = if run.ready_at.is_some() { "" } else { " before it was ready" };
    let end = ended(turn, verdict(run), reason, format!("answered by uplift.dev/trial-answer={said}{early}"));
    Some(TrialEnd { answer: Some(answer), ..end })
}

/// The tenant asks for it no more. A run that its policy asked for has no annotation that ends it.
fn withdrawn(turn: &Turn, run: &TrialRun) -> Option<TrialEnd> {
    let tenant = turn.fleet.tenants.get(&turn.tenant()?)?;
    let message = match run.purpose {
        _ if tenant.spec.as_ref().is_ok_and(TenantInstanceSpec::is_never_tried) => {
            "spec.trials.policy of the tenant is None by now".into()
        }
        Purpose::Trial if tenant.trial.as_deref() == turn.seen.request.as_deref() => return None,
        Purpose::Trial => "the tenant's annotation uplift.dev/trial does not ask for it any more".into(),
        Purpose::Required => format!("the tenant is to be upgraded to {} instead", asked::other_target(tenant, run)?),
    };
    Some(ended(turn, verdict(run), Reason::TrialWithdrawn, message))
}

/// Its time is over. One that never got ready does not stand for ever either: data are there.
fn expired(turn: &mut Turn, run: &TrialRun) -> Option<TrialEnd> {
    let until = run.expires_at.unwrap_or_else(|| step::until(turn, run.started_at));
    if turn.now < until {
        turn.wake_at(until);
        return None;
    }
    let message = match run.ready_at {
        Some(_) => format!("nobody answered until {until}"),
        None => format!("it was not ready until {until}"),
    };
    Some(ended(turn, verdict(run), Reason::TrialExpired, message))
}

/// It passed if people could look at it.
fn verdict(run: &TrialRun) -> TrialVerdict {
    if run.ready_at.is_some() { TrialVerdict::Passed } else { TrialVerdict::Failed }
}

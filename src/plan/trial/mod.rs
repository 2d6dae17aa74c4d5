//! Rules R34 to R37: a trial is asked for, made ready, and emptied again. Each step is one status write, then one effect with a name that it always
//! has: a restart goes on where it was.
//!
//! Nothing here reads or writes a workload of a tenant's own namespace: what is tried is a copy.

mod admit;
mod asked;
mod clean;
mod end;
mod job;
mod orphan;
mod prove;
mod release;
mod say;
mod step;
mod steps;
pub mod tell;
mod turn;
mod workload;

use crate::{
    api::UpgradeTrialStatus,
    fleet::{Effect, Fleet, ObjectKey, TrialKey},
    plan::{output::Plan, pass::Pass, status::write::readable},
};
use turn::Turn;

/// The turn of every trial, and what is told of those that are not there.
pub fn trials(pass: &mut Pass, plan: &mut Plan) {
    let fleet = pass.fleet;
    let mut running = fleet.trials.iter().filter(|(key, trial)| is_on(fleet, key, trial.status.as_ref().ok())).count();
    for (key, trial) in &fleet.trials {
        let Some(seen) = readable(&trial.status, ObjectKey::Trial(key.clone()), &trial.meta, plan) else { continue };
        let mut turn = Turn::new(fleet, pass.now, (key, trial), seen);
        take(&mut turn, running);
        running += usize::from(seen.run.is_none() && turn.status.run.is_some());
        turn.end(pass, plan);
    }
    orphan::stop(fleet, plan);
    orphan::tell(fleet, plan);
}

fn take(turn: &mut Turn, running: usize) {
    match turn.status.run.clone() {
        None => admit::take(turn, running),
        Some(run) if run.ended.is_some() => clean::go_on(turn, &run),
        Some(run) if let Some(end) = end::found(turn, &run) => turn.ends(end),
        Some(run) => {
            asked::serve(turn, &run);
            prove::go_on(turn, &run);
            step::go_on(turn, &run);
        }
    }
    say::all(turn);
    turn.tell_what_waits();
}

/// Whether it counts as running: what was sent is a fact. One whose status does not parse may hold data.
fn is_on(fleet: &Fleet, key: &TrialKey, seen: Option<&UpgradeTrialStatus>) -> bool {
    let sent = fleet.outstanding.get(&ObjectKey::Trial(key.clone())).is_some_and(|sent| match &sent.effect {
        Effect::TrialStatus(status) => status.run.is_some(),
        _ => false,
    });
    sent || seen.is_none_or(|status| status.run.is_some())
}

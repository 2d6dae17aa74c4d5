//! Rules R21 and R22: how a workload comes up, and when it does not.

use jiff::Timestamp;

use crate::{
    api::{annotations::Intent, reasons, tenant::Step},
    fleet::Workload,
    plan::{
        pass::{Pass, wake::later},
        upgrade::progress::Progress,
    },
};

/// Follows a workload whose images were set.
pub fn follow(pass: &mut Pass, workload: &Workload, intent: &Intent, step: &Step) -> Progress {
    if let Some((name, by)) = taken_over(workload, intent) {
        let message = format!("container {name:?} got another image by {by:?} while the upgrade ran");
        return Progress::Failed(reasons::OWNERSHIP_CONFLICT, message);
    }
    if workload.rolled_out() {
        return Progress::Done;
    }
    if let Some(message) = workload.deadline_exceeded.as_ref().filter(|_| workload.settled()) {
        return Progress::Failed(reasons::PROGRESS_DEADLINE_EXCEEDED, message.clone());
    }
    let deadline = deadline(workload, step);
    if pass.now >= deadline {
        let message = format!("the rollout did not end until {deadline}");
        return Progress::Failed(reasons::DEADLINE_EXCEEDED, message);
    }
    pass.wake.at(deadline);
    Progress::ComingUp
}

pub fn taken_over<'w>(workload: &'w Workload, intent: &'w Intent) -> Option<(&'w str, &'w str)> {
    workload.containers.iter().find_map(|c| {
        let set = intent.images.get(&c.name)?;
        (*set != c.image).then(|| (c.name.as_str(), c.image_manager.as_deref().unwrap_or("unknown")))
    })
}

/// Our own deadline, for a controller that reports none: twice the Deployment's own, and a minute.
pub fn deadline(workload: &Workload, step: &Step) -> Timestamp {
    later(step.at, 2 * workload.progress_deadline + 60)
}

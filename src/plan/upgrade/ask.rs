//! R19: before an upgrade starts, the API server is asked whether it takes the Jobs of its hooks and probes.

use crate::{
    api::tenant::{Upgrade, UpgradeJob},
    fleet::{JobKey, ObjectKey},
    plan::{
        jobs::{
            Wanted,
            ask::{Longest, ask, due},
            steps,
        },
        output::{Class, Write},
        pass::Pass,
        record::draft::Draft,
    },
};

/// Asks of each CronJob, once in a pass for all tenants of a namespace, and of some at a time: the next pass asks on. From when a release is
/// planned on, so that there is time to mend what is wrong.
pub fn asks<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>) -> Vec<Write> {
    let Some(upgrade) = draft.status.upgrade.as_ref().filter(|_| !draft.in_flight()) else { return vec![] };
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else { return vec![] };
    let (images, uid) = (&release.spec.images, release.uid);
    let jobs = steps::of(draft.spec, release.spec);
    let id = upgrade.id.as_ref().map_or_else(|| uid.to_owned(), ToString::to_string);
    let (class, longest) = urgency(pass, upgrade);
    let fleet = pass.fleet;
    let wanted = |job: &UpgradeJob, step: &str| {
        let wanted = Wanted {
            namespace: &draft.key.namespace,
            cron_job: &job.cron_job,
            owner: ObjectKey::Tenant(draft.key.clone()),
            owner_uid: &draft.tenant.meta.uid,
            id: &id,
            step,
            attempt: job.attempt,
            deadline: job.timeout.as_secs(),
            version: &upgrade.to,
            images,
            upgrade: Some((&draft.key.name, &upgrade.from)),
            backup: None,
        };
        ask(fleet, &wanted, uid)
    };
    let mut writes = vec![];
    for job in &jobs {
        let from = JobKey::new(&draft.key.namespace, &job.cron_job);
        let Some(due) = due(fleet, &from, uid, longest) else { continue };
        if due > pass.now {
            pass.wake.at(due);
        } else if pass.asks(from, uid) {
            let change = wanted(job, &job.step());
            writes.extend(change.map(|change| Write::new(change, &draft.tenant.meta, class, vec![])));
        }
    }
    writes
}

/// In an open slot somebody waits for the answer; but not before results, and what stops an upgrade.
fn urgency(pass: &Pass, upgrade: &Upgrade) -> (Class, Longest) {
    match &upgrade.slot {
        Some(slot) if slot.opens_at <= pass.now => (Class::Receipt, Longest::Open),
        Some(_) => (Class::Rest, Longest::Announced),
        None => (Class::Rest, Longest::Planned),
    }
}

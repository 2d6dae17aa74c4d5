//! I2, I11 and I12, of hooks and probes (R19): no Job of an upgrade without its committed start; each after what comes before it, and
//! tried again only where its hook says so; no image before the backup and the hooks before it, nor after one after it has begun; none goes back
//! once a hook that may change data has begun, unless the data are back; and no success without all of them, and with probes that agree.
//!
//! What is asked for is read off the manifests at the start, what was done off the Jobs; nothing is taken from the operator's record but
//! what its probes measured, and that is compared with what the Jobs wrote.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    i6_success::is_done,
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    steps::{Asked, RESTORE, agrees, asks, goes_back},
    verdict::Verdict,
};

/// Whether a tenant's status says that this Job succeeded.
fn is_written(past: &Past, job: &Object) -> bool {
    let says =
        |run: &Value| job.name.split_once('/').is_some_and(|(_, name)| run["job"] == *name) && run["result"] == "Succeeded";
    let theirs =
        |tenant: &Object| tenant.namespace() == job.namespace() && list(&tenant.status("upgrade")["jobs"]).iter().any(says);
    past.all(Kind::Tenant).any(theirs)
}

/// What became of one try of a step.
#[derive(Clone, Debug, Default)]
struct Try {
    completed: bool,
    /// It failed, or is gone.
    lost: bool,
    message: String,
}

#[derive(Default)]
pub struct Steps {
    leeway: Leeway,
    /// Upgrade id to what the manifests may have asked for at its start: a release that was edited just then may be either.
    asked: BTreeMap<String, Vec<Vec<Asked>>>,
    /// Upgrade id to the tries of its steps.
    jobs: BTreeMap<String, BTreeMap<String, BTreeMap<u64, Try>>>,
}

impl Steps {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        if let Some((tenant, up)) = record.start() {
            let lists = asks(past, record, self.leeway, (tenant, up));
            self.asked.insert(text(&up["id"]).to_owned(), lists);
        }
        match &record.what {
            What::Write(None, job) if job.kind == Kind::Job => self.made(past, record, job, verdict),
            What::Edit(Some(before), None) if before.kind == Kind::Job => {
                // Deleted before its result was written down, one that succeeded is as lost as one that ran (R26).
                let written = is_written(past, before);
                self.note(before, |one| one.lost |= !(one.completed && written));
            }
            What::Edit(_, Some(job)) if job.kind == Kind::Job => {
                let message = text(job.status("message")).to_owned();
                self.note(job, |one| {
                    (one.completed, one.lost) = (job.completed(), one.lost || job.ended() && !job.completed());
                    one.message = message;
                });
            }
            What::Write(Some(before), after) if after.kind == Kind::Workload && before.images() != after.images() => {
                self.images(after, verdict);
            }
            What::Write(Some(before), after) if after.kind == Kind::Tenant => self.ends(before, after, verdict),
            _ => {}
        }
    }

    fn note(&mut self, job: &Object, change: impl FnOnce(&mut Try)) {
        let (id, step, attempt) = job.run();
        let steps = self.jobs.entry(id.to_owned()).or_default();
        change(steps.entry(step.to_owned()).or_default().entry(attempt).or_default());
    }

    /// Whether this one is fine by one of the lists; else what is wrong by the first.
    fn by(&self, id: &str, wrong: impl Fn(&[Asked]) -> Option<String>) -> Option<String> {
        let lists = self.asked.get(id)?;
        let found: Vec<_> = lists.iter().map(|list| wrong(list)).collect();
        found.iter().all(Option::is_some).then(|| found.into_iter().flatten().next()).flatten()
    }

    fn completed(&self, id: &str, step: &str) -> bool {
        self.jobs.get(id).and_then(|steps| steps.get(step)).is_some_and(|tries| tries.values().any(|one| one.completed))
    }

    fn begun(&self, id: &str, step: &str) -> bool {
        self.jobs.get(id).is_some_and(|steps| steps.contains_key(step))
    }

    fn made(&mut self, past: &Past, record: &Record, job: &Object, verdict: &mut Verdict) {
        let (id, step, attempt) = job.run();
        if past.ever(Kind::Release).any(|release| release.uid == id) {
            return; // a check of a release
        }
        let since = self.leeway.since(record.from);
        let starts =
            |tenant: &&Object| tenant.namespace() == job.namespace() && tenant.started().is_some_and(|up| text(&up["id"]) == id);
        let tenant = past.all_since(Kind::Tenant, since).find(starts);
        verdict.note("I2", tenant.is_none().then(|| format!("{job} was made for {id} without a committed start of its tenant")));
        if goes_back(step) {
            return self.note(job, |_| {}); // I12, of data
        }
        let wrong = self.by(id, |list| self.too_early(id, step, attempt, list));
        verdict.note("I12", wrong.map(|wrong| format!("{job}, {step} of {id}, was made although {wrong}")));
        let first_after = |list: &[Asked]| list.iter().find(|one| one.after).is_some_and(|one| one.step == step);
        let first = attempt == 1 && self.asked.get(id).is_some_and(|lists| lists.iter().any(|list| first_after(list)));
        if let Some(tenant) = tenant.filter(|_| first) {
            for name in tenant.workloads() {
                let ill = past.wrong_since(Kind::Workload, &name, since, |seen| (!seen.is_some_and(is_done)).then_some(()));
                verdict.note("I12", ill.map(|()| format!("{job} was made although {name} is not done")));
            }
        }
        self.note(job, |_| {});
    }

    fn too_early(&self, id: &str, step: &str, attempt: u64, list: &[Asked]) -> Option<String> {
        let Some(nth) = list.iter().position(|one| one.step == step) else { return Some("no manifest asked for it".into()) };
        let open = list[..nth].iter().find(|one| !self.completed(id, &one.step));
        if let Some(open) = open {
            return Some(format!("{} is not done", open.step));
        }
        if attempt > list[nth].tries {
            return Some(format!("it may be tried {} times only", list[nth].tries));
        }
        let tries = self.jobs.get(id).and_then(|steps| steps.get(step));
        let before = tries.and_then(|tries| tries.get(&attempt.checked_sub(1)?));
        (attempt > 1 && !before.is_some_and(|one| one.lost)).then(|| "the try before it is not over".into())
    }

    fn images(&self, workload: &Object, verdict: &mut Verdict) {
        let id = workload.intent();
        if workload.is_rollback() {
            if self.completed(&id, RESTORE) {
                return;
            }
            let risky = |list: &[Asked]| {
                list.iter().find(|one| one.changes_data && self.begun(&id, &one.step)).map(|one| one.step.clone())
            };
            let wrong = self.by(&id, risky);
            verdict.note("I12", wrong.map(|step| format!("{workload} goes back for {id} although {step} may have changed data")));
            return;
        }
        let open =
            |list: &[Asked]| list.iter().find(|one| !one.after && !self.completed(&id, &one.step)).map(|one| one.step.clone());
        verdict.note("I12", self.by(&id, open).map(|step| format!("{workload} was changed by {id} before {step} was done")));
        let late = |list: &[Asked]| list.iter().find(|one| one.after && self.begun(&id, &one.step)).map(|one| one.step.clone());
        verdict.note("I12", self.by(&id, late).map(|step| format!("{workload} was changed by {id} after {step} had begun")));
    }

    fn ends(&self, before: &Object, after: &Object, verdict: &mut Verdict) {
        let Some(entry) = list(after.status("history")).first() else { return };
        let same = |old: &Value| ["id", "result", "finishedAt"].iter().all(|part| old[*part] == entry[*part]);
        if list(before.status("history")).iter().any(same) || entry["result"] != "Succeeded" {
            return;
        }
        let id = text(&entry["id"]);
        let wrong = self.by(id, |list| self.unproven(id, list, entry));
        verdict.note("I12", wrong.map(|wrong| format!("{after} has succeeded although {wrong}")));
    }

    fn unproven(&self, id: &str, asked: &[Asked], entry: &Value) -> Option<String> {
        if let Some(open) = asked.iter().find(|one| !self.completed(id, &one.step)) {
            return Some(format!("{} was not done", open.step));
        }
        asked.iter().filter(|one| one.after).filter_map(|one| one.probe.as_ref()).find_map(|probe| {
            let name = text(&probe["name"]);
            let value = |when: &str| {
                let tries = self.jobs.get(id)?.get(&format!("probe-{when}.{name}"))?;
                tries.values().find(|one| one.completed).map(|one| one.message.as_str())
            };
            let told = list(&entry["probes"]).iter().find(|one| one["name"] == probe["name"]);
            let Some(told) = told else { return Some(format!("nothing says what probe {name} measured")) };
            let measured = ["before", "after"].map(|when| (text(&told[when]), value(when).unwrap_or_default()));
            // A log of requests holds no message of a pod.
            let other = measured.iter().find(|(told, said)| !said.is_empty() && told != said);
            if let Some((told, said)) = other {
                return Some(format!("probe {name} measured {said:?}, and {told:?} is on record"));
            }
            let [(before, _), (after, _)] = measured;
            (!agrees(probe, before, after)).then(|| format!("probe {name} measured {before:?} and then {after:?}"))
        })
    }
}

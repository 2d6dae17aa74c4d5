//! I12, of data (R38, R39): data are restored only on the way back of an upgrade that has a backup, and whose hooks may have changed them; nothing
//! goes forward from then on; `RolledBack` after such a hook has a restore that is done, and probes that measured what they measured before. Every
//! Job after the backup is told its name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    steps::{Asked, BACKUP, RESTORE, asks, goes_back},
    verdict::Verdict,
};

/// What an upgrade was asked for at its start.
struct Start {
    lists: Vec<Vec<Asked>>,
    restores: bool,
}

/// A Job of it: what it printed, once it has succeeded.
struct Ran {
    said: Option<String>,
}

#[derive(Default)]
pub struct Data {
    leeway: Leeway,
    starts: BTreeMap<String, Start>,
    /// Upgrade id to its steps.
    jobs: BTreeMap<String, BTreeMap<String, Ran>>,
    /// Upgrade id to the workloads that got new images. What runs the same image before and after has none to go back to.
    changed: BTreeMap<String, BTreeSet<String>>,
}

impl Data {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        if let Some((tenant, up)) = record.start() {
            let lists = asks(past, record, self.leeway, (tenant, up));
            let restores = tenant.spec["data"]["restore"].is_object();
            self.starts.insert(text(&up["id"]).to_owned(), Start { lists, restores });
        }
        match &record.what {
            What::Write(None, job) if job.kind == Kind::Job => self.made(past, record, job, verdict),
            What::Edit(_, Some(job)) if job.kind == Kind::Job && job.completed() => self.note(job),
            What::Write(Some(before), after) if after.kind == Kind::Workload && before.images() != after.images() => {
                self.changes(after, verdict);
            }
            What::Write(Some(before), after) if after.kind == Kind::Tenant => self.ends(before, after, verdict),
            _ => {}
        }
    }

    fn changes(&mut self, workload: &Object, verdict: &mut Verdict) {
        if workload.is_rollback() {
            return;
        }
        let id = workload.intent();
        let wrong = self.ran(&id, RESTORE).is_some();
        verdict.note("I12", wrong.then(|| format!("{workload} was changed by {id} after its data were restored")));
        self.changed.entry(id).or_default().insert(workload.name.clone());
    }

    fn ran(&self, id: &str, step: &str) -> Option<&Ran> {
        self.jobs.get(id)?.get(step)
    }

    fn said(&self, id: &str, step: &str) -> Option<&str> {
        self.ran(id, step)?.said.as_deref()
    }

    fn note(&mut self, job: &Object) {
        let (id, step, _) = job.run();
        let said = job.completed().then(|| text(job.status("message")).to_owned());
        self.jobs.entry(id.to_owned()).or_default().insert(step.to_owned(), Ran { said });
    }

    fn made(&mut self, past: &Past, record: &Record, job: &Object, verdict: &mut Verdict) {
        let (id, step, _) = job.run();
        if !self.starts.contains_key(id) {
            return; // a check of a release
        }
        let wrong = self.untold(id, job);
        verdict.note("I12", wrong.map(|wrong| format!("{job}, {step} of {id}, {wrong}")));
        let wrong = match step {
            RESTORE => self.unfounded(past, record, id, job),
            step if goes_back(step) => self.unmeasurable(past, record, id),
            _ => self.ran(id, RESTORE).map(|_| "its data were restored"),
        };
        verdict.note("I12", wrong.map(|wrong| format!("{job}, {step} of {id}, was made although {wrong}")));
        self.note(job);
    }

    /// Whether it is told another backup than there is. A log of requests holds no message of a pod.
    fn untold(&self, id: &str, job: &Object) -> Option<String> {
        let backup = self.ran(id, BACKUP)?;
        let env = list(&job.spec["template"]["spec"]["containers"][0]["env"]);
        let told = env.iter().find(|variable| variable["name"] == "UPLIFT_BACKUP").map(|variable| text(&variable["value"]));
        let told = told.map(|told| told.replace("$$", "$")).unwrap_or_default();
        let said = backup.said.as_deref().unwrap_or_default();
        let right = if said.is_empty() { !told.is_empty() } else { told == said };
        (!right).then(|| format!("is told the backup {told:?}, and not {said:?}"))
    }

    /// Why nothing was to be restored.
    fn unfounded(&self, past: &Past, record: &Record, id: &str, job: &Object) -> Option<&'static str> {
        let start = self.starts.get(id)?;
        let changed = |list: &Vec<Asked>| list.iter().any(|one| one.changes_data && self.ran(id, &one.step).is_some());
        let fails = |tenant: &&Object| {
            let up = tenant.status("upgrade");
            tenant.namespace() == job.namespace() && up["id"] == id && up["failure"].is_object()
        };
        let failed = past.all_since(Kind::Tenant, self.leeway.since(record.from)).any(|tenant| fails(&tenant));
        match () {
            () if !start.restores => Some("no manifest asked for it"),
            () if self.said(id, BACKUP).is_none() => Some("there is no backup"),
            () if !start.lists.iter().any(changed) => Some("no hook has begun that may change data"),
            () if !failed => Some("the upgrade has not failed"),
            () => None,
        }
    }

    /// Why nothing was to be measured yet: of what was restored, by what is to run on it.
    fn unmeasurable(&self, past: &Past, record: &Record, id: &str) -> Option<&'static str> {
        if self.said(id, RESTORE).is_none() {
            return Some("the data are not restored");
        }
        let since = self.leeway.since(record.from);
        let new = |seen: Option<&Object>| seen.filter(|seen| seen.intent() == id && !seen.is_rollback()).map(|_| ());
        let mut changed = self.changed.get(id).into_iter().flatten();
        let stays = changed.any(|name| past.wrong_since(Kind::Workload, name, since, new).is_some());
        stays.then_some("the new images still run")
    }

    fn ends(&self, before: &Object, after: &Object, verdict: &mut Verdict) {
        let Some(entry) = list(after.status("history")).first() else { return };
        let same = |old: &Value| ["id", "result", "finishedAt"].iter().all(|part| old[*part] == entry[*part]);
        if list(before.status("history")).iter().any(same) || entry["result"] != "RolledBack" {
            return;
        }
        let id = text(&entry["id"]);
        let found: Vec<_> =
            self.starts.get(id).into_iter().flat_map(|start| &start.lists).map(|list| self.lost(id, list)).collect();
        let wrong = if found.iter().all(Option::is_some) { found.into_iter().flatten().next() } else { None };
        verdict.note("I12", wrong.map(|wrong| format!("{after} was rolled back although {wrong}")));
    }

    fn lost(&self, id: &str, asked: &[Asked]) -> Option<String> {
        let risky = asked.iter().find(|one| one.changes_data && self.ran(id, &one.step).is_some())?;
        if self.said(id, RESTORE).is_none() {
            return Some(format!("{} may have changed data, and nothing was restored", risky.step));
        }
        let names = asked.iter().filter(|one| !one.after).filter_map(|one| one.step.strip_prefix("probe-before."));
        names.into_iter().find_map(|name| {
            let [before, back] = ["before", "back"].map(|when| self.said(id, &format!("probe-{when}.{name}")));
            let Some(back) = back else { return Some(format!("probe {name} was not measured after the restore")) };
            let before = before.unwrap_or_default();
            (before.trim() != back.trim()).then(|| format!("probe {name} measured {before:?}, and {back:?} after the restore"))
        })
    }
}

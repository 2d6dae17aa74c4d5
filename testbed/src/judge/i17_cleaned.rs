//! I17: a run that is over leaves nothing: ten minutes after its last `clean` none of its workloads runs, or the status names what is left. And what ended a
//! run stops its workloads within ten minutes, and nothing is cleaned beside one that runs.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object, workload_name},
    past::Past,
    read::{list, text},
    verdict::Verdict,
};

/// So long it may take.
const LONGEST: SignedDuration = SignedDuration::from_mins(10);

pub struct Cleaned {
    leeway: Leeway,
    /// By trial: since when its run is over, as its status says.
    over: BTreeMap<String, Timestamp>,
    /// By trial: the workloads that were found up after that are named once.
    told: BTreeMap<String, Timestamp>,
    /// Processes of the operator that run, as far as it is known.
    running: usize,
    /// Since when one runs: what happens while none does is stopped after that. None: none does.
    up: Option<Timestamp>,
}

impl Cleaned {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, over: BTreeMap::new(), told: BTreeMap::new(), running: 0, up: Some(Timestamp::MIN) }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        match &record.what {
            What::Write(before, trial) if trial.kind == Kind::Trial => {
                self.written(before.as_deref(), trial, record.until, verdict);
            }
            What::Write(None, job) if job.kind == Kind::Job => self.cleans(past, job, record.from, verdict),
            What::Edit(Some(before), None) if before.kind == Kind::Trial => drop(self.over.remove(&before.name)),
            What::Started => {
                self.running += 1;
                self.up.get_or_insert(record.until);
            }
            What::Crashed => {
                self.running = self.running.saturating_sub(1);
                self.up = self.up.filter(|_| self.running > 0);
            }
            _ => {}
        }
        self.look(past, record.from, verdict);
    }

    fn written(&mut self, before: Option<&Object>, trial: &Object, at: Timestamp, verdict: &mut Verdict) {
        let run = trial.status("run");
        if run.is_object() && run["ended"].is_null() {
            self.over.remove(&trial.name);
            return;
        }
        if run.is_object() || before.is_some_and(|before| before.status("run").is_object()) {
            self.over.entry(trial.name.clone()).or_insert(at);
        }
        // A run leaves the status only with a clean that has succeeded.
        let leaves = before.filter(|before| before.status("run").is_object() && run.is_null());
        let wrong = leaves.filter(|_| trial.status("runs")[0]["cleanedAt"].is_null());
        verdict.note("I17", wrong.map(|_| format!("the run of {trial} is gone, and nothing says that it was cleaned")));
    }

    /// What still runs may write: data that are cleaned beside it are not gone.
    fn cleans(&self, past: &Past, job: &Object, now: Timestamp, verdict: &mut Verdict) {
        let (id, step, _) = job.run();
        let is_of = |trial: &&Object| trial.namespace() == job.namespace() && trial.status("run")["id"] == id;
        let Some(trial) = past.all(Kind::Trial).find(is_of).filter(|_| step == "clean") else { return };
        let workloads = list(&trial.status("run")["workloads"]).iter();
        let mut names = workloads.map(|one| workload_name(trial.namespace(), text(&one["kind"]), text(&one["name"])));
        let since = self.leeway.others_since(now) - self.leeway.late;
        let up = names.find(|workload| {
            has_been(past, workload, since, |there| wants(there) || there.status("replicas").as_i64() > Some(0))
        });
        verdict.note("I17", up.map(|workload| format!("{job} cleans while {workload} runs")));
    }

    fn look(&mut self, past: &Past, now: Timestamp, verdict: &mut Verdict) {
        let Some(up) = self.up else { return };
        let late: Vec<_> = self
            .over
            .iter()
            .filter(|(_, since)| now > up.max(**since) + LONGEST + self.leeway.unseen + self.leeway.late)
            .map(|(name, since)| (name.clone(), *since))
            .collect();
        for (name, since) in late {
            let trial = past.latest(Kind::Trial, &name).filter(|_| self.told.get(&name) != Some(&since));
            let Some(trial) = trial else { continue };
            let up = trial.workloads().find(|workload| self.has_run_since(past, &name, workload, since, now));
            let names = |workload: &str| {
                let said = list(trial.status("conditions"))
                    .iter()
                    .find(|one| one["type"] == "Cleaned" && one["status"] == "False")
                    .map(|one| text(&one["message"]))
                    .unwrap_or_default();
                said.contains(workload.rsplit('/').next().unwrap_or_default())
            };
            let wrong = up.filter(|workload| !names(workload));
            if wrong.is_some() {
                self.told.insert(name.clone(), since);
            }
            verdict.note(
                "I17",
                wrong.map(|workload| {
                    format!("{workload} runs long after the run of {name} was over ({since}), and its status does not say so")
                }),
            );
        }
    }

    /// Whether it has had replicas all the time, and the trial has named it.
    fn has_run_since(&self, past: &Past, trial: &str, workload: &str, since: Timestamp, now: Timestamp) -> bool {
        let since = since.max(now - LONGEST - self.leeway.unseen - self.leeway.late);
        let names = |trial: Option<&Object>| trial.is_some_and(|trial| trial.workloads().any(|name| name == workload));
        has_been(past, workload, since, wants) && past.since(Kind::Trial, trial, since).all(names)
    }
}

/// Whether that was so of it at every instant since.
fn has_been(past: &Past, workload: &str, since: Timestamp, is: impl Fn(&Object) -> bool) -> bool {
    let mut states = past.since(Kind::Workload, workload, since).peekable();
    states.peek().is_some() && states.all(|state| state.is_some_and(&is))
}

fn wants(workload: &Object) -> bool {
    workload.spec["replicas"].as_i64().unwrap_or(1) > 0
}

//! I16: no workload of a trial has replicas before its quarantine was proved and its data were scrubbed, for this run; and nothing of a tenant's own is
//! changed because of a trial. Proofs are read off Jobs and their pods, not off what a status says of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    verdict::Verdict,
};

/// How the ids of runs begin.
const OF_TRIAL: &str = "trial";

/// Whether it is a Job of a run, or a change of a workload by one.
pub fn is_of_one(record: &Record) -> bool {
    let is = |object: &Object| match object.kind {
        Kind::Job => object.run().0.starts_with(OF_TRIAL),
        Kind::Workload => object.intent().starts_with(OF_TRIAL),
        _ => false,
    };
    match &record.what {
        What::Write(_, object) => is(object),
        What::Edit(Some(object), _) | What::Edit(None, Some(object)) => object.kind == Kind::Job && is(object),
        _ => false,
    }
}

/// What Jobs of each run have written.
pub struct Trials {
    leeway: Leeway,
    /// By run and step, in the order in which they ended.
    ended: BTreeMap<(String, String), Vec<Ended>>,
    count: usize,
}

/// A Job that has ended.
struct Ended {
    at: Timestamp,
    /// What it wrote; none: it has not succeeded.
    wrote: Option<String>,
    /// How many had ended by then.
    nth: usize,
}

impl Trials {
    pub const fn new(leeway: Leeway) -> Self {
        Self { leeway, ended: BTreeMap::new(), count: 0 }
    }
    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        match &record.what {
            What::Edit(Some(before), Some(job)) if job.kind == Kind::Job && job.ended() && !before.ended() => {
                self.note(job, record.until);
            }
            What::Write(Some(before), after) if after.kind == Kind::Workload => {
                self.workload(past, self.leeway.since(record.from), (before, after), verdict);
            }
            What::Write(None, job) if job.kind == Kind::Job => self.job(past, self.leeway.since(record.from), job, verdict),
            _ => {}
        }
    }

    fn note(&mut self, job: &Object, at: Timestamp) {
        let (id, step, _) = job.run();
        if id.starts_with(OF_TRIAL) {
            self.count += 1;
            let wrote = job.completed().then(|| text(job.status("message")).to_owned());
            self.ended.entry((id.to_owned(), step.to_owned())).or_default().push(Ended { at, wrote, nth: self.count });
        }
    }

    fn ended(&self, id: &str, step: &str) -> &[Ended] {
        self.ended.get(&(id.to_owned(), step.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// What the last Job of a step wrote; none: it has not succeeded.
    fn wrote(&self, id: &str, step: &str) -> Option<&str> {
        self.ended(id, step).last()?.wrote.as_deref()
    }

    /// Whether the last egress Job had written that the trial is cut off, at any time since an instant: what was decided then may be written now.
    fn is_cut_off(&self, id: &str, since: Timestamp) -> bool {
        let all = self.ended(id, "egress");
        let first = all.iter().rposition(|ended| ended.at <= since).unwrap_or_default();
        all[first..].iter().any(|ended| ended.wrote.as_deref() == Some("blocked"))
    }

    /// Whether one ended after another: what came in later was not proved by it.
    fn is_after(&self, id: &str, [step, other]: [&str; 2]) -> bool {
        let [one, other] = [step, other].map(|step| self.ended(id, step).last().map(|ended| ended.nth));
        one > other
    }

    fn workload(&self, past: &Past, since: Timestamp, (before, after): (&Object, &Object), verdict: &mut Verdict) {
        let intent: Value =
            after.annotation("uplift.dev/intent").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (id, written) =
            (text(&intent["id"]), before.annotation("uplift.dev/intent") != after.annotation("uplift.dev/intent"));
        let replicas = |object: &Object| object.spec["replicas"].as_i64().unwrap_or(1);
        let ours = id.starts_with(OF_TRIAL) && (written || replicas(before) != replicas(after));
        if !ours {
            return;
        }
        let tenant = past.all(Kind::Tenant).find(|tenant| tenant.namespace() == after.namespace());
        verdict
            .note("I16", tenant.map(|tenant| format!("{after} is changed for trial {id} beside {tenant}: that is production")));
        if replicas(after) > 0 {
            let wrong = self.unsafe_to_boot(past, since, after.namespace(), id);
            verdict.note("I16", wrong.map(|wrong| format!("{after} runs for trial {id}, and {wrong}")));
        }
    }

    /// What is missing before a workload of this run may run.
    fn unsafe_to_boot(&self, past: &Past, since: Timestamp, namespace: &str, id: &str) -> Option<String> {
        let mut trials = past.all_since(Kind::Trial, since).filter(|trial| trial.namespace() == namespace).peekable();
        if trials.peek().is_none() {
            return Some("there is no UpgradeTrial".into());
        }
        let Some(trial) = trials.find(|trial| trial.status("run")["id"] == id) else {
            return Some("its trial does not say that it is on".into());
        };
        if !self.is_cut_off(id, since) {
            return Some("no egress Job of it wrote blocked last".into());
        }
        if self.wrote(id, "scrub").is_none() {
            return Some("its data were not scrubbed".into());
        }
        if !self.is_after(id, ["scrub", "restore"]) {
            return Some("data came in after they were scrubbed".into());
        }
        let counts = list(&trial.spec["jobs"]["scrubbed"]);
        let open = |count: &&Value| {
            let step = format!("scrubbed.{}", text(&count["name"]));
            self.wrote(id, &step) != count["expect"].as_str() || !self.is_after(id, [&step, "scrub"])
        };
        match counts.iter().find(open) {
            _ if counts.is_empty() => Some("nothing counts what is left in its data".into()),
            Some(count) => Some(format!("count {} is not what is expected", count["name"])),
            None => None,
        }
    }

    /// No data come in before it is proved that they cannot get out. In a tenant's own namespace nothing is made for a trial but the backup.
    fn job(&self, past: &Past, since: Timestamp, job: &Object, verdict: &mut Verdict) {
        let (id, step, _) = job.run();
        if !id.starts_with(OF_TRIAL) {
            return;
        }
        let production = past.all(Kind::Tenant).any(|tenant| tenant.namespace() == job.namespace());
        let strays = production != (step == "backup");
        verdict.note("I16", strays.then(|| format!("{job} makes {step} of trial {id} where it does not belong")));
        let early = step == "restore" && !self.is_cut_off(id, since);
        verdict.note("I16", early.then(|| format!("{job} brings data in, and no egress Job of trial {id} wrote blocked last")));
    }
}

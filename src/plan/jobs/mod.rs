//! R26: the Jobs that are wanted, each by its key: whose it is, its id, its step and its attempt.
//!
//! The same key has the same name, so that a Job is made at most once for it (I11), whoever makes it and however often. Until its owner's
//! status says that it began, the Job itself is the record of that.

pub mod ask;
pub mod steps;
mod wanted;

use std::collections::BTreeMap;

use jiff::Timestamp;
pub use wanted::Wanted;

use crate::{
    api::{annotations::TEMPLATE_LABEL, reason::Reason},
    fleet::{Fleet, Job, JobKey, JobRead, ObjectKey, RefusedBy, Template},
    plan::output::{change::Change, held::Held},
};

/// How it stands with a Job that is wanted.
#[derive(Debug)]
pub enum Standing<'a> {
    /// It cannot be made, until people mend something.
    Held(Held),
    /// It is to be made; the last try may have been refused.
    Make(Change, Option<Held>),
    /// It is there, and has not ended.
    Runs(&'a Job),
    /// It has ended, or is missing, and is to be read; the last try may have been refused.
    Read(Change, Option<Held>),
    /// It is over, and so is its pod.
    Over(Over<'a>),
}

/// How a Job ended.
#[derive(Debug)]
pub struct Over<'a> {
    /// The Job; none: it vanished.
    pub job: Option<&'a Job>,
    /// Why it failed; none: it succeeded.
    pub failed: Option<Reason>,
    /// The termination message, or what the Job's condition says.
    pub message: &'a str,
}

impl Over<'_> {
    /// When it ended; of one that vanished: now.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        self.job.and_then(|job| job.ended.as_ref()).map_or(now, |ended| ended.at)
    }

    /// What it wrote, if anything.
    pub fn wrote(&self) -> Option<String> {
        Some(self.message.to_owned()).filter(|message| !message.is_empty())
    }

    /// That it failed, in words.
    pub fn why(&self, reason: Reason, key: &JobKey) -> String {
        let said = if self.message.is_empty() { String::new() } else { format!(": {}", self.message) };
        format!("{reason} in Job {key}{said}")
    }
}

/// The images for Jobs of a release that is gone.
pub static NO_IMAGES: BTreeMap<String, String> = BTreeMap::new();

/// How it stands with this Job. `begun`: the status of its owner says that it was there, under this name.
pub fn look<'a>(fleet: &'a Fleet, wanted: &Wanted, begun: Option<JobKey>) -> Standing<'a> {
    let recorded = begun.is_some();
    let key = begun.unwrap_or_else(|| wanted.key());
    match (fleet.jobs.get(&key), fleet.job_reads.get(&key)) {
        (Some(job), _) if !wanted.is(job) => Standing::Held(foreign(&key)),
        (Some(job), Some(read)) if job.ended.is_some() => Standing::Over(over(job, read)),
        (Some(job), _) if job.ended.is_some() => read(fleet, wanted, key),
        (Some(job), _) => Standing::Runs(job),
        (None, Some(_)) if recorded => Standing::Over(VANISHED),
        (None, _) if recorded => read(fleet, wanted, key),
        (None, _) => make(fleet, wanted, key),
    }
}

fn read<'a>(fleet: &'a Fleet, wanted: &Wanted, key: JobKey) -> Standing<'a> {
    let refused = refusal(fleet, &key);
    let (owner, owner_uid) = (wanted.owner.clone(), wanted.owner_uid.to_owned());
    Standing::Read(Change::ReadJob { job: key, owner, owner_uid }, refused)
}

const VANISHED: Over =
    Over { job: None, failed: Some(Reason::JobVanished), message: "the Job was deleted before its result was read" };

fn over<'a>(job: &'a Job, read: &'a JobRead) -> Over<'a> {
    let ended = job.ended.as_ref();
    let failed = match ended {
        Some(ended) if ended.succeeded => None,
        Some(ended) if ended.deadline_exceeded => Some(Reason::DeadlineExceeded),
        _ => Some(Reason::JobFailed),
    };
    // What a Job that succeeded says by itself tells nothing.
    let said = ended.filter(|_| failed.is_some()).map_or("", |ended| ended.message.as_str());
    Over { job: Some(job), failed, message: if read.message.is_empty() { said } else { &read.message } }
}

fn make<'a>(fleet: &'a Fleet, wanted: &Wanted, key: JobKey) -> Standing<'a> {
    match template(fleet, &JobKey::new(wanted.namespace, wanted.cron_job)) {
        Err(held) => Standing::Held(held),
        Ok(found) => {
            let refused = refusal(fleet, &key);
            Standing::Make(wanted.change(key, found), refused)
        }
    }
}

/// The CronJob that Jobs are made from, if they can be.
fn template<'a>(fleet: &'a Fleet, key: &JobKey) -> Result<&'a Template, Held> {
    match fleet.templates.get(key) {
        None => Err(missing(key)),
        Some(Template { suspended: false, .. }) => Err(not_suspended(key)),
        Some(found) => Ok(found),
    }
}

fn missing(template: &JobKey) -> Held {
    let JobKey { namespace, name } = template;
    let message = format!(
        "there is no CronJob {name:?} with the label {TEMPLATE_LABEL}=true in namespace {namespace:?}; create it, suspended, or label it"
    );
    Held::new(Reason::JobTemplateMissing, message)
}

fn not_suspended(template: &JobKey) -> Held {
    let message = format!("CronJob {template} would run by itself; set its spec.suspend to true");
    Held::new(Reason::JobTemplateNotSuspended, message)
}

fn foreign(key: &JobKey) -> Held {
    let message = format!("Job {key} is not the operator's own, and has the name of one that is wanted; delete it");
    Held::new(Reason::JobForeign, message)
}

fn refusal(fleet: &Fleet, key: &JobKey) -> Option<Held> {
    let refusal = fleet.refused.get(&ObjectKey::Job(key.clone()))?;
    match refusal.by {
        RefusedBy::Another => Some(foreign(key)),
        RefusedBy::Rights => Some(not_granted(&key.namespace)),
        RefusedBy::Else => Some(Held::new(Reason::JobRefused, format!("the API server refused Job {key}: {}", refusal.message))),
        RefusedBy::ItsPod => None,
    }
}

fn not_granted(namespace: &str) -> Held {
    let message = format!(
        "the operator may not make Jobs and read pods in namespace {namespace:?}; bind the ClusterRole uplift-jobs to its ServiceAccount by a \
         RoleBinding there"
    );
    Held::new(Reason::JobsNotGranted, message)
}

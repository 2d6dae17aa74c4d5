//! R19, R26: the API server is asked by `dryRun` whether it would take a Job, before anything depends on that. Nothing is made.
//!
//! An answer is about a CronJob as it is, and a release: whoever runs Jobs from it in this namespace shares it. A yes stands as long as both stay,
//! or the process, or until a Job from it is refused. After a no it is asked again, ever more seldom. What is not asked is what a step alone adds: its name and its deadline.

use jiff::Timestamp;

use crate::{
    api::reason::Reason,
    fleet::{Asked, Fleet, JobKey, ObjectKey, RefusedBy, Template},
    plan::{
        jobs::{Wanted, not_granted, template},
        output::{change::Change, held::Held},
        pass::wake::later,
        record::ids::short,
    },
};

/// Seconds until it is asked again after a first no; twice as long after each other.
const FIRST: i64 = 10;

/// Seconds that it is not asked again for after many a no: as long as somebody waits for the answer.
#[derive(Clone, Copy, Debug)]
pub enum Longest {
    /// A slot is open.
    Open = 60,
    /// A date is announced.
    Announced = 300,
    /// Neither.
    Planned = 3600,
}

/// What the API server says of Jobs from a CronJob.
#[derive(Debug)]
pub enum Said {
    /// It would take them.
    Granted,
    /// It was not asked yet, or the CronJob has changed since.
    NotAsked,
    /// It was not asked: there is no CronJob to make them from.
    NoTemplate(Held),
    /// It would take none, until people mend something.
    Refused(Held),
}

/// What it says of Jobs from this CronJob that run this release.
pub fn said(fleet: &Fleet, from: &JobKey, release: &str) -> Said {
    let template = match template(fleet, from) {
        Ok(template) => template,
        Err(held) => return Said::NoTemplate(held),
    };
    match answer(fleet, from, template, release).map(|asked| &asked.refused) {
        None => Said::NotAsked,
        Some(None) => Said::Granted,
        Some(Some((by, message))) => Said::Refused(refused(*by, message, from)),
    }
}

fn answer<'a>(fleet: &'a Fleet, from: &JobKey, template: &Template, release: &str) -> Option<&'a Asked> {
    let version = &template.meta.resource_version;
    fleet.asked.get(from)?.iter().find(|asked| asked.release == release && asked.template_version == *version)
}

/// When Jobs from this CronJob are to be asked for; none: they need not be.
///
/// A CronJob that changed is asked for anew, but one that two controllers fight over is no reason to ask for ever.
pub fn due(fleet: &Fleet, from: &JobKey, release: &str, longest: Longest) -> Option<Timestamp> {
    let template = template(fleet, from).ok()?;
    let last = fleet.asked.get(from).and_then(|known| known.iter().find(|asked| asked.release == release));
    let Some(last) = last else { return Some(Timestamp::MIN) };
    if last.template_version != template.meta.resource_version {
        return Some(later(last.at, FIRST));
    }
    last.refused.as_ref()?;
    let wait = if last.noes < 16 { FIRST << last.noes } else { i64::MAX };
    Some(later(last.at, wait.min(longest as i64)))
}

/// The question, if it is not under way.
pub fn ask(fleet: &Fleet, wanted: &Wanted, release: &str) -> Option<Change> {
    let from = JobKey::new(wanted.namespace, wanted.cron_job);
    let template = template(fleet, &from).ok()?;
    let digest = short(&[release, "asked", &template.meta.resource_version]);
    let job = JobKey::new(wanted.namespace, format!("{}-{digest:.8}", wanted.cron_job));
    let under_way = fleet.outstanding.contains_key(&ObjectKey::Job(job.clone()));
    (!under_way).then(|| Change::AskJob { job, new: Box::new(wanted.made_of(template)), release: release.into() })
}

fn refused(by: RefusedBy, message: &str, from: &JobKey) -> Held {
    match by {
        RefusedBy::Rights => not_granted(&from.namespace),
        RefusedBy::Another | RefusedBy::ItsPod | RefusedBy::Else => {
            Held::new(Reason::JobRefused, format!("the API server refuses Jobs from CronJob {from}: {message}"))
        }
    }
}

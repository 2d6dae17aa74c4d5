//! R1: the checks of a release, by people and by Job. A result that is written down stands; a Job's runs again when `attempt` is raised.

use jiff::Timestamp;

use crate::{
    api::{
        DashboardReleaseSpec, DashboardReleaseStatus,
        reason::Reason,
        release::{Check, CheckResult, CheckRun, CronJobRef},
    },
    fleet::{Fleet, Job, JobKey, ObjectKey, Release},
    plan::{
        jobs::{self, Over, Standing, Wanted},
        output::{Class, Plan, Write, held::Held},
        release::brake::brake,
    },
};

/// Runs that are remembered; those of checks that the spec names no more go first.
const REMEMBERED: usize = 64;

/// A check that has not passed.
pub enum Open {
    /// It failed.
    Failed(Held),
    /// People must mend something before it can run.
    Held(Held),
    /// It has no result yet.
    Pending(Held),
}

impl Open {
    /// What people must look at is told first.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Failed(_) => 0,
            Self::Held(_) => 1,
            Self::Pending(_) => 2,
        }
    }
}

/// A Job of a check that has no result.
#[derive(Clone, Debug)]
pub struct OpenJob {
    /// The check.
    pub step: String,
    /// The CronJob that it is made from.
    pub template: JobKey,
    /// The Job.
    pub job: JobKey,
    /// When it began, as the status says.
    pub began: Option<Timestamp>,
}

/// A release with what is needed to look at its checks.
#[derive(Clone, Copy)]
pub struct Checks<'a> {
    fleet: &'a Fleet,
    name: &'a str,
    release: &'a Release,
    spec: &'a DashboardReleaseSpec,
    status: &'a DashboardReleaseStatus,
}

impl<'a> Checks<'a> {
    /// The checks of a release whose spec and status parse.
    pub fn of(fleet: &'a Fleet, name: &'a str, release: &'a Release) -> Option<Self> {
        let (spec, status) = (release.spec.as_ref().ok()?, release.status.as_ref().ok()?);
        Some(Self { fleet, name, release, spec, status })
    }

    /// What is open of a check; none: it passed.
    pub fn open(self, check: &Check) -> Option<Open> {
        match &check.cron_job_ref {
            Some(from) => self.job_open(check, from),
            None => self.manual_open(check),
        }
    }

    fn manual_open(self, check: &Check) -> Option<Open> {
        let name = &check.name;
        match self.spec.acceptance.sign_offs.iter().find(|s| s.check == *name).map(|s| s.result) {
            Some(CheckResult::Passed) => None,
            Some(CheckResult::Failed) => {
                let message = format!("check {name:?} failed; sign it off anew once it passes");
                Some(Open::Failed(Held::new(Reason::CheckFailed, message)))
            }
            None => {
                let message = format!("check {name:?} has no result; sign it off in spec.acceptance.signOffs");
                Some(Open::Pending(Held::new(Reason::CheckPending, message)))
            }
        }
    }

    fn job_open(self, check: &Check, from: &CronJobRef) -> Option<Open> {
        let name = &check.name;
        let run = self.counting(check);
        match run.and_then(|run| Some((run, run.result?))) {
            Some((_, CheckResult::Passed)) => return None,
            Some((run, CheckResult::Failed)) => return Some(Open::Failed(self.failed(run))),
            None => {}
        }
        let held = |why: Held| Open::Held(Held::new(why.reason, format!("check {name:?} cannot run: {}", why.message)));
        Some(match self.look(check, from) {
            // What was refused once may be granted since, and nobody tries it while the release is stopped.
            Standing::Make(_, refused) => refused.filter(|_| !self.is_stopped()).map_or_else(
                || Open::Pending(Held::new(Reason::CheckPending, format!("check {name:?} waits for its Job to begin"))),
                held,
            ),
            Standing::Held(why) => held(why),
            Standing::Read(_, Some(why)) => {
                Open::Held(Held::new(why.reason, format!("the result of check {name:?} could not be read: {}", why.message)))
            }
            Standing::Runs(_) | Standing::Read(_, None) | Standing::Over(_) => {
                let job = self.job(check, from);
                Open::Pending(Held::new(Reason::CheckPending, format!("check {name:?} runs as Job {job}")))
            }
        })
    }

    fn failed(self, run: &CheckRun) -> Held {
        let (name, release) = (&run.name, self.name);
        let reason = run.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let message = format!(
            "check {name:?} failed in Job {}{reason}; once it is mended, run it again: kubectl uplift rerun {release} {name}",
            run.job
        );
        Held::new(Reason::CheckFailed, message)
    }

    /// The run of a check that is written down, if it is the one that counts: who lowers `attempt` runs nothing again.
    fn counting(self, check: &Check) -> Option<&'a CheckRun> {
        self.status.checks.iter().find(|run| run.name == check.name && (run.result.is_none() || run.attempt >= check.attempt()))
    }

    /// What runs, or is to run, of a check: an attempt that has begun ends before the next.
    fn wanted<'c>(self, check: &'c Check, from: &'c CronJobRef) -> Wanted<'c>
    where
        'a: 'c,
    {
        let uid = &self.release.meta.uid;
        Wanted {
            namespace: &self.fleet.settings.acceptance_namespace,
            cron_job: &from.name,
            owner: ObjectKey::Release(self.name.into()),
            owner_uid: uid,
            id: uid,
            step: &check.name,
            attempt: self.counting(check).map_or(check.attempt(), |run| run.attempt),
            deadline: check.timeout().as_secs(),
            version: &self.spec.version,
            images: &self.spec.images,
            upgrade: None,
            backup: None,
        }
    }

    fn look(self, check: &Check, from: &CronJobRef) -> Standing<'a> {
        let begun = self.counting(check).and_then(|run| JobKey::parse(&run.job));
        jobs::look(self.fleet, &self.wanted(check, from), begun)
    }

    /// The Job that runs, or is to run: of one that has begun, whatever the spec names now.
    fn job(self, check: &Check, from: &CronJobRef) -> JobKey {
        let begun = self.counting(check).and_then(|run| JobKey::parse(&run.job));
        begun.unwrap_or_else(|| self.wanted(check, from).key())
    }

    fn is_stopped(self) -> bool {
        brake(self.spec, self.status.halt.as_ref()).is_err()
    }

    /// The checks by Job that have no result.
    fn unfinished(self) -> impl Iterator<Item = (&'a Check, &'a CronJobRef)> {
        let jobs = self.spec.acceptance.checks.iter().filter_map(|check| Some((check, check.cron_job_ref.as_ref()?)));
        jobs.filter(move |(check, _)| self.counting(check).is_none_or(|run| run.result.is_none()))
    }

    /// The Jobs of checks that have no result: the step, the CronJob, the Job, and whether it began.
    pub fn open_jobs(self) -> Vec<OpenJob> {
        let open = |(check, from): (&'a Check, &'a CronJobRef)| OpenJob {
            step: check.name.clone(),
            template: JobKey::new(&self.fleet.settings.acceptance_namespace, &from.name),
            job: self.job(check, from),
            began: self.counting(check).map(|run| run.started_at),
        };
        self.unfinished().map(open).collect()
    }

    /// Makes and reads what is to be made and read. Nothing new begins on a release that people stopped (R3).
    pub fn work(self, plan: &mut Plan) {
        let stopped = self.is_stopped();
        for (check, from) in self.unfinished() {
            let change = match self.look(check, from) {
                Standing::Make(change, _) if !stopped => change,
                Standing::Read(change, _) => change,
                _ => continue,
            };
            if !self.fleet.outstanding.contains_key(&change.object()) {
                plan.writes.push(Write::new(change, &self.release.meta, Class::StartOrResult, vec![]));
            }
        }
    }

    /// What is to be written down of the checks by Job: that one began, and how it ended.
    pub fn record(self, now: Timestamp) -> Vec<CheckRun> {
        let mut runs = self.status.checks.clone();
        for run in self.unfinished().filter_map(|(check, from)| self.news(check, from, now)) {
            match runs.iter_mut().find(|there| there.name == run.name) {
                Some(there) => *there = run,
                None => runs.push(run),
            }
        }
        runs.sort_by(|a, b| a.name.cmp(&b.name));
        let named = |run: &CheckRun| self.spec.acceptance.checks.iter().any(|check| check.name == run.name);
        while runs.len() > REMEMBERED {
            let Some(oldest) = runs.iter().position(|run| !named(run)) else { break };
            runs.remove(oldest);
        }
        runs
    }

    fn news(self, check: &Check, from: &CronJobRef, now: Timestamp) -> Option<CheckRun> {
        let known = self.counting(check);
        let begun = |job: &Job| CheckRun {
            name: check.name.clone(),
            attempt: self.wanted(check, from).attempt,
            job: self.job(check, from).to_string(),
            result: None,
            reason: None,
            message: None,
            started_at: job.began_at(),
            finished_at: None,
        };
        match self.look(check, from) {
            Standing::Runs(job) => known.is_none().then(|| begun(job)),
            Standing::Over(over) => Some(ended(known.cloned().or_else(|| over.job.map(begun))?, &over, now)),
            _ => None,
        }
    }
}

fn ended(run: CheckRun, over: &Over, now: Timestamp) -> CheckRun {
    CheckRun {
        result: Some(if over.failed.is_some() { CheckResult::Failed } else { CheckResult::Passed }),
        reason: over.failed.map(Into::into),
        message: over.wrote(),
        finished_at: Some(over.at(now)),
        ..run
    }
}

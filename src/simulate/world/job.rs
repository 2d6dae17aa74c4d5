//! Jobs: what their controller and their pods would do.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Content, Job, JobBehaviour, Object, Outcome, Refused, World, record::What};
use crate::{
    api::{
        Duration,
        tenant::{JobPhase, JobResult},
    },
    fleet::{ACCEPTANCE_NAMESPACE, Ended, JobKey, JobRead, ObjectKey, TenantKey, job::one_line},
    plan::NewJob,
    simulate::admission::FieldError,
};

/// How long a Job takes of which nothing is said: a check, and any other.
const CHECK: Duration = Duration::from_secs(300);
const OTHER: Duration = Duration::from_secs(60);

impl World {
    /// How Jobs from this CronJob go from now on, or those of one tenant. What runs already goes on as it began.
    pub fn behave_jobs(&mut self, template: &JobKey, tenant: Option<&TenantKey>, behaviour: JobBehaviour) {
        self.job_behaviours.insert((template.clone(), tenant.cloned()), behaviour);
    }

    /// The CronJob that the Jobs of a release's check are made from.
    pub fn cron_job_of(&self, release: &str, check: &str) -> Result<JobKey, Refused> {
        let key = ObjectKey::Release(release.into());
        let (spec, _) = self.get(&key).and_then(|object| object.release()).ok_or_else(|| Refused::NotFound(key.clone()))?;
        let found = spec.acceptance.checks.iter().find(|there| there.name == check).and_then(|there| there.cron_job_ref.as_ref());
        let wrong =
            || Refused::Field(key, FieldError::new("check.name", format!("{check:?} is no check by Job of this release")));
        found.map(|from| JobKey::new(ACCEPTANCE_NAMESPACE, &from.name)).ok_or_else(wrong)
    }

    /// The operator makes a Job. One of this name is this one: nobody else makes Jobs here.
    pub(super) fn make_job(&mut self, key: &JobKey, new: &NewJob) -> Answer {
        if self.get(&ObjectKey::Job(key.clone())).is_some() {
            return Answer::Unchanged;
        }
        let template = JobKey::new(&key.namespace, &new.template);
        let as_it_was = |object: &Arc<Object>| object.resource_version.to_string() == new.template_version;
        let owned = |owner: &Arc<Object>| owner.uid == new.owner_uid;
        // One whose owner is gone is collected before it does anything: as if it were not made.
        if !self.get(&ObjectKey::Template(template)).is_some_and(as_it_was) || !self.get(&new.owner).is_some_and(owned) {
            return Answer::Conflict;
        }
        let made = self.run_job(key, new, self.now);
        self.note(What::Made(made));
        Answer::Committed
    }

    /// A Job runs from now on, whenever it began.
    pub(super) fn run_job(&mut self, key: &JobKey, new: &NewJob, started_at: Timestamp) -> Arc<Object> {
        let (ends_at, ended, message) = self.fate(&JobKey::new(&key.namespace, &new.template), new);
        self.running_jobs.insert(key.clone(), (ends_at, ended));
        let object = self.job_object(key, Job { new: new.clone(), started_at, ended: None, message });
        self.store(object)
    }

    fn job_object(&mut self, key: &JobKey, job: Job) -> Object {
        let key = ObjectKey::Job(key.clone());
        Object {
            uid: self.uid(&key),
            key,
            resource_version: 0,
            generation: 1,
            created_at: self.now,
            labels: std::collections::BTreeMap::new(),
            annotations: std::collections::BTreeMap::new(),
            content: Content::Job(Box::new(job)),
            applied: Arc::new(serde_json::Value::Null),
        }
    }

    /// How a Job will end.
    fn fate(&self, template: &JobKey, new: &NewJob) -> (Timestamp, Ended, String) {
        let JobBehaviour { outcome, takes, message } = self.job_behaviour(template, new);
        let usual = if matches!(new.owner, ObjectKey::Release(_)) { CHECK } else { OTHER };
        let (deadline, takes) = (SignedDuration::from_secs(new.deadline), SignedDuration::from(takes.unwrap_or(usual)));
        let late = outcome == Outcome::Hangs || takes > deadline;
        let at = self.now.saturating_add(takes.min(deadline)).unwrap_or(Timestamp::MAX);
        let at = if late { self.now.saturating_add(deadline).unwrap_or(Timestamp::MAX) } else { at };
        let said = match outcome {
            _ if late => "Job was active longer than specified deadline",
            Outcome::Succeeds => "Reached expected number of succeeded pods",
            _ => "Job has reached the specified backoff limit",
        };
        let ended = Ended { succeeded: !late && outcome == Outcome::Succeeds, deadline_exceeded: late, message: said.into(), at };
        // A pod that is stopped at the deadline leaves no message.
        (at, ended, if late { String::new() } else { one_line(&message) })
    }

    /// What was said of the Jobs of this tenant, else of all from this CronJob. A probe of which nothing was said measures what it measured
    /// before, or a zero: an empty message would be a broken one. So a proof of a trial writes what is expected of it.
    fn job_behaviour(&self, template: &JobKey, new: &NewJob) -> JobBehaviour {
        let tenant = if let ObjectKey::Tenant(key) = &new.owner { Some(key.clone()) } else { None };
        let said = [tenant, None].into_iter().find_map(|tenant| self.job_behaviours.get(&(template.clone(), tenant)));
        said.cloned().unwrap_or_else(|| JobBehaviour {
            message: self.measured(new).or_else(|| self.expected(new)).unwrap_or_default(),
            ..JobBehaviour::default()
        })
    }

    fn measured(&self, new: &NewJob) -> Option<String> {
        let name = ["probe-before.", "probe-after.", "probe-back."].iter().find_map(|phase| new.step.strip_prefix(phase))?;
        let jobs = self.get(&new.owner).and_then(|owner| owner.tenant()?.1.upgrade.as_ref()).map(|upgrade| &upgrade.jobs);
        let before = jobs.into_iter().flatten().find(|job| job.phase == JobPhase::ProbeBefore && job.name == name);
        // Without a result the message says what it waits for.
        let before = before.filter(|job| job.result == Some(JobResult::Succeeded));
        Some(before.and_then(|job| job.message.clone()).unwrap_or_else(|| "0".into()))
    }

    fn expected(&self, new: &NewJob) -> Option<String> {
        let run = self.get(&new.owner)?.trial()?.1.run.as_ref()?;
        run.steps.iter().find(|step| step.word() == new.step)?.expect.clone()
    }

    /// Ends the Jobs whose time has come. Whether there was one.
    pub(super) fn settle_jobs(&mut self) -> bool {
        let due: Vec<_> = self.running_jobs.iter().filter(|(_, (at, _))| *at <= self.now).map(|(key, _)| key.clone()).collect();
        for key in &due {
            let Some((_, ended)) = self.running_jobs.remove(key) else { continue };
            let Some(before) = self.get(&ObjectKey::Job(key.clone())).cloned() else { continue };
            let mut after = Object::clone(&before);
            let Content::Job(job) = &mut after.content else { continue };
            job.ended = Some(ended);
            if let Some(after) = self.commit(&before, after) {
                self.note(What::Progress(before, after));
            }
        }
        !due.is_empty()
    }

    /// What a read of a Job and its pod shows: a pod ends with its Job.
    pub fn read_job(&self, key: &JobKey) -> JobRead {
        let object = self.get(&ObjectKey::Job(key.clone()));
        let job = object.and_then(|object| Some((object, object.job()?)));
        JobRead {
            job: job.map(|(object, job)| job.fact(object)),
            message: job.map(|(_, job)| job.message.clone()).unwrap_or_default(),
        }
    }

    /// The owner of these Jobs is gone.
    pub(super) fn collect_jobs(&mut self, owner: &str) {
        let its = |object: &&Arc<Object>| object.job().is_some_and(|job| job.new.owner_uid == owner);
        let keys: Vec<_> = self.objects().filter(its).map(|object| object.key.clone()).collect();
        for key in keys {
            let Some(object) = self.objects.remove(&key) else { continue };
            self.revision += 1;
            self.forget_rollout(&key);
            self.note(What::Edit(Some(object), None));
        }
    }
}

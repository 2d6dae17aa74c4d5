//! What was read of Jobs, and what was said to their creation, as long as somebody waits for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::{
        tenant::Upgrade,
        trial::{TrialStep, TrialStepKind},
    },
    fleet::{Fleet, JobKey, JobRead, ObjectKey, Trial},
};

/// A Job and its pod were read. The Job may have come back: a watch that lags did not show it yet.
pub(super) fn read(fleet: &mut Fleet, key: JobKey, read: JobRead) -> bool {
    match &read.job {
        Some(job) => _ = fleet.jobs.insert(key.clone(), job.clone()),
        None => _ = fleet.jobs.remove(&key),
    }
    // One that runs has no result yet.
    if read.job.as_ref().is_none_or(|job| job.ended.is_some()) {
        fleet.job_reads.insert(key, read);
    }
    true
}

impl Fleet {
    /// Forgets what was read of Jobs whose result is written down, or that are gone and nobody waits for. Of one that is there, the status
    /// may not even say yet that it began.
    pub(super) fn forget_job_reads(&mut self) {
        if self.job_reads.is_empty() {
            return;
        }
        let written: BTreeMap<JobKey, bool> =
            self.runs_of_checks().chain(self.runs_of_upgrades()).chain(self.runs_of_trials()).collect();
        let waiting = self.waiting();
        let (jobs, awaited) = (&self.jobs, |owner: Option<&String>| owner.is_some_and(|owner| waiting.contains(owner)));
        self.job_reads.retain(|key, _| match written.get(key) {
            Some(written) => !written,
            None => jobs.get(key).is_some_and(|job| awaited(job.owner.as_ref())),
        });
    }

    /// Forgets what the API server refused of objects that are gone, and of Jobs that nobody wants any more.
    pub(super) fn forget_refusals(&mut self) {
        if self.refused.is_empty() {
            return;
        }
        // Who waits is a walk over the fleet: only where a Job was refused.
        let of_job = self.refused.keys().any(|key| matches!(key, ObjectKey::Job(_)));
        let waiting = if of_job { self.waiting() } else { BTreeSet::new() };
        let (tenants, workloads) = (&self.tenants, &self.workloads);
        self.refused.retain(|key, refusal| match key {
            ObjectKey::Tenant(key) => tenants.contains_key(key),
            ObjectKey::Workload(key) => workloads.contains_key(key),
            ObjectKey::Job(_) => refusal.owner.as_ref().is_some_and(|owner| waiting.contains(owner)),
            _ => true,
        });
    }

    /// The UIDs of those that may want a Job: every release, each tenant whose upgrade runs, each trial that is on, and the tenant that it is of.
    fn waiting(&self) -> BTreeSet<String> {
        let releases = self.releases.values().map(|release| &release.meta);
        let runs = |status: &crate::api::TenantInstanceStatus| status.upgrade.as_ref().is_some_and(|up| up.started_at.is_some());
        let tenants = self.tenants.values().filter(|tenant| tenant.status.as_ref().map_or(true, runs)).map(|tenant| &tenant.meta);
        let run =
            |trial: &Trial| trial.status.as_ref().ok().and_then(|status| status.run.as_ref()).map(|run| run.tenant_uid.clone());
        let trials = self.trials.values().filter(|trial| trial.status.as_ref().map_or(true, |status| status.run.is_some()));
        let trials = trials.flat_map(|trial| run(trial).into_iter().chain([trial.meta.uid.clone()]));
        releases.chain(tenants).map(|meta| meta.uid.clone()).chain(trials).collect()
    }

    /// The Jobs of checks that stand in a status, and whether their result does.
    fn runs_of_checks(&self) -> impl Iterator<Item = (JobKey, bool)> {
        let statuses = self.releases.values().filter_map(|release| release.status.as_ref().ok());
        statuses.flat_map(|status| &status.checks).filter_map(|run| Some((JobKey::parse(&run.job)?, run.result.is_some())))
    }

    /// Those of trials: a backup is made in the tenant's namespace.
    fn runs_of_trials(&self) -> impl Iterator<Item = (JobKey, bool)> {
        self.trials.iter().flat_map(|(key, trial)| {
            let run = trial.status.as_ref().ok().and_then(|status| status.run.as_ref());
            let tenant = trial.tenant().map(|tenant| tenant.namespace).unwrap_or_default();
            let steps = run.into_iter().flat_map(|run| run.steps.iter().chain(&run.watch).chain(&run.clean));
            let job = |step: &TrialStep| {
                let namespace = if step.kind == TrialStepKind::Backup { &tenant } else { &key.namespace };
                Some((JobKey::new(namespace, step.job.as_deref()?), step.result.is_some()))
            };
            steps.filter_map(job).collect::<Vec<_>>()
        })
    }

    /// Those of hooks and probes.
    fn runs_of_upgrades(&self) -> impl Iterator<Item = (JobKey, bool)> {
        let upgrades =
            self.tenants.iter().filter_map(|(key, tenant)| Some((key, tenant.status.as_ref().ok()?.upgrade.as_ref()?)));
        let jobs = |upgrade: &'_ Upgrade| {
            upgrade.jobs.iter().filter_map(|job| Some((job.job.clone()?, job.result.is_some()))).collect::<Vec<_>>()
        };
        upgrades.flat_map(move |(key, upgrade)| {
            jobs(upgrade).into_iter().map(|(name, written)| (JobKey::new(&key.namespace, name), written))
        })
    }
}

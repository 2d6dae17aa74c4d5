//! What was read of Jobs, and what was said to their creation, as long as somebody waits for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    api::tenant::Upgrade,
    fleet::{Fleet, JobKey, JobRead, ObjectKey},
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
        let written: BTreeMap<JobKey, bool> = self.runs_of_checks().chain(self.runs_of_upgrades()).collect();
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

    /// The UIDs of those that may want a Job: every release, and each tenant whose upgrade runs.
    fn waiting(&self) -> BTreeSet<String> {
        let releases = self.releases.values().map(|release| &release.meta);
        let runs = |status: &crate::api::TenantInstanceStatus| status.upgrade.as_ref().is_some_and(|up| up.started_at.is_some());
        let tenants = self.tenants.values().filter(|tenant| tenant.status.as_ref().map_or(true, runs)).map(|tenant| &tenant.meta);
        releases.chain(tenants).map(|meta| meta.uid.clone()).collect()
    }

    /// The Jobs of checks that stand in a status, and whether their result does.
    fn runs_of_checks(&self) -> impl Iterator<Item = (JobKey, bool)> {
        let statuses = self.releases.values().filter_map(|release| release.status.as_ref().ok());
        statuses.flat_map(|status| &status.checks).filter_map(|run| Some((JobKey::parse(&run.job)?, run.result.is_some())))
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

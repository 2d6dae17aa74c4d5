//! What was read of Jobs.

use std::collections::BTreeMap;

use crate::fleet::{Fleet, JobKey, JobRead};

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
        let statuses = self.releases.values().filter_map(|release| release.status.as_ref().ok());
        let runs =
            statuses.flat_map(|status| &status.checks).filter_map(|run| Some((JobKey::parse(&run.job)?, run.result.is_some())));
        let written: BTreeMap<JobKey, bool> = runs.collect();
        self.job_reads.retain(|key, _| match written.get(key) {
            Some(written) => !written,
            None => self.jobs.contains_key(key),
        });
    }
}

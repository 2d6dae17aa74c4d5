//! R38, R39: what of the tenant's data an upgrade may have changed, and what brings them back.

use crate::api::tenant::{JobPhase, JobResult, Upgrade, UpgradeJob};

/// The first hook that may change data and has begun: the old version may not run on what it has done.
pub fn changed(upgrade: &Upgrade) -> Option<&UpgradeJob> {
    upgrade.jobs.iter().find(|job| job.changes_data && job.begun())
}

/// The number of the Job that brings them back: where a hook may have changed them, and there is a backup from before it.
pub fn restore(upgrade: &Upgrade) -> Option<usize> {
    changed(upgrade)?;
    upgrade.backup()?;
    // A retry where the images of a failed try still stand has saved what that left: there is nothing to go back to.
    if upgrade.from == upgrade.to {
        return None;
    }
    upgrade.jobs.iter().position(|job| job.phase == JobPhase::Restore)
}

/// Whether they are those of the backup again; none: nothing was to bring them back.
pub fn restored(upgrade: &Upgrade) -> Option<bool> {
    upgrade.failure.as_ref()?;
    let job = &upgrade.jobs[restore(upgrade)?];
    Some(job.result == Some(JobResult::Succeeded))
}

/// The first probe that is still to be measured after a restore.
pub fn to_measure(upgrade: &Upgrade) -> Option<usize> {
    restored(upgrade).filter(|done| *done)?;
    upgrade.jobs.iter().position(|job| job.phase == JobPhase::ProbeBack && job.result.is_none())
}

/// From which backup people restore, to stand behind what they shall restore. Its name is another's text.
pub fn from_backup(upgrade: &Upgrade) -> String {
    upgrade.backup().map(|backup| format!(" from backup {:?}", backup.chars().take(NAME).collect::<String>())).unwrap_or_default()
}

/// Characters of the name of a backup that a message holds: the history keeps as many.
const NAME: usize = 128;

//! What of the backup, hooks and probes of an upgrade stays in the history.

use jiff::{SignedDuration, Timestamp};

use crate::api::{
    Duration,
    tenant::{HistoryEntry, HookEntry, JobPhase, JobResult, ProbeEntry, Upgrade, UpgradeJob},
};

/// Bytes of a message that the running upgrade keeps.
pub const LONG: usize = 1024;
/// Characters that the history keeps.
pub const SHORT: usize = 128;
/// So many bytes of messages the running upgrade keeps: then those of hooks that succeeded are cut, the oldest first.
const ALTOGETHER: usize = 16 * 1024;
/// So many of the newest entries keep their hooks and probes.
const ENTRIES: usize = 3;

/// At most so many characters of a text, and of bytes, whatever they are.
pub fn clip(text: &str, length: usize) -> String {
    let mut end = text.len().min(length);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

/// Many hooks with long messages must not make a status too large to be written. Values of probes are still to be compared, and the
/// name of a backup is still to be told to Jobs.
pub fn shorten(upgrade: Option<&mut Upgrade>) {
    let Some(upgrade) = upgrade else { return };
    let length = |job: &UpgradeJob| job.message.as_ref().map_or(0, String::len);
    let mut total: usize = upgrade.jobs.iter().map(length).sum();
    let is_said = |job: &&mut UpgradeJob| !job.phase.is_probe() && job.phase != JobPhase::Backup;
    for job in upgrade.jobs.iter_mut().filter(is_said).filter(|job| job.result == Some(JobResult::Succeeded)) {
        if total <= ALTOGETHER {
            return;
        }
        let before = length(job);
        job.message = job.message.take().map(|message| clip(&message, SHORT));
        total -= before - length(job);
    }
}

/// The hooks that came to their turn, in their order.
pub fn hooks(upgrade: &Upgrade) -> Option<Box<[HookEntry]>> {
    let entry = |job: &UpgradeJob| {
        Some(HookEntry { name: job.step(), result: job.result?, took: took(job), message: job.message.as_deref().map(short) })
    };
    some(upgrade.jobs.iter().filter(|job| !job.phase.is_probe()).filter_map(entry).collect())
}

/// The probes that were measured.
pub fn probes(upgrade: &Upgrade) -> Option<Box<[ProbeEntry]>> {
    let value = |phase, name: &str| {
        let job = upgrade.jobs.iter().find(|job| job.phase == phase && job.name == name)?;
        job.message.as_deref().filter(|_| job.result == Some(JobResult::Succeeded)).map(short)
    };
    let entry = |job: &UpgradeJob| ProbeEntry {
        name: job.name.clone(),
        before: value(JobPhase::ProbeBefore, &job.name),
        after: value(JobPhase::ProbeAfter, &job.name),
        restored: value(JobPhase::ProbeBack, &job.name),
        holds: job.holds,
    };
    some(upgrade.jobs.iter().filter(|job| job.phase == JobPhase::ProbeAfter).map(entry).collect())
}

/// To when its data were brought back: what was written after the backup had begun may not be in it.
pub fn restored_to(upgrade: &Upgrade) -> Option<Timestamp> {
    let done = |phase| upgrade.jobs.iter().find(|job| job.phase == phase && job.result == Some(JobResult::Succeeded));
    done(JobPhase::Restore).and(done(JobPhase::Backup)).and_then(|backup| backup.started_at)
}

/// Whether a hook of the tenant's own, or its backup, made it fail. A restore runs when it has failed already.
pub fn own_hook(upgrade: &Upgrade) -> bool {
    let own = |job: &UpgradeJob| matches!(job.phase, JobPhase::Backup | JobPhase::TenantBefore | JobPhase::TenantAfter);
    upgrade.jobs.iter().any(|job| own(job) && job.result == Some(JobResult::Failed))
}

/// Only the newest entries keep theirs.
pub fn forget(history: &mut [HistoryEntry]) {
    for entry in history.iter_mut().skip(ENTRIES) {
        (entry.steps, entry.probes) = (None, None);
    }
}

fn some<T>(list: Vec<T>) -> Option<Box<[T]>> {
    (!list.is_empty()).then(|| list.into())
}

fn short(message: &str) -> String {
    message.chars().take(SHORT).collect()
}

fn took(job: &UpgradeJob) -> Option<Duration> {
    let took: SignedDuration = Timestamp::duration_since(job.finished_at?, job.started_at?);
    Some(Duration::from_secs(u32::try_from(took.as_secs().max(0)).unwrap_or(u32::MAX)))
}

//! R34: the steps of a run in their order, as the manifests ask for them when it begins.

use crate::{
    api::{
        DashboardReleaseSpec, TenantInstanceSpec, UpgradeTrialSpec,
        check::JOB_TIMEOUT,
        tenant::{JobPhase, UpgradeJob},
        trial::{CleanJob, Scrubbed, TrialJob, TrialStep, TrialStepKind},
    },
    plan::jobs::steps,
};

/// What an egress Job must write.
pub const BLOCKED: &str = "blocked";

/// All of them. No data come in before the egress Job, and nothing boots before the counts.
pub fn of(trial: &UpgradeTrialSpec, tenant: &TenantInstanceSpec, release: &DashboardReleaseSpec) -> Vec<TrialStep> {
    let backup = tenant.data.iter().map(|data| TrialStep {
        timeout: data.backup.timeout.unwrap_or(JOB_TIMEOUT),
        ..job(TrialStepKind::Backup, &data.backup.cron_job_ref.name)
    });
    let jobs = &trial.jobs;
    let fill = [egress(&jobs.egress), plain(TrialStepKind::Restore, &jobs.restore), plain(TrialStepKind::Scrub, &jobs.scrub)];
    let workloads = |kind| trial.workloads.iter().map(move |one| TrialStep { name: one.name.clone(), ..blank(kind) });
    let all = steps::of(tenant, release);
    let hooks = |after: bool| all.iter().filter(move |job| is_hook(job) && job.phase.is_after() == after).map(hook);
    let fill = backup.chain(fill).chain(jobs.scrubbed.iter().map(count));
    let upgrade = hooks(false).chain(workloads(TrialStepKind::Images)).chain(hooks(true));
    fill.chain(workloads(TrialStepKind::Boot)).chain(upgrade).collect()
}

/// The proof that the trial is cut off.
pub fn egress(job: &TrialJob) -> TrialStep {
    TrialStep { expect: Some(BLOCKED.into()), ..plain(TrialStepKind::Egress, job) }
}

/// What empties the trial.
pub fn clean(job: &CleanJob) -> TrialStep {
    TrialStep { timeout: job.timeout(), ..self::job(TrialStepKind::Clean, &job.cron_job_ref.name) }
}

fn plain(kind: TrialStepKind, job: &TrialJob) -> TrialStep {
    TrialStep { timeout: job.timeout(), ..self::job(kind, &job.cron_job_ref.name) }
}

fn count(count: &Scrubbed) -> TrialStep {
    TrialStep {
        name: count.name.clone(),
        timeout: count.timeout(),
        expect: Some(count.expect.clone()),
        ..job(TrialStepKind::Scrubbed, &count.cron_job_ref.name)
    }
}

fn is_hook(job: &UpgradeJob) -> bool {
    hook_kind(job.phase).is_some()
}

fn hook_kind(phase: JobPhase) -> Option<TrialStepKind> {
    Some(match phase {
        JobPhase::TenantBefore => TrialStepKind::TenantBefore,
        JobPhase::ReleaseBefore => TrialStepKind::ReleaseBefore,
        JobPhase::ReleaseAfter => TrialStepKind::ReleaseAfter,
        JobPhase::TenantAfter => TrialStepKind::TenantAfter,
        _ => return None,
    })
}

fn hook(hook: &UpgradeJob) -> TrialStep {
    let kind = hook_kind(hook.phase).unwrap_or(TrialStepKind::TenantBefore);
    TrialStep { name: hook.name.clone(), timeout: hook.timeout, retries: hook.retries, ..job(kind, &hook.cron_job) }
}

fn job(kind: TrialStepKind, cron_job: &str) -> TrialStep {
    TrialStep { cron_job: Some(cron_job.into()), ..blank(kind) }
}

fn blank(kind: TrialStepKind) -> TrialStep {
    TrialStep {
        kind,
        name: String::new(),
        cron_job: None,
        timeout: JOB_TIMEOUT,
        expect: None,
        retries: 0,
        attempt: 1,
        job: None,
        started_at: None,
        finished_at: None,
        result: None,
        reason: None,
        message: None,
    }
}

/// The next try of it: another Job.
pub fn again(step: &TrialStep) -> TrialStep {
    TrialStep {
        attempt: step.attempt + 1,
        job: None,
        started_at: None,
        finished_at: None,
        result: None,
        reason: None,
        message: None,
        ..step.clone()
    }
}

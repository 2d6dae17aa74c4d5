//! R26, R34: a Job of a run, by one move. Its result stands in the status before anything follows.

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        tenant::JobResult,
        trial::{TrialRun, TrialStep, TrialStepKind},
    },
    fleet::{Fleet, Job, JobKey, ObjectKey, TenantKey},
    plan::{
        jobs::{self, Over, Standing, Wanted},
        output::held::Held,
        record::steps as record,
        trial::{release, turn::Turn},
    },
};

/// What became of a Job.
pub enum Move {
    /// It waits, or an effect was asked for.
    Waits(Option<Held>),
    /// The step is as this now; without a result it has only begun.
    Becomes(Box<TrialStep>),
}

/// Follows the Job of a step.
pub fn follow(turn: &mut Turn, run: &TrialRun, step: &TrialStep) -> Move {
    let Some(tenant) = turn.tenant() else { return Move::Waits(None) };
    let Some(cron_job) = &step.cron_job else { return Move::Waits(None) };
    let (id, word) = (run.id.to_string(), step.word());
    // An owner is in the namespace of what it owns: a backup is the tenant's own.
    let of_tenant = step.kind == TrialStepKind::Backup;
    let owner = if of_tenant { ObjectKey::Tenant(tenant.clone()) } else { ObjectKey::Trial(turn.key.clone()) };
    let images = release::of_run(turn.fleet, run).map_or(&jobs::NO_IMAGES, |spec| &spec.images);
    let backup = backup(run);
    let wanted = Wanted {
        namespace: if of_tenant { &tenant.namespace } else { &turn.key.namespace },
        cron_job,
        owner,
        owner_uid: if of_tenant { &run.tenant_uid } else { &turn.trial.meta.uid },
        id: &id,
        step: &word,
        attempt: step.attempt,
        deadline: step.timeout.as_secs(),
        version: &run.version,
        images,
        upgrade: Some((&tenant.name, &run.from)),
        backup,
    };
    let begun = step.job.as_ref().map(|name| JobKey::new(wanted.namespace, name));
    let key = begun.clone().unwrap_or_else(|| wanted.key());
    if turn.fleet.outstanding.contains_key(&ObjectKey::Job(key.clone())) {
        return Move::Waits(None);
    }
    if of_tenant
        && !there(turn, &key)
        && let Err(held) = no_upgrade_runs(turn.fleet, &tenant)
    {
        return Move::Waits(Some(held));
    }
    match jobs::look(turn.fleet, &wanted, begun) {
        Standing::Held(held) => Move::Waits(Some(held)),
        Standing::Make(change, held) | Standing::Read(change, held) if step.job.is_some() || !there(turn, &key) => {
            turn.effect(change, &turn.trial.meta);
            Move::Waits(held)
        }
        Standing::Runs(job) if step.job.is_none() => Move::Becomes(Box::new(began(step, &key, job))),
        Standing::Runs(_) => Move::Waits(None),
        // First seen when it had ended: it began all the same.
        Standing::Make(..) | Standing::Read(..) => match turn.fleet.jobs.get(&key) {
            Some(job) => Move::Becomes(Box::new(began(step, &key, job))),
            None => Move::Waits(None),
        },
        Standing::Over(over) => Move::Becomes(Box::new(ended(step, &key, &over, turn.now))),
    }
}

/// While the tenant itself is upgraded nothing of a trial begins in its namespace: a backup would be of data that are half migrated.
pub fn no_upgrade_runs(fleet: &Fleet, tenant: &TenantKey) -> Result<(), Held> {
    let status = fleet.tenants.get(tenant).and_then(|known| known.status.as_ref().ok());
    if status.and_then(|status| status.upgrade.as_ref()).is_none_or(|upgrade| upgrade.started_at.is_none()) {
        return Ok(());
    }
    let message = format!("an upgrade of TenantInstance {tenant} runs; the trial goes on when that has ended");
    Err(Held::new(Reason::Upgrading, message))
}

fn there(turn: &Turn, key: &JobKey) -> bool {
    turn.fleet.jobs.contains_key(key)
}

/// What the backup of this run is called.
fn backup(run: &TrialRun) -> Option<&str> {
    let step = run.steps.iter().find(|step| step.kind == TrialStepKind::Backup && step.succeeded())?;
    step.message.as_deref().or(step.job.as_deref())
}

fn began(step: &TrialStep, key: &JobKey, job: &Job) -> TrialStep {
    TrialStep { job: Some(key.name.clone()), started_at: Some(job.began_at()), reason: None, message: None, ..step.clone() }
}

/// A Job that failed proves nothing. Where something is expected, only that is a success.
fn ended(step: &TrialStep, key: &JobKey, over: &Over, now: Timestamp) -> TrialStep {
    let begun = over.job.map_or_else(|| step.clone(), |job| began(step, key, job));
    let step = TrialStep { finished_at: Some(over.at(now)), message: over.wrote(), ..begun };
    match (over.failed, &step.expect) {
        (None, Some(expect)) if over.message != expect => {
            let message = format!("Job {key} wrote {:?}, and {expect:?} is expected", over.message);
            failed(step, differs(over.message), &message)
        }
        (None, _) => TrialStep { result: Some(JobResult::Succeeded), ..step },
        (Some(reason), _) => failed(step, None, &over.why(reason, key)),
    }
}

/// Whether what was written says that a trial is open: a Job that wrote nothing says nothing.
fn differs(message: &str) -> Option<Reason> {
    (!message.is_empty()).then_some(Reason::QuarantineNotEnforced)
}

fn failed(step: TrialStep, said: Option<Reason>, message: &str) -> TrialStep {
    let reason = match step.kind {
        TrialStepKind::Backup => Reason::BackupFailed,
        TrialStepKind::Egress => said.unwrap_or(Reason::QuarantineUnproven),
        TrialStepKind::Restore => Reason::TrialRestoreFailed,
        TrialStepKind::Scrub => Reason::ScrubFailed,
        TrialStepKind::Scrubbed => Reason::ScrubUnproven,
        TrialStepKind::Clean => Reason::CleanFailed,
        _ => Reason::HookFailed,
    };
    TrialStep { result: Some(JobResult::Failed), reason: Some(reason.into()), message: Some(cut(message)), ..step }
}

/// What is kept of why a step failed or waits: a status with more would be refused, and nothing would follow from it.
pub fn cut(message: &str) -> String {
    record::clip(message, record::LONG)
}

//! R19, R38, R39: the backup, hooks and probes of an upgrade in the order in which they run, and what its way back needs.

use crate::{
    api::{
        DashboardReleaseSpec, TenantInstanceSpec,
        check::JOB_TIMEOUT,
        data::DataJob,
        hook::{Compare, Hook, Probe},
        reason::Reason,
        tenant::{JobPhase, UpgradeJob},
    },
    fleet::{Fleet, JobKey},
    plan::{
        jobs::ask::{self, Said},
        output::held::Held,
        pass::qualified::Qualified,
    },
};

/// All of them, as the manifests ask for them now.
pub fn of(tenant: &TenantInstanceSpec, release: &DashboardReleaseSpec) -> Vec<UpgradeJob> {
    asked(tenant, release).map(|(phase, asks)| asks.job(phase)).collect()
}

/// What asks for a Job.
#[derive(Clone, Copy)]
enum Asks<'a> {
    Hook(&'a Hook),
    Probe(&'a Probe),
    Data(&'a DataJob),
}

/// The one place that knows the order.
fn asked<'a>(tenant: &'a TenantInstanceSpec, release: &'a DashboardReleaseSpec) -> impl Iterator<Item = (JobPhase, Asks<'a>)> {
    let hooks = [
        (JobPhase::TenantBefore, &tenant.hooks.before),
        (JobPhase::ReleaseBefore, &release.hooks.before),
        (JobPhase::ReleaseAfter, &release.hooks.after),
        (JobPhase::TenantAfter, &tenant.hooks.after),
    ];
    let hooks = hooks.into_iter().flat_map(|(phase, hooks)| hooks.iter().map(move |hook| (phase, Asks::Hook(hook))));
    let measured = |phase| tenant.probes.iter().map(move |probe| (phase, Asks::Probe(probe)));
    let saved = |phase, job: Option<&'a DataJob>| job.into_iter().map(move |job| (phase, Asks::Data(job)));
    let backup = tenant.data.as_ref().map(|data| &data.backup);
    let restore = tenant.data.as_ref().and_then(|data| data.restore.as_ref());
    let back = measured(JobPhase::ProbeBack).filter(move |_| restore.is_some());
    // What is measured after the backup was in it, or shows that a restore lost it.
    let forward = saved(JobPhase::Backup, backup).chain(measured(JobPhase::ProbeBefore)).chain(hooks);
    forward.chain(measured(JobPhase::ProbeAfter)).chain(saved(JobPhase::Restore, restore)).chain(back)
}

impl<'a> Asks<'a> {
    fn cron_job(self) -> &'a str {
        match self {
            Self::Hook(hook) => &hook.cron_job_ref.name,
            Self::Probe(probe) => &probe.cron_job_ref.name,
            Self::Data(job) => &job.cron_job_ref.name,
        }
    }

    fn job(self, phase: JobPhase) -> UpgradeJob {
        match self {
            Self::Hook(hook) => UpgradeJob {
                timeout: hook.timeout.unwrap_or(JOB_TIMEOUT),
                retries: hook.retries.unwrap_or_default(),
                // Who says nothing of a Job before the images may mean a migration; after them, what looks whether all is well.
                changes_data: hook.changes_data.unwrap_or(!phase.is_after()),
                ..blank(phase, &hook.name, self.cron_job())
            },
            Self::Probe(probe) if phase.is_back() => UpgradeJob {
                timeout: probe.timeout.unwrap_or(JOB_TIMEOUT),
                // What was restored is what was: less is not enough, and more is not what was saved.
                compare: Some(Compare::Equal),
                ..blank(phase, &probe.name, self.cron_job())
            },
            Self::Data(job) => UpgradeJob { timeout: job.timeout.unwrap_or(JOB_TIMEOUT), ..blank(phase, DATA, self.cron_job()) },
            Self::Probe(probe) => UpgradeJob {
                timeout: probe.timeout.unwrap_or(JOB_TIMEOUT),
                compare: probe.compare,
                within: probe.within.clone(),
                ..blank(phase, &probe.name, self.cron_job())
            },
        }
    }
}

/// What is saved and restored, as it stands behind the phase in the name of a step.
const DATA: &str = "data";

fn blank(phase: JobPhase, name: &str, cron_job: &str) -> UpgradeJob {
    UpgradeJob {
        phase,
        name: name.into(),
        cron_job: cron_job.into(),
        timeout: JOB_TIMEOUT,
        retries: 0,
        changes_data: false,
        compare: None,
        within: None,
        attempt: 1,
        job: None,
        started_at: None,
        finished_at: None,
        result: None,
        reason: None,
        message: None,
        holds: None,
    }
}

/// Why it is not certain that all of them can be made.
pub enum Unmakeable {
    /// The first that cannot, and what keeps it from being made.
    Held(Held),
    /// None that cannot; of one nobody has asked yet.
    NotAsked,
}

/// Whether all of them could be made now; nothing: they could.
pub fn unmakeable(fleet: &Fleet, namespace: &str, tenant: &TenantInstanceSpec, release: &Qualified) -> Option<Unmakeable> {
    let cannot = |phase, asks: Asks, held: Held| {
        let message = format!("{} cannot run: {}", named(&asks.job(phase)), held.message);
        Unmakeable::Held(Held::new(held.reason, message))
    };
    let mut first = None;
    for (phase, asks) in asked(tenant, release.spec) {
        match ask::said(fleet, &JobKey::new(namespace, asks.cron_job()), release.uid) {
            // What every process knows at once is told before what the API server was asked: else each restart would tell one after the other.
            Said::NoTemplate(held) => return Some(cannot(phase, asks, held)),
            Said::Refused(held) if first.is_none() => first = Some(cannot(phase, asks, held)),
            Said::NotAsked if first.is_none() => first = Some(Unmakeable::NotAsked),
            Said::Granted | Said::Refused(_) | Said::NotAsked => {}
        }
    }
    first
}

/// What it means that its last try failed.
pub fn failure(phase: JobPhase) -> Reason {
    match phase {
        JobPhase::Backup => Reason::BackupFailed,
        JobPhase::Restore => Reason::RestoreFailed,
        phase if phase.is_probe() => Reason::ProbeBroken,
        _ => Reason::HookFailed,
    }
}

/// A Job of an upgrade as messages name it.
pub fn named(job: &UpgradeJob) -> String {
    let name = &job.name;
    match job.phase {
        JobPhase::Backup => "the backup of the data".into(),
        JobPhase::Restore => "the restore of the data".into(),
        JobPhase::ProbeBefore => format!("probe {name:?} before the upgrade"),
        JobPhase::TenantBefore => format!("the tenant's hook {name:?} before the images"),
        JobPhase::ReleaseBefore => format!("the release's hook {name:?} before the images"),
        JobPhase::ReleaseAfter => format!("the release's hook {name:?} after the images"),
        JobPhase::TenantAfter => format!("the tenant's hook {name:?} after the images"),
        JobPhase::ProbeAfter => format!("probe {name:?} after the upgrade"),
        JobPhase::ProbeBack => format!("probe {name:?} after the restore"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn specs() -> (TenantInstanceSpec, DashboardReleaseSpec) {
        let hook = |name: &str| json!({"name": name, "cronJobRef": {"name": format!("uplift-{name}")}});
        let tenant = json!({
            "customer": {"displayName": "A"}, "windowRef": {"name": "w"}, "workloads": [],
            "hooks": {"before": [hook("drain")], "after": [hook("warm")]},
            "probes": [{"name": "invoices", "cronJobRef": {"name": "uplift-count"}, "compare": "Equal"}],
        });
        let mut migrate = hook("migrate");
        (migrate["timeout"], migrate["retries"]) = ("1h".into(), 2.into());
        let mut backup = hook("backup");
        backup["changesData"] = false.into();
        let release = json!({"version": "1.1", "images": {}, "hooks": {"before": [backup, migrate], "after": [hook("verify")]}});
        (serde_json::from_value(tenant).unwrap(), serde_json::from_value(release).unwrap())
    }

    /// R19: the tenant's hooks enclose the release's, and the probes both.
    #[test]
    fn the_tenants_hooks_enclose_those_of_the_release_and_probes_enclose_all() {
        let (tenant, release) = specs();
        let steps: Vec<_> = of(&tenant, &release).iter().map(UpgradeJob::step).collect();
        let wanted = [
            "probe-before.invoices",
            "tenant-before.drain",
            "release-before.backup",
            "release-before.migrate",
            "release-after.verify",
            "tenant-after.warm",
            "probe-after.invoices",
        ];
        assert_eq!(steps, wanted);
    }

    #[test]
    fn what_is_not_said_counts_as_changing_data_before_the_images_only() {
        let (tenant, release) = specs();
        let jobs = of(&tenant, &release);
        let changing: Vec<_> = jobs.iter().filter(|job| job.changes_data).map(|job| job.name.as_str()).collect();
        assert_eq!(changing, ["drain", "migrate"]);
        let limits: Vec<_> = jobs.iter().map(|job| (job.timeout.as_secs(), job.retries)).collect();
        assert_eq!(limits, [(1800, 0), (1800, 0), (1800, 0), (3600, 2), (1800, 0), (1800, 0), (1800, 0)]);
    }

    /// The step is a label of the Job: 63 characters, and an alphanumeric one at both ends.
    #[test]
    fn the_step_of_the_longest_name_fits_a_label() {
        let longest = blank(JobPhase::ReleaseBefore, &"x".repeat(40), "c").step();
        assert!(longest.len() <= 63, "{longest}");
    }
}

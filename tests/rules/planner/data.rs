//! R38, R39: backup and restore, as far as a scenario cannot say it.

use uplift::{
    api::tenant::{JobResult, SlotResult, StepKind, Upgrade},
    fleet::{Fleet, JobKey},
    plan::{Change, NewJob, plan},
};

use super::{acme, at, deployment, status_of, world};

/// A backup of ten minutes that prints this, then a migration of ten; a restore of ten.
fn saved(prints: &str, more: &str, until: &str) -> Fleet {
    let cron_job = |name: &str| {
        format!(
            "
apiVersion: batch/v1
kind: CronJob
metadata: {{name: uplift-{name}, namespace: acme, labels: {{uplift.dev/template: \"true\"}}}}
spec: {{schedule: \"0 0 31 2 *\", suspend: true, jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: main, image: tools}}]}}}}}}}}}}
---"
        )
    };
    let events = format!(
        "
- {{at: 2026-12-01T00:00:00Z, patch: {{kind: TenantInstance, namespace: acme, name: acme, merge: {{spec: {{data: {{backup: {{cronJobRef: {{name: uplift-backup}}}}, restore: {{cronJobRef: {{name: uplift-restore}}}}}}, hooks: {{before: [{{name: migrate, cronJobRef: {{name: uplift-migrate}}}}]}}}}}}}}}}
- {{at: 2026-12-01T00:00:00Z, job: {{cronJob: acme/uplift-backup, outcome: Succeeds, takes: 10m, message: '{prints}'}}}}
- {{at: 2026-12-01T00:00:00Z, job: {{cronJob: acme/uplift-migrate, outcome: Fails, takes: 10m}}}}
- {{at: 2026-12-01T00:00:00Z, job: {{cronJob: acme/uplift-restore, outcome: Succeeds, takes: 10m}}}}
{more}"
    );
    world(&["backup", "migrate", "restore"].map(cron_job).concat(), &events, until).0
}

fn upgrade(fleet: &Fleet) -> &Upgrade {
    fleet.tenants[&acme()].status.as_ref().unwrap().upgrade.as_ref().unwrap()
}

fn made(fleet: &Fleet, now: &str) -> Vec<(JobKey, NewJob)> {
    let made = |change: Change| if let Change::Job { job, new } = change { Some((job, *new)) } else { None };
    plan(fleet, at(now)).writes.into_iter().filter_map(|write| made(write.change)).collect()
}

/// The migration has failed, and the way back is written: its first step.
fn to_restore() -> Fleet {
    let mut fleet = saved("s3://b/42", "", "2026-12-15T18:15:00Z");
    let job = upgrade(&fleet).jobs.iter().find(|job| job.name == "migrate").unwrap().job.clone().unwrap();
    let job = JobKey::new("acme", job);
    fleet.job_reads.insert(job, uplift::fleet::JobRead { job: None, message: String::new() });
    fleet.jobs.clear();
    let status = status_of(&plan(&fleet, at("2026-12-15T18:16:00Z")), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    fleet
}

/// The Job that follows is told which backup there is, as Kubernetes hands texts on: a dollar is doubled.
#[test]
fn later_jobs_are_told_the_backup_or_its_job() {
    for (prints, told) in [("s3://b/42", "s3://b/42"), ("price $(X) $$", "price $$(X) $$$$")] {
        let mut fleet = saved(prints, "", "2026-12-15T18:11:00Z");
        fleet.jobs.retain(|key, _| key.name.starts_with("uplift-backup"));
        fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap().jobs[1].job = None;
        let made = made(&fleet, "2026-12-15T18:11:00Z");
        assert_eq!(made[0].1.env["UPLIFT_BACKUP"], told);
    }
    let fleet = saved("", "", "2026-12-15T18:11:00Z");
    let backup = &upgrade(&fleet).jobs[0];
    assert_eq!((backup.result, upgrade(&fleet).backup()), (Some(JobResult::Succeeded), backup.job.as_deref()));
}

/// The name of a backup is no message that may be cut when there are many.
#[test]
fn the_name_of_a_backup_is_kept_however_much_hooks_print() {
    let mut fleet = saved(&"b".repeat(1000), "", "2026-12-15T18:05:00Z");
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let upgrade = status.upgrade.as_mut().unwrap();
    let migrate = upgrade.jobs[1].clone();
    let talks = (0..20).map(|n| {
        let name = format!("talks{n}");
        uplift::api::tenant::UpgradeJob {
            name,
            result: Some(JobResult::Succeeded),
            message: Some("m".repeat(1000)),
            ..migrate.clone()
        }
    });
    upgrade.jobs.extend(talks);
    let backup = JobKey::new("acme", upgrade.jobs[0].job.clone().unwrap());
    let job = fleet.jobs.get_mut(&backup).unwrap();
    job.ended = Some(uplift::fleet::Ended {
        succeeded: true,
        deadline_exceeded: false,
        message: String::new(),
        at: at("2026-12-15T18:05:00Z"),
    });
    let job = job.clone();
    fleet.job_reads.insert(backup, uplift::fleet::JobRead { job: Some(job), message: "b".repeat(1000) });
    let status = status_of(&plan(&fleet, at("2026-12-15T18:05:00Z")), &acme()).unwrap();
    assert_eq!(status.upgrade.unwrap().backup().map(str::len), Some(1000));
}

/// The way back is written before the Job is made, and names the failure: a restart goes on with the restore.
#[test]
fn the_write_that_begins_the_way_back_comes_before_the_restore() {
    let fleet = to_restore();
    let upgrade = upgrade(&fleet);
    let step = upgrade.step.as_ref().unwrap();
    assert_eq!((step.kind, step.name.as_deref()), (StepKind::Restore, Some("restore.data")));
    assert!(upgrade.failure.is_some());
    assert_eq!(upgrade.before.len(), 1, "every workload is looked at, though none was changed");
    let made = made(&fleet, "2026-12-15T18:16:00Z");
    assert_eq!(made.len(), 1);
    assert_eq!((made[0].1.step.as_str(), made[0].1.env["UPLIFT_BACKUP"].as_str()), ("restore.data", "s3://b/42"));
}

/// A restore that began is never made again: one that was deleted meanwhile is the end, and people are told of the backup.
#[test]
fn a_restore_that_vanished_is_not_repeated() {
    let mut fleet = to_restore();
    let name = made(&fleet, "2026-12-15T18:16:00Z").remove(0).0;
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let jobs = &mut status.upgrade.as_mut().unwrap().jobs;
    jobs[2].job = Some(name.name.clone());
    fleet.job_reads.insert(name, uplift::fleet::JobRead { job: None, message: String::new() });
    let plan = plan(&fleet, at("2026-12-15T18:16:00Z"));
    let ended = status_of(&plan, &acme()).unwrap().history.remove(0);
    let message = ended.message.unwrap();
    assert_eq!((ended.result, ended.reason.unwrap().word()), (SlotResult::RollbackFailed, "HookFailed"));
    assert!(message.contains("JobVanished") && message.contains("restore the data from backup \"s3://b/42\""), "{message}");
    assert_eq!(ended.restored_to, None);
}

/// Nobody is rolled back to what a failed try left: a retry that finds the new images has saved data that are half migrated.
#[test]
fn a_retry_on_the_images_of_a_failed_try_restores_nothing() {
    let mut fleet = saved("s3://b/42", "", "2026-12-15T18:15:00Z");
    let upgrade = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap();
    upgrade.from = upgrade.to.clone();
    let job = JobKey::new("acme", upgrade.jobs[1].job.clone().unwrap());
    fleet.jobs.clear();
    fleet.job_reads.insert(job, uplift::fleet::JobRead { job: None, message: String::new() });
    let ended = status_of(&plan(&fleet, at("2026-12-15T18:16:00Z")), &acme()).unwrap().history.remove(0);
    assert_eq!(ended.result, SlotResult::Failed);
    let message = ended.message.unwrap();
    assert!(message.contains("restore them by hand from backup \"s3://b/42\""), "{message}");
}

/// A workload that another hand took is not put back, restored data or not.
#[test]
fn after_a_restore_a_workload_with_another_image_is_told() {
    let mut fleet = saved("s3://b/42", "", "2026-12-15T18:25:00Z");
    assert_eq!(upgrade(&fleet).step.as_ref().unwrap().kind, StepKind::Restore);
    let job = JobKey::new("acme", upgrade(&fleet).jobs[2].job.clone().unwrap());
    let there = fleet.jobs.get_mut(&job).unwrap();
    there.ended = Some(uplift::fleet::Ended {
        succeeded: true,
        deadline_exceeded: false,
        message: String::new(),
        at: at("2026-12-15T18:25:00Z"),
    });
    let there = there.clone();
    fleet.job_reads.insert(job, uplift::fleet::JobRead { job: Some(there), message: String::new() });
    let back = status_of(&plan(&fleet, at("2026-12-15T18:26:00Z")), &acme()).unwrap();
    assert_eq!(back.upgrade.as_ref().unwrap().step.as_ref().unwrap().kind, StepKind::Rollback);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(back);
    let workload = fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap();
    workload.containers[0].image = "registry.example.test/mine:1".into();
    let ended = status_of(&plan(&fleet, at("2026-12-15T18:26:00Z")), &acme()).unwrap().history.remove(0);
    let message = ended.message.unwrap();
    assert_eq!(ended.result, SlotResult::RollbackFailed);
    assert!(message.contains("look at the data, which were restored from backup \"s3://b/42\""), "{message}");
    assert_eq!(ended.restored_to, Some(at("2026-12-15T18:00:00Z")));
}

//! R34 to R36, I16: trials, as far as a scenario cannot say it.

use uplift::{
    api::{
        UpgradeTrialStatus, condition,
        reason::Reason,
        trial::{TrialEnd, TrialRun},
    },
    fleet::{Fleet, ObjectKey, TenantKey, TrialKey},
    plan::{Change, ImageChange, Plan, plan},
};

use super::{acme, at, world};

const READY: &str = "2026-12-02T09:30:00Z";

fn cron_job(name: &str) -> String {
    format!(
        "
apiVersion: batch/v1
kind: CronJob
metadata: {{name: uplift-{name}, namespace: acme-trial, labels: {{uplift.dev/template: \"true\"}}}}
spec: {{schedule: \"0 0 31 2 *\", suspend: true, jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: main, image: tools}}]}}}}}}}}}}
---"
    )
}

/// Acme's trial, with all that it needs.
pub(super) fn manifests() -> String {
    let trial = "
apiVersion: uplift.dev/v1alpha1
kind: UpgradeTrial
metadata: {name: trial, namespace: acme-trial}
spec:
  tenantRef: {namespace: acme, name: acme}
  workloads: [{kind: Deployment, name: dashboard, replicas: 2}]
  jobs:
    egress: {cronJobRef: {name: uplift-egress}}
    restore: {cronJobRef: {name: uplift-restore}}
    scrub: {cronJobRef: {name: uplift-scrub}}
    scrubbed: [{name: live-smtp, cronJobRef: {name: uplift-count}, expect: \"0\"}]
    clean: {cronJobRef: {name: uplift-clean}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: dashboard, namespace: acme-trial}
spec:
  replicas: 0
  selector: {matchLabels: {app: dashboard}}
  template:
    metadata: {labels: {app: dashboard}}
    spec: {containers: [{name: dashboard, image: \"registry.example.test/dashboard:2026.10.0\"}]}
";
    let jobs = ["egress", "restore", "scrub", "count", "clean"].map(cron_job).concat();
    format!("{jobs}{trial}")
}

/// It is asked for on 2 December at 09:00, and ready six minutes later.
fn tried(more: &str, until: &str) -> Fleet {
    let events = format!(
        "
- {{at: 2026-12-01T00:00:00Z, patch: {{kind: TenantInstance, namespace: acme, name: acme, merge: {{spec: {{trials: {{namespace: acme-trial}}}}}}}}}}
- {{at: 2026-12-02T09:00:00Z, annotate: {{tenant: acme/acme, set: {{uplift.dev/trial: '2026.12.0'}}}}}}
{more}"
    );
    world(&manifests(), &events, until).0
}

fn key() -> TrialKey {
    TrialKey::new("acme-trial", "trial")
}

fn status(fleet: &Fleet) -> &UpgradeTrialStatus {
    fleet.trials[&key()].status.as_ref().unwrap()
}

fn written(plan: &Plan) -> Option<UpgradeTrialStatus> {
    plan.writes.iter().find_map(|write| match &write.change {
        Change::TrialStatus { status, .. } => Some((**status).clone()),
        _ => None,
    })
}

fn images(plan: &Plan) -> Vec<(String, ImageChange)> {
    let images = |change: &Change| match change {
        Change::Images { workload, images } => Some((workload.to_string(), images.clone())),
        _ => None,
    };
    plan.writes.iter().filter_map(|write| images(&write.change)).collect()
}

fn jobs(plan: &Plan) -> Vec<String> {
    let step = |change: &Change| if let Change::Job { new, .. } = change { Some(new.step.clone()) } else { None };
    plan.writes.iter().filter_map(|write| step(&write.change)).collect()
}

/// The status that the plan writes is written.
fn write(fleet: &mut Fleet, plan: &Plan) {
    let next = written(plan).unwrap();
    fleet.trials.get_mut(&key()).unwrap().status = Ok(next);
}

fn end(status: &UpgradeTrialStatus) -> TrialEnd {
    status.run.as_ref().and_then(|run| run.ended.clone()).unwrap()
}

fn waits(status: &UpgradeTrialStatus) -> Option<Reason> {
    condition::reason(&status.conditions, condition::AVAILABLE)
}

#[test]
fn a_trial_that_stands_writes_nothing() {
    for until in ["2026-12-01T12:00:00Z", READY, "2026-12-10T00:00:00Z"] {
        let fleet = tried("", until);
        let plan = plan(&fleet, at(until));
        assert_eq!((written(&plan), images(&plan), jobs(&plan)), (None, vec![], vec![]), "{until}");
    }
}

/// R34: first the write that the run is on, then its first Job.
#[test]
fn each_step_is_written_before_its_effect() {
    let mut fleet = tried("", "2026-12-02T08:59:00Z");
    fleet.tenants.get_mut(&acme()).unwrap().trial = Some("2026.12.0".into());
    let now = at("2026-12-02T09:00:00Z");
    let first = plan(&fleet, now);
    assert!(written(&first).unwrap().run.is_some() && jobs(&first).is_empty());
    write(&mut fleet, &first);
    let second = plan(&fleet, now);
    assert_eq!((written(&second), jobs(&second)), (None, vec!["egress".to_owned()]));
}

/// R34: what was sent counts, and so does what no status says.
#[test]
fn no_more_trials_run_than_may() {
    let mut fleet = tried("", "2026-12-02T08:59:00Z");
    fleet.tenants.get_mut(&acme()).unwrap().trial = Some("2026.12.0".into());
    fleet.settings.trials.max_running = 1;
    let now = at("2026-12-02T09:00:00Z");
    assert!(written(&plan(&fleet, now)).unwrap().run.is_some());
    let mut other = fleet.trials[&key()].clone();
    other.status = Err("another operator's".into());
    fleet.trials.insert(TrialKey::new("zeta-trial", "trial"), other);
    let next = written(&plan(&fleet, now)).unwrap();
    assert_eq!((&next.run, waits(&next)), (&None, Some(Reason::TrialsAtLimit)), "one that nobody can read may run");
}

/// I16: the annotation says nothing where a tenant is, and nor does the trial: that is production.
#[test]
fn nothing_is_scaled_where_a_tenant_is() {
    let mut fleet = tried("", READY);
    let moved = fleet.tenants[&acme()].clone();
    fleet.tenants.insert(TenantKey::new("acme-trial", "stray"), moved);
    let first = plan(&fleet, at(READY));
    assert_eq!(end(&written(&first).unwrap()).reason, Reason::TrialNamespaceTaken);
    write(&mut fleet, &first);
    assert_eq!(images(&plan(&fleet, at(READY))), vec![]);
}

/// R34: by the annotation on the workload, also in a process that never saw the trial.
#[test]
fn what_a_deleted_trial_left_running_goes_to_zero() {
    let mut fleet = tried("", READY);
    let gone = fleet.trials.remove(&key()).unwrap();
    let scaled = images(&plan(&fleet, at(READY)));
    assert_eq!(scaled.len(), 1);
    assert_eq!(
        (&*scaled[0].0, scaled[0].1.replicas, scaled[0].1.intent.images.len()),
        ("Deployment acme-trial/dashboard", Some(0), 0)
    );
    fleet.deleted_trials.insert(key(), gone);
    let findings = plan(&fleet, at(READY)).findings;
    let told: Vec<_> = findings.iter().filter(|one| one.reason == Reason::TrialDeleted).map(|one| one.object.clone()).collect();
    assert_eq!(told, [ObjectKey::Trial(key()), ObjectKey::Tenant(acme())]);
}

/// What is not seen is not gone.
#[test]
fn nothing_is_stopped_by_a_view_that_is_stale() {
    let mut fleet = tried("", READY);
    fleet.trials.remove(&key());
    fleet.views.0.remove(&uplift::fleet::View::Trials);
    assert_eq!(images(&plan(&fleet, at(READY))), vec![]);
}

#[test]
fn a_tenant_that_asks_where_nobody_answers_is_told() {
    let mut fleet = tried("", READY);
    fleet.trials.remove(&key());
    let findings = plan(&fleet, at(READY)).findings;
    assert!(findings.iter().any(|one| one.object == ObjectKey::Tenant(acme()) && one.reason == Reason::TrialMissing));
}

/// R34: a restore that was made by a process that died may end after the cleaning began.
#[test]
fn what_may_have_come_in_beside_the_cleaning_is_cleaned_again() {
    let mut fleet =
        tried("- {at: 2026-12-02T10:00:00Z, annotate: {tenant: acme/acme, remove: [uplift.dev/trial]}}", "2026-12-02T10:00:30Z");
    let run = status(&fleet).run.clone().unwrap();
    let (id, began) = (run.id.to_string(), at("2026-12-02T10:00:00Z"));
    let late = fleet.jobs.values().find(|job| job.id == id && job.step == "restore").unwrap().clone();
    let name = run.clean.unwrap().job.unwrap();
    let all: Vec<_> = fleet.jobs.iter().map(|(key, job)| (key.clone(), job.clone())).collect();
    for (key, job) in all.into_iter().filter(|(_, job)| job.id == id) {
        let ended = uplift::fleet::Ended {
            succeeded: true,
            deadline_exceeded: false,
            message: String::new(),
            at: at("2026-12-02T10:01:00Z"),
        };
        if key.name == name {
            let job = uplift::fleet::Job { ended: Some(ended), ..job };
            fleet.job_reads.insert(key.clone(), uplift::fleet::JobRead { job: Some(job.clone()), message: String::new() });
            fleet.jobs.insert(key, job);
        } else if job.step == late.step {
            let ended = uplift::fleet::Ended { at: began + jiff::SignedDuration::from_secs(5), ..ended };
            fleet.jobs.insert(key, uplift::fleet::Job { ended: Some(ended), ..job });
        }
    }
    let next = written(&plan(&fleet, at("2026-12-02T10:01:00Z"))).unwrap();
    let attempt = |run: &TrialRun| run.clean.as_ref().map(|clean| clean.attempt);
    assert_eq!(next.run.as_ref().and_then(attempt), Some(2));
}

/// I17: what still runs may write. Replicas are at zero before the last pod is gone.
#[test]
fn nothing_is_cleaned_while_a_pod_is_left() {
    let mut fleet =
        tried("- {at: 2026-12-02T10:00:00Z, annotate: {tenant: acme/acme, remove: [uplift.dev/trial]}}", "2026-12-02T09:59:00Z");
    fleet.tenants.get_mut(&acme()).unwrap().trial = None;
    let now = "2026-12-02T10:00:00Z";
    let next = plan(&fleet, at(now));
    write(&mut fleet, &next);
    let workload = fleet.workloads.keys().find(|key| key.namespace == "acme-trial").cloned().unwrap();
    for (pods, cleans) in [(1, false), (0, true)] {
        let rollout = &mut fleet.workloads.get_mut(&workload).unwrap().rollout;
        (rollout.wanted, rollout.updated, rollout.available) = (0, pods, pods);
        let next = written(&plan(&fleet, at(now))).or_else(|| Some(status(&fleet).clone())).unwrap();
        assert_eq!(next.run.unwrap().clean.is_some(), cleans, "{pods} pods");
    }
}

#[test]
fn a_status_that_does_not_parse_is_not_overwritten() {
    let mut fleet = tried("", READY);
    fleet.trials.get_mut(&key()).unwrap().status = Err("status.run.id: missing".into());
    let plan = plan(&fleet, at(READY));
    assert_eq!((written(&plan), images(&plan)), (None, vec![]));
    assert!(plan.findings.iter().any(|one| one.object == ObjectKey::Trial(key()) && one.reason == Reason::Malformed));
}

/// R35: a run that got no proof in time is over, whatever keeps the Job from being made.
#[test]
fn a_proof_that_cannot_be_made_ends_the_run() {
    let fleet = tried("- {at: 2026-12-02T09:40:00Z, jobs: {namespace: acme-trial, answer: NotGranted}}", "2026-12-02T10:50:00Z");
    let status = status(&fleet);
    assert_eq!(end(status).reason, Reason::QuarantineUnproven);
    assert_eq!(fleet.workloads.values().map(|workload| workload.rollout.wanted).collect::<Vec<_>>(), [1, 0]);
}

/// I16: what another hand starts before its turn runs on data that nobody proved.
#[test]
fn a_workload_that_is_started_before_the_data_are_scrubbed_ends_the_run() {
    let mut fleet = tried("", "2026-12-02T09:01:00Z");
    assert!(status(&fleet).run.as_ref().unwrap().ended.is_none());
    let keys: Vec<_> = fleet.workloads.keys().filter(|key| key.namespace == "acme-trial").cloned().collect();
    for key in &keys {
        fleet.workloads.get_mut(key).unwrap().rollout.wanted = 1;
    }
    let next = written(&plan(&fleet, at("2026-12-02T09:01:00Z"))).unwrap();
    assert_eq!(end(&next).reason, Reason::TrialWorkloadsRun);
    fleet.trials.get_mut(&key()).unwrap().status = Ok(next);
    let stops = images(&plan(&fleet, at("2026-12-02T09:01:00Z")));
    assert!(stops.iter().any(|(_, images)| images.replicas == Some(0)), "{stops:?}");
}

/// Nobody knows what runs where our annotation is gone, or the workload.
#[test]
fn a_trial_whose_workload_was_replaced_or_deleted_is_no_trial_any_more() {
    let key = |fleet: &Fleet| fleet.workloads.keys().find(|key| key.namespace == "acme-trial").cloned().unwrap();
    let ways: [fn(&mut Fleet, &uplift::fleet::WorkloadKey); 2] =
        [|fleet, key| fleet.workloads.get_mut(key).unwrap().intent = None, |fleet, key| _ = fleet.workloads.remove(key)];
    for way in ways {
        let mut fleet = tried("", READY);
        let key = key(&fleet);
        way(&mut fleet, &key);
        let next = written(&plan(&fleet, at(READY))).unwrap();
        assert_eq!(end(&next).reason, Reason::OwnershipConflict);
    }
}

/// R35: who was away for hours proves it again before anything new begins.
#[test]
fn no_step_begins_while_the_proof_is_out_of_date() {
    let mut fleet = tried("", "2026-12-02T09:01:00Z");
    let run = fleet.trials.get_mut(&key()).unwrap().status.as_mut().unwrap().run.as_mut().unwrap();
    let restore = run.steps.iter().position(|step| step.word() == "restore").unwrap();
    for step in &mut run.steps[restore..] {
        (step.job, step.started_at, step.finished_at, step.result) = (None, None, None, None);
    }
    run.proven_at = Some(at("2026-12-02T09:00:30Z"));
    fleet.jobs.clear();
    let began = |fleet: &Fleet, now: &str| jobs(&plan(fleet, at(now))).contains(&"restore".to_owned());
    let settled = |fleet: &mut Fleet, now: &str| {
        while let Some(next) = written(&plan(fleet, at(now))) {
            fleet.trials.get_mut(&key()).unwrap().status = Ok(next);
        }
    };
    settled(&mut fleet, "2026-12-02T09:02:00Z");
    assert!(began(&fleet, "2026-12-02T09:02:00Z"));
    settled(&mut fleet, "2026-12-02T14:00:00Z");
    assert!(!began(&fleet, "2026-12-02T14:00:00Z"));
}

/// A backup of data that are half migrated would bring nobody anything, and holds up the upgrade.
#[test]
fn no_backup_for_a_trial_begins_while_the_tenant_is_upgraded() {
    let data = "
- {at: 2026-12-01T00:00:00Z, patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {data: {backup: {cronJobRef: {name: uplift-none}}}}}}}";
    let mut fleet = tried(data, "2026-12-02T09:00:30Z");
    assert_eq!(waits(status(&fleet)), Some(Reason::JobTemplateMissing));
    let mut upgraded = fleet.tenants[&acme()].status.clone().unwrap();
    upgraded.upgrade.as_mut().unwrap().started_at = Some(at("2026-12-02T09:00:10Z"));
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(upgraded);
    assert_eq!(waits(&written(&plan(&fleet, at("2026-12-02T09:00:30Z"))).unwrap()), Some(Reason::Upgrading));
}

/// What a controller said of the run before stands until the next rollout begins.
#[test]
fn a_workload_is_not_failed_by_what_was_said_of_an_earlier_run() {
    for (said, fails) in [("2026-12-01T09:00:00Z", false), (READY, true)] {
        let mut fleet = tried("", READY);
        let run = fleet.trials.get_mut(&key()).unwrap().status.as_mut().unwrap().run.as_mut().unwrap();
        (run.ready_at, run.expires_at) = (None, None);
        let step = run.steps.last_mut().unwrap();
        assert_eq!(step.word(), "images.dashboard");
        (step.started_at, step.finished_at, step.result) = (Some(at(READY)), None, None);
        let workload = fleet.workloads.keys().find(|key| key.namespace == "acme-trial").cloned().unwrap();
        let rollout = &mut fleet.workloads.get_mut(&workload).unwrap().rollout;
        (rollout.updated, rollout.available) = (0, 0);
        (rollout.failed, rollout.failed_at) = (Some("it did not progress".into()), Some(at(said)));
        let ended = written(&plan(&fleet, at(READY))).and_then(|next| next.run.unwrap().ended);
        assert_eq!(ended.map(|end| end.reason), fails.then(|| Reason::ProgressDeadlineExceeded.into()), "{said}");
    }
}

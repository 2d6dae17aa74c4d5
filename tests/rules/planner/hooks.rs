//! R19: hooks and probes, as far as a scenario cannot say it: what the API server refuses, what hangs beyond its deadline, what is edited meanwhile.

use uplift::{
    api::tenant::{JobResult, SlotResult, UpgradeJob},
    fleet::{Fleet, JobKey, ObjectKey, Outstanding, Refusal, RefusedBy},
    plan::{Change, Write, plan},
};

use super::{acme, at, status_of, world};

const START: &str = "2026-12-15T18:00:00Z";

/// A hook before and one after the images; the first Job takes ten minutes.
fn hooked(until: &str) -> Fleet {
    let cron_job = |name: &str| {
        format!(
            "
apiVersion: batch/v1
kind: CronJob
metadata: {{name: {name}, namespace: acme, labels: {{uplift.dev/template: \"true\"}}}}
spec: {{schedule: \"0 0 31 2 *\", suspend: true, jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: main, image: tools}}]}}}}}}}}}}
---"
        )
    };
    let events = "
- {at: 2026-12-01T00:00:00Z, patch: {kind: TenantInstance, namespace: acme, name: acme, merge: {spec: {hooks: {before: [{name: work, cronJobRef: {name: uplift-work}, changesData: false}], after: [{name: verify, cronJobRef: {name: uplift-verify}}]}}}}}
- {at: 2026-12-01T00:00:00Z, job: {cronJob: acme/uplift-work, outcome: Succeeds, takes: 10m}}
- {at: 2026-12-01T00:00:00Z, job: {cronJob: acme/uplift-verify, outcome: Succeeds, takes: 10m}}
";
    world(&(cron_job("uplift-work") + &cron_job("uplift-verify")), events, until).0
}

fn jobs(fleet: &Fleet) -> &[UpgradeJob] {
    &fleet.tenants[&acme()].status.as_ref().unwrap().upgrade.as_ref().unwrap().jobs
}

/// The start, committed, and no Job yet.
fn started() -> Fleet {
    let mut fleet = hooked("2026-12-15T17:00:00Z");
    let status = status_of(&plan(&fleet, at(START)), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    fleet
}

fn made(writes: &[Write]) -> Vec<JobKey> {
    writes.iter().filter_map(|write| if let Change::Job { job, .. } = &write.change { Some(job.clone()) } else { None }).collect()
}

/// R20: the start is the one write; the Job follows it, once, whatever the answer to it is.
#[test]
fn a_job_is_made_after_the_start_and_not_again_while_its_answer_is_open() {
    let fleet = hooked("2026-12-15T17:00:00Z");
    let first = plan(&fleet, at(START));
    assert!(made(&first.writes).is_empty() && status_of(&first, &acme()).unwrap().upgrade.unwrap().started_at.is_some());
    let mut fleet = started();
    let second = plan(&fleet, at(START));
    let [job] = &made(&second.writes)[..] else { panic!("{:?}", second.writes) };
    let effect = second.writes.iter().find(|write| write.object() == ObjectKey::Job(job.clone())).unwrap().change.effect();
    fleet.outstanding.insert(ObjectKey::Job(job.clone()), Outstanding { effect, sent_at: at(START) });
    let third = plan(&fleet, at("2026-12-15T20:00:00Z"));
    assert!(made(&third.writes).is_empty() && status_of(&third, &acme()).is_none(), "what was sent is not known yet");
}

/// What the API server refuses is waited for, as long as the hook may take: people may mend it.
#[test]
fn a_job_that_is_refused_is_tried_until_the_deadline_of_its_hook_and_then_says_what_to_mend() {
    let mut fleet = started();
    let job = made(&plan(&fleet, at(START)).writes).remove(0);
    let owner = Some(fleet.tenants[&acme()].meta.uid.clone());
    let refusal = Refusal { intent: None, owner, message: "no".into(), by: RefusedBy::Rights };
    fleet.refused.insert(ObjectKey::Job(job.clone()), refusal);
    let waits = plan(&fleet, at("2026-12-15T18:29:59Z"));
    assert_eq!((made(&waits.writes), waits.wake_at), (vec![job], Some(at("2026-12-15T18:30:00Z"))));
    let ended = status_of(&plan(&fleet, at("2026-12-15T18:30:00Z")), &acme()).unwrap().history.remove(0);
    let message = ended.message.unwrap();
    assert_eq!((ended.result, ended.reason.unwrap().word()), (SlotResult::Failed, "HookFailed"));
    assert!(message.contains("JobsNotGranted") && message.contains("bind the ClusterRole uplift-jobs"), "{message}");
}

/// A Job that nothing ends holds no place for ever; but its pod may still run, so nothing follows it.
#[test]
fn a_job_that_does_not_end_fails_the_upgrade_and_nothing_is_rolled_back() {
    let fleet = hooked("2026-12-15T18:15:00Z");
    let verify = jobs(&fleet).iter().find(|job| job.name == "verify").unwrap();
    assert!(verify.job.is_some() && verify.result.is_none(), "{verify:?}");
    let began = verify.started_at.unwrap();
    let after = |minutes: i64| plan(&fleet, began + jiff::SignedDuration::from_mins(minutes));
    assert!(status_of(&after(39), &acme()).is_none());
    let ended = status_of(&after(40), &acme()).unwrap().history.remove(0);
    assert_eq!(ended.result, SlotResult::Failed, "{ended:?}");
    assert!(ended.message.as_ref().unwrap().contains("a Job that may still run"), "{:?}", ended.message);
    let words: Vec<_> = ended.steps.iter().flatten().map(|hook| (hook.name.as_str(), hook.result)).collect();
    assert_eq!(words, [("tenant-before.work", JobResult::Succeeded), ("tenant-after.verify", JobResult::Failed)]);
    assert!(ended.own_hook, "it does not count against the release");
}

/// What an upgrade runs is frozen with its start.
#[test]
fn an_edit_of_the_hooks_counts_for_the_next_upgrade() {
    let mut fleet = hooked("2026-12-15T18:05:00Z");
    let before = jobs(&fleet).to_vec();
    let spec = fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap();
    spec.hooks = uplift::api::hook::Hooks::default();
    assert_eq!(before.len(), 2);
    assert!(status_of(&plan(&fleet, at("2026-12-15T18:06:00Z")), &acme()).is_none(), "it goes on as it began");
}

/// R21: a gate that holds before the first Job takes the start back; after it, the upgrade goes on.
#[test]
fn a_start_is_taken_back_only_before_a_job_was_seen() {
    let suspend = |mut fleet: Fleet| {
        fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().suspend =
            Some(uplift::api::Suspend { reason: "x".into() });
        fleet
    };
    let back = status_of(&plan(&suspend(started()), at(START)), &acme()).unwrap().upgrade.unwrap();
    assert_eq!((back.started_at, back.step, back.jobs, back.attempt), (None, None, vec![], 2));
    let runs = suspend(hooked("2026-12-15T18:05:00Z"));
    assert!(jobs(&runs)[0].job.is_some());
    assert!(
        status_of(&plan(&runs, at("2026-12-15T18:06:00Z")), &acme()).is_none_or(|status| status
            .upgrade
            .unwrap()
            .started_at
            .is_some())
    );
    // Nor between two tries of a hook: the first may have had an effect.
    let mut again = suspend(started());
    let upgrade = again.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap();
    (upgrade.jobs[0].attempt, upgrade.jobs[0].retries) = (2, 1);
    upgrade.step.as_mut().unwrap().attempt = 2;
    let plan = plan(&again, at("2026-12-15T18:06:00Z"));
    assert_eq!((made(&plan.writes).len(), status_of(&plan, &acme()).is_none()), (1, true), "the second try is made");
}

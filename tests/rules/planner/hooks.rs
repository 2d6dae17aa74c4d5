//! R19: hooks and probes, as far as a scenario cannot say it: what the API server refuses, what hangs beyond its deadline, what is edited meanwhile.

use uplift::{
    api::{
        reason::Reason,
        tenant::{JobResult, SlotResult, StepKind, UpgradeJob},
    },
    fleet::{Asked, Ended, Fleet, JobKey, JobRead, ObjectKey, Outstanding, Refusal, RefusedBy, View, Workload},
    plan::{Change, Class, Write, plan},
};

use super::{acme, answer, at, deployment, status_of, world};

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

/// The Job of the hook after the images.
fn verifies(fleet: &Fleet) -> JobKey {
    let verify = jobs(fleet).iter().find(|job| job.name == "verify").unwrap();
    JobKey::new("acme", verify.job.clone().unwrap())
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
    // What it waits for is told first, and stays told by an operator that was started since.
    let told = status_of(&plan(&fleet, at("2026-12-15T18:29:58Z")), &acme()).unwrap();
    let said = told.conditions.iter().find(|condition| condition.type_ == "UpToDate").unwrap();
    assert!(said.message.contains("hook \"work\" before the images, which waits: the operator may not make Jobs"), "{said:?}");
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(told);
    let refused = std::mem::take(&mut fleet.refused);
    assert_eq!(status_of(&plan(&fleet, at("2026-12-15T18:29:58Z")), &acme()), None);
    fleet.refused = refused;
    let waits = plan(&fleet, at("2026-12-15T18:29:59Z"));
    assert_eq!((made(&waits.writes), waits.wake_at), (vec![job], Some(at("2026-12-15T18:30:00Z"))));
    let ended = status_of(&plan(&fleet, at("2026-12-15T18:30:00Z")), &acme()).unwrap().history.remove(0);
    let message = ended.message.unwrap();
    assert_eq!((ended.result, ended.reason.unwrap().word()), (SlotResult::Failed, "HookFailed"));
    assert!(message.contains("JobsNotGranted") && message.contains("bind the ClusterRole uplift-jobs"), "{message}");
    // Whoever is started at the deadline, and was never refused, tries it first: the right may be there by now.
    fleet.refused.clear();
    let renewed = status_of(&plan(&fleet, at("2026-12-15T18:30:00Z")), &acme()).unwrap().upgrade.unwrap();
    assert_eq!(renewed.jobs[0].waits_for().unwrap().0.word(), "JobsPending");
}

/// Who was away for longer than a hook may take has asked for nothing yet.
#[test]
fn a_job_that_nobody_tried_to_make_has_its_time_once_more() {
    let mut fleet = started();
    let renewed = status_of(&plan(&fleet, at("2026-12-15T18:40:00Z")), &acme()).unwrap();
    let upgrade = renewed.upgrade.clone().unwrap();
    assert_eq!(upgrade.step.as_ref().unwrap().at, at("2026-12-15T18:40:00Z"));
    assert!(upgrade.jobs[0].waits_for().unwrap().1.contains("was not made in time"), "{:?}", upgrade.jobs[0]);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(renewed);
    assert_eq!(made(&plan(&fleet, at("2026-12-15T18:40:00Z")).writes).len(), 1, "it is tried");
    // But not for ever, whatever has been said of it meanwhile.
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let upgrade = status.upgrade.as_mut().unwrap();
    assert_eq!(upgrade.step.as_ref().unwrap().generation, 1);
    let noted = upgrade.jobs[0].reason.replace(Reason::JobRefused.into());
    let ended = status_of(&plan(&fleet, at("2026-12-15T19:10:00Z")), &acme()).unwrap().history.remove(0);
    assert!(ended.message.as_ref().unwrap().contains("JobRefused"), "{:?}", ended.message);
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    status.upgrade.as_mut().unwrap().jobs[0].reason = noted;
    let ended = status_of(&plan(&fleet, at("2026-12-15T19:10:00Z")), &acme()).unwrap().history.remove(0);
    assert_eq!(ended.reason.unwrap().word(), "HookFailed");
    assert!(ended.message.as_ref().unwrap().contains("JobsPending: its Job was not made in time"), "{:?}", ended.message);
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

/// That it ended may not have been seen.
#[test]
fn a_job_fails_nothing_by_its_deadline_while_the_watch_of_jobs_is_stale() {
    let mut fleet = hooked("2026-12-15T18:15:00Z");
    let late = at("2026-12-15T19:15:00Z");
    fleet.views.0.insert(View::Jobs, 91);
    let waits = status_of(&plan(&fleet, late), &acme()).unwrap().upgrade.unwrap();
    let verify = waits.jobs.iter().find(|job| job.name == "verify").unwrap();
    assert_eq!((verify.result, verify.waits_for().unwrap().0.word()), (None, "StaleView"));
    fleet.views.0.insert(View::Jobs, 90);
    assert_eq!(status_of(&plan(&fleet, late), &acme()).unwrap().history[0].result, SlotResult::Failed);
}

/// Who was away while a Job ended asks how, however late it is, and gives up only where that is refused.
#[test]
fn a_job_that_ended_while_nobody_looked_is_read_before_it_counts_as_failed() {
    let mut fleet = hooked("2026-12-15T18:15:00Z");
    let late = at("2026-12-16T09:00:00Z");
    let key = verifies(&fleet);
    let ended = Ended { succeeded: true, deadline_exceeded: false, message: String::new(), at: at("2026-12-15T18:30:00Z") };
    fleet.jobs.get_mut(&key).unwrap().ended = Some(ended);
    let reads = plan(&fleet, late);
    assert!(reads.writes.iter().any(|write| matches!(&write.change, Change::ReadJob { job, .. } if *job == key)));
    assert!(status_of(&reads, &acme()).is_none());
    let refusal = Refusal { intent: None, owner: None, message: "no".into(), by: RefusedBy::Rights };
    fleet.refused.insert(ObjectKey::Job(key.clone()), refusal);
    let waits = status_of(&plan(&fleet, at("2026-12-15T18:31:00Z")), &acme()).unwrap().upgrade.unwrap();
    let verify = waits.jobs.iter().find(|job| job.name == "verify").unwrap();
    assert_eq!((verify.result, verify.reason.as_ref().unwrap().word()), (None, "JobsNotGranted"), "it is told, and tried again");
    let given_up = status_of(&plan(&fleet, late), &acme()).unwrap().history.remove(0);
    assert!(given_up.message.unwrap().contains("JobsNotGranted"));
    // Its begin counts, although nobody saw it run: what it changed stands.
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let verify = status.upgrade.as_mut().unwrap().jobs.iter_mut().find(|job| job.name == "verify").unwrap();
    (verify.job, verify.started_at) = (None, None);
    let begun = status_of(&plan(&fleet, late), &acme()).unwrap().upgrade.unwrap();
    assert!(begun.failure.is_none() && begun.jobs.iter().all(|job| job.job.is_some()), "{begun:?}");
}

/// A pod that is left running keeps the result from being read: that is no fault while it may still stop, and has an end.
#[test]
fn a_job_whose_pod_is_left_is_given_up_long_after_its_deadline() {
    let mut fleet = hooked("2026-12-15T18:15:00Z");
    let key = verifies(&fleet);
    let ended = Ended { succeeded: false, deadline_exceeded: true, message: String::new(), at: at("2026-12-15T18:16:00Z") };
    fleet.jobs.get_mut(&key).unwrap().ended = Some(ended);
    let refusal = Refusal { intent: None, owner: None, message: "x".into(), by: RefusedBy::ItsPod };
    fleet.refused.insert(ObjectKey::Job(key.clone()), refusal);
    let asks = plan(&fleet, at("2026-12-15T18:50:00Z"));
    assert!(asks.writes.iter().any(|write| matches!(&write.change, Change::ReadJob { job, .. } if *job == key)));
    assert!(status_of(&asks, &acme()).is_none());
    let given_up = status_of(&plan(&fleet, at("2026-12-15T18:51:00Z")), &acme()).unwrap().history.remove(0);
    assert!(given_up.message.unwrap().contains("look whether its pod still runs"));
}

/// The last hook has succeeded, and this was done to the workload meanwhile.
fn verified(meanwhile: impl FnOnce(&mut Workload)) -> Fleet {
    let mut fleet = hooked("2026-12-15T18:15:00Z");
    let key = verifies(&fleet);
    let ended = Ended { succeeded: true, deadline_exceeded: false, message: String::new(), at: at("2026-12-15T18:21:00Z") };
    let job = fleet.jobs.get_mut(&key).unwrap();
    job.ended = Some(ended);
    let read = JobRead { job: Some(job.clone()), message: String::new() };
    fleet.job_reads.insert(key, read);
    meanwhile(fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap());
    fleet
}

fn put_back(workload: &mut Workload) {
    workload.containers[0].image = "registry.example.test/dashboard:2026.11.0".into();
    (workload.intent, workload.meta.generation) = (None, workload.meta.generation + 1);
}

fn conflicts(fleet: &Fleet, now: &str) {
    let planned = plan(fleet, at(now));
    assert!(planned.writes.iter().all(|write| !matches!(write.change, Change::Images { .. })), "no image is set after the hooks");
    let ended = status_of(&planned, &acme()).unwrap().history.remove(0);
    assert_eq!((ended.result, ended.reason.unwrap().word()), (SlotResult::Failed, "OwnershipConflict"));
    assert!(ended.message.unwrap().contains("it was changed, or named, after the hooks had begun"));
}

/// What the hooks have verified must be what runs at the end; nothing is set anew behind them.
#[test]
fn images_that_are_put_back_after_the_hooks_began_are_a_conflict() {
    conflicts(&verified(put_back), "2026-12-15T18:22:00Z");
    // The workload was not well at the end, and was waited for.
    let mut fleet = verified(|workload| workload.rollout.available = 0);
    let waits = status_of(&plan(&fleet, at("2026-12-15T18:22:00Z")), &acme()).unwrap();
    assert_eq!(waits.upgrade.as_ref().unwrap().step.as_ref().unwrap().kind, StepKind::Images);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(waits);
    put_back(fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap());
    conflicts(&fleet, "2026-12-15T18:23:00Z");
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

/// The answer was had before the start: who is started between it and the first Job asks again, and takes nothing back.
#[test]
fn a_start_whose_questions_are_forgotten_goes_on() {
    let mut fleet = started();
    fleet.asked.clear();
    assert_eq!(made(&plan(&fleet, at(START)).writes).len(), 1);
}

/// Of several that cannot run the first of the order is told.
#[test]
fn of_hooks_that_are_refused_the_first_is_told() {
    let mut fleet = hooked("2026-12-10T00:00:00Z");
    fleet.asked.clear();
    answer(&mut fleet, at("2026-12-10T00:00:00Z"), Some(&(RefusedBy::Else, "no".into())));
    let blockers = status_of(&plan(&fleet, at("2026-12-10T00:00:00Z")), &acme()).unwrap().blockers;
    assert!(blockers[0].message.starts_with("the tenant's hook \"work\" before the images cannot run"), "{blockers:?}");
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

const BEFORE: &str = "2026-12-15T17:00:00Z";

fn questions(fleet: &Fleet, now: &str) -> Vec<JobKey> {
    let writes = plan(fleet, at(now)).writes.into_iter();
    writes.filter_map(|write| if let Change::AskJob { job, .. } = write.change { Some(job) } else { None }).collect()
}

/// What holds acme, as it is to be written, or stands there.
fn blockers(fleet: &Fleet, now: &str) -> Vec<(Reason, String)> {
    let status = status_of(&plan(fleet, at(now)), &acme()).unwrap_or_else(|| fleet.tenants[&acme()].status.clone().unwrap());
    status.blockers.into_iter().filter_map(|blocker| Some((blocker.reason.known()?, blocker.message))).collect()
}

fn starts(fleet: &Fleet) -> bool {
    status_of(&plan(fleet, at(START)), &acme()).is_some_and(|status| status.upgrade.is_some_and(|up| up.started_at.is_some()))
}

/// R19, I9: of each CronJob it is asked once, not while the answer is open, and a yes stands.
#[test]
fn each_cron_job_is_asked_for_once_and_nothing_starts_before_the_answer() {
    let mut fleet = hooked(BEFORE);
    assert!(starts(&fleet) && questions(&fleet, BEFORE).is_empty(), "a yes stands");
    fleet.asked.clear();
    assert!(!starts(&fleet) && blockers(&fleet, BEFORE).is_empty(), "who waits for an answer is not told as held");
    let asked = plan(&fleet, at(BEFORE)).writes;
    assert_eq!(questions(&fleet, BEFORE).len(), 2);
    for write in asked.iter().filter(|write| matches!(write.change, Change::AskJob { .. })) {
        let sent = Outstanding { effect: write.change.effect(), sent_at: at(BEFORE) };
        fleet.outstanding.insert(write.object(), sent);
    }
    assert_eq!(questions(&fleet, BEFORE), [], "it is under way");
}

/// R19: an answer is about the CronJob as it was, and about one release.
#[test]
fn an_answer_counts_for_the_cron_job_as_it_was_and_for_one_release() {
    let mut edited = hooked(BEFORE);
    let before = questions(
        &{
            let mut all = edited.clone();
            all.asked.clear();
            all
        },
        BEFORE,
    );
    edited.templates.get_mut(&JobKey::new("acme", "uplift-verify")).unwrap().meta.resource_version = "4711".into();
    let again = questions(&edited, START);
    assert!(!starts(&edited) && again.len() == 1 && !before.contains(&again[0]), "another question is another object: {again:?}");
    let mut other = hooked(BEFORE);
    other.asked.values_mut().flatten().for_each(|asked| asked.release = "another".into());
    assert!(!starts(&other) && questions(&other, START).len() == 2);
}

/// R19: a no holds the start and says what to mend; it is asked again until it is a yes. A restart and an edit of the CronJob forget the answer, and
/// tell nobody that all is well.
#[test]
fn a_no_holds_the_start_is_asked_again_and_stands_over_a_restart_until_it_is_a_yes() {
    let words = "exceeded quota".to_owned();
    for (by, reason, told) in [
        (RefusedBy::Rights, Reason::JobsNotGranted, "bind the ClusterRole uplift-jobs"),
        (RefusedBy::Else, Reason::JobRefused, "exceeded quota"),
    ] {
        let mut fleet = hooked(BEFORE);
        fleet.asked.clear();
        assert_eq!(answer(&mut fleet, at(BEFORE), Some(&(by, words.clone()))), 2);
        let held = blockers(&fleet, BEFORE);
        let [(said, message)] = &held[..] else { panic!("{held:?}") };
        assert!(*said == reason && message.contains(told) && message.contains("the tenant's hook \"work\""), "{message}");
        assert!(!starts(&fleet));
        assert!(questions(&fleet, BEFORE).is_empty(), "not at once");
        assert_eq!(
            questions(&fleet, &(at(BEFORE) + jiff::SignedDuration::from_secs(10)).to_string()).len(),
            2,
            "it is asked again"
        );
        let status = status_of(&plan(&fleet, at(BEFORE)), &acme()).unwrap();
        fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
        fleet.asked.clear();
        assert_eq!(blockers(&fleet, BEFORE), held, "a restart tells nothing new");
        assert!(!starts(&fleet));
        answer(&mut fleet, at(BEFORE), None);
        assert!(blockers(&fleet, BEFORE).is_empty());
    }
}

/// R19: after many a no it is asked again every minute in an open slot, every five minutes before it; and never before results.
#[test]
fn a_no_is_asked_again_the_more_often_the_nearer_the_slot_is() {
    for (now, longest, class) in [(BEFORE, 300, Class::Rest), (START, 60, Class::Receipt)] {
        let mut fleet = hooked(BEFORE);
        let ago = |seconds| at(now) - jiff::SignedDuration::from_secs(seconds);
        let refused =
            |asked: &mut Asked, at| (asked.refused, asked.at, asked.noes) = (Some((RefusedBy::Else, "no".into())), at, 20);
        fleet.asked.values_mut().flatten().for_each(|asked| refused(asked, ago(longest - 1)));
        assert!(questions(&fleet, now).is_empty(), "{now}");
        fleet.asked.values_mut().flatten().for_each(|asked| refused(asked, ago(longest)));
        assert_eq!(questions(&fleet, now).len(), 2, "{now}");
        let writes = plan(&fleet, at(now)).writes;
        let mut asks = writes.iter().filter(|write| matches!(write.change, Change::AskJob { .. }));
        assert!(asks.all(|write| write.class == class), "{now}");
    }
}

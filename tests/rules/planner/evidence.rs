//! R37: what the runs of a trial prove, as far as a scenario cannot say it.

use uplift::{
    api::{
        UpgradeTrialStatus,
        condition::{self, AVAILABLE},
        reason::Reason,
        tenant::{Blocker, TrialPolicy},
        trial::{Purpose, TrialEnd, TrialRun, TrialStep, TrialStepKind, TrialVerdict},
    },
    fleet::{Fleet, TrialKey},
    plan::{Change, Plan, explain, plan},
};

use super::{acme, at, trials::manifests, world};

/// The required trial begins with the month, and is ready six minutes later; nobody says anything for a week.
const READY: &str = "2026-12-02T09:30:00Z";
const OVER: &str = "2026-12-09T00:00:00Z";

fn required(more: &str, until: &str) -> Fleet {
    let policy = "{spec: {trials: {namespace: acme-trial, policy: Required}}}";
    let events = format!(
        "\n- {{at: 2026-12-01T00:00:00Z, patch: {{kind: TenantInstance, namespace: acme, name: acme, merge: {policy}}}}}\n{more}"
    );
    world(&manifests(), &events, until).0
}

fn key() -> TrialKey {
    TrialKey::new("acme-trial", "trial")
}

fn status(fleet: &mut Fleet) -> &mut UpgradeTrialStatus {
    fleet.trials.get_mut(&key()).unwrap().status.as_mut().unwrap()
}

fn written(plan: &Plan) -> Option<UpgradeTrialStatus> {
    plan.writes.iter().find_map(|write| match &write.change {
        Change::TrialStatus { status, .. } => Some((**status).clone()),
        _ => None,
    })
}

fn policy(fleet: &mut Fleet, policy: TrialPolicy) {
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().trials.as_mut().unwrap().policy = policy;
}

/// What the gate says, and whether that is mere waiting.
fn held(fleet: &Fleet, now: &str) -> Option<(Reason, bool)> {
    let all = explain(fleet, at(now), &acme()).unwrap().held;
    let of_trial = |blocker: &Blocker| blocker.gate == "Trial";
    all.iter().find(|held| of_trial(&held.blocker)).map(|held| (held.blocker.reason.known().unwrap(), held.waiting))
}

fn begins(fleet: &Fleet, now: &str) -> Option<Purpose> {
    written(&plan(fleet, at(now)))?.run.map(|run| run.purpose)
}

/// The newest run that is over, with what came of it changed.
fn over(change: impl FnOnce(&mut TrialEnd)) -> Fleet {
    let mut fleet = required("", OVER);
    change(&mut status(&mut fleet).runs[0].end);
    fleet
}

#[test]
fn a_required_trial_is_waited_for_until_nobody_rejected_it() {
    assert_eq!(held(&required("", READY), READY), Some((Reason::TrialPending, true)));
    let fleet = required("", OVER);
    assert_eq!((held(&fleet, OVER), begins(&fleet, OVER)), (None, None));
}

/// Once for each release: it would go on for ever.
#[test]
fn what_failed_is_tried_again_by_itself_only_when_the_trial_was_edited() {
    let mut fleet = over(|end| end.verdict = TrialVerdict::Failed);
    assert_eq!((held(&fleet, OVER), begins(&fleet, OVER)), (Some((Reason::TrialFailed, false)), None));
    fleet.trials.get_mut(&key()).unwrap().meta.generation += 1;
    assert_eq!(begins(&fleet, OVER), Some(Purpose::Required));
}

#[test]
fn what_people_rejected_is_tried_again_only_when_they_ask() {
    let mut fleet = over(|end| end.answer = Some(uplift::api::trial::TrialAnswer::Rejected));
    fleet.trials.get_mut(&key()).unwrap().meta.generation += 1;
    assert_eq!((held(&fleet, OVER), begins(&fleet, OVER)), (Some((Reason::TrialRejected, false)), None));
    fleet.tenants.get_mut(&acme()).unwrap().trial = Some("2026.12.0".into());
    assert_eq!(begins(&fleet, OVER), Some(Purpose::Trial));
}

/// Who takes a request back at once has not looked at it, and says neither yes nor no: the policy tries it by itself.
#[test]
fn a_run_that_was_taken_back_before_its_time_proves_nothing() {
    for verdict in [TrialVerdict::Passed, TrialVerdict::Failed] {
        let fleet = over(|end| (end.verdict, end.reason) = (verdict, Reason::TrialWithdrawn.into()));
        assert_eq!(held(&fleet, OVER).map(|(reason, _)| reason), Some(Reason::TrialPending));
        assert_eq!(begins(&fleet, OVER), Some(Purpose::Required));
    }
    let mut fleet = required("", OVER);
    let runs = &mut status(&mut fleet).runs;
    let mut newer = runs[0].clone();
    newer.end.reason = Reason::TrialWithdrawn.into();
    runs.insert(0, newer);
    assert_eq!(held(&fleet, OVER), None, "the one before counts");
}

#[test]
fn a_run_of_another_release_another_tenant_or_another_production_proves_nothing() {
    let of = |change: fn(&mut UpgradeTrialStatus)| {
        let mut fleet = required("", OVER);
        change(status(&mut fleet));
        held(&fleet, OVER).map(|(reason, _)| reason)
    };
    assert_eq!(of(|status| status.runs[0].release_uid = "another".into()), Some(Reason::TrialPending));
    assert_eq!(of(|status| status.runs[0].tenant_uid = "another".into()), Some(Reason::TrialPending));
    assert_eq!(of(|status| status.runs[0].from = "2026.10.0".into()), Some(Reason::TrialStale));
    assert_eq!(of(|status| status.runs[0].made_of = String::new()), Some(Reason::TrialStale));
    assert_eq!(of(|status| status.runs[0].from = "2026.11".into()), None);
}

#[test]
fn a_required_run_waits_for_room_as_any_other() {
    let mut fleet = required("", OVER);
    status(&mut fleet).runs.clear();
    assert_eq!(begins(&fleet, OVER), Some(Purpose::Required));
    fleet.settings.trials.max_running = 0;
    let waits = written(&plan(&fleet, at(OVER))).unwrap();
    assert_eq!((waits.run, condition::reason(&waits.conditions, AVAILABLE)), (None, Some(Reason::TrialsAtLimit)));
}

fn ended(run: &mut TrialRun, at: &str) {
    let (verdict, reason, at) = (TrialVerdict::Failed, Reason::TrialExpired.into(), super::at(at));
    run.ended = Some(TrialEnd { verdict, answer: None, reason, message: String::new(), at });
}

/// I10: a run of another version keeps the trial. That is told, unless it is over in a moment.
#[test]
fn what_keeps_the_trial_for_long_is_told() {
    let held_by = |change: fn(&mut TrialRun)| {
        let mut fleet = required("", READY);
        let run = status(&mut fleet).run.as_mut().unwrap();
        (run.release_uid, run.version) = ("another".into(), "2026.11.5".into());
        change(run);
        held(&fleet, READY)
    };
    let told = |waits| Some((Reason::TrialPending, waits));
    assert_eq!(held_by(|run| run.purpose = Purpose::Trial), told(false), "people asked for it, and look at it");
    assert_eq!(held_by(|run| ended(run, "2026-12-02T09:29:00Z")), told(true), "it is cleaned");
    assert_eq!(held_by(|run| ended(run, "2026-12-02T08:29:00Z")), told(false), "that takes long");
    let no_job = |run: &mut TrialRun| {
        ended(run, "2026-12-02T09:29:00Z");
        let clean = TrialStep {
            kind: TrialStepKind::Clean,
            reason: Some(Reason::JobTemplateMissing.into()),
            result: None,
            ..run.steps[0].clone()
        };
        run.clean = Some(clean);
    };
    assert_eq!(held_by(no_job), told(false), "nobody can clean it");
    let mut fleet = required("", OVER);
    status(&mut fleet).runs.clear();
    fleet.settings.trials.max_running = 0;
    let next = written(&plan(&fleet, at(OVER))).unwrap();
    *status(&mut fleet) = next;
    assert_eq!(held(&fleet, OVER), told(false), "others have every place");
}

/// It has no annotation that ends it; but nobody looks at a version that the tenant does not get.
#[test]
fn a_required_run_ends_with_its_policy_or_its_target_and_not_with_an_annotation() {
    let fleet = required("", READY);
    assert_eq!(written(&plan(&fleet, at(READY))), None);
    let end = |change: fn(&mut Fleet)| {
        let mut fleet = fleet.clone();
        change(&mut fleet);
        let run = written(&plan(&fleet, at(READY))).and_then(|status| status.run);
        run.and_then(|run| run.ended).map(|end| end.reason.known().unwrap())
    };
    assert_eq!(end(|fleet| policy(fleet, TrialPolicy::None)), Some(Reason::TrialWithdrawn));
    assert_eq!(end(|fleet| policy(fleet, TrialPolicy::Optional)), None);
    let other = |fleet: &mut Fleet| {
        let tenant = fleet.tenants.get_mut(&acme()).unwrap();
        tenant.status.as_mut().unwrap().upgrade.as_mut().unwrap().release_uid = "another".into();
    };
    assert_eq!(end(other), Some(Reason::TrialWithdrawn));
}

#[test]
fn who_asks_for_what_is_tried_already_gets_that_run() {
    let mut fleet = required("", READY);
    fleet.tenants.get_mut(&acme()).unwrap().trial = Some("2026.12".into());
    let next = written(&plan(&fleet, at(READY))).unwrap();
    assert_eq!((next.request.as_deref(), next.run.map(|run| run.ended)), (Some("2026.12"), Some(None)));
}

#[test]
fn a_tenant_without_trials_is_not_tried_when_somebody_asks() {
    let mut fleet = required("", OVER);
    policy(&mut fleet, TrialPolicy::None);
    fleet.tenants.get_mut(&acme()).unwrap().trial = Some("2026.12.0".into());
    let next = written(&plan(&fleet, at(OVER))).unwrap();
    assert_eq!((next.run, condition::reason(&next.conditions, AVAILABLE)), (None, Some(Reason::TrialsOff)));
    assert_eq!(held(&fleet, OVER), None);
}

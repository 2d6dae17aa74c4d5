//! R37: the letters about trials, as far as a scenario cannot say it.

use uplift::{
    api::{
        TenantInstanceStatus,
        tenant::{NoticeKind, TrialPolicy},
    },
    fleet::{Fleet, TrialKey},
    plan::{Change, Plan, plan},
};

use super::{acme, at, trials::manifests, world};

const READY: &str = "2026-12-01T00:06:30Z";
const LAST_DAY: &str = "2026-12-07T00:06:30Z";
const OVER: &str = "2026-12-08T00:10:00Z";

/// A trial that is ready after six minutes, and over a week later.
fn tried(until: &str) -> Fleet {
    let policy = "{spec: {trials: {namespace: acme-trial, policy: Required}}}";
    let events = format!(
        "\n- {{at: 2026-12-01T00:00:00Z, patch: {{kind: TenantInstance, namespace: acme, name: acme, merge: {policy}}}}}\n"
    );
    world(&manifests(), &events, until).0
}

fn status(fleet: &mut Fleet) -> &mut TenantInstanceStatus {
    fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap()
}

/// The letters about trials that a status has, the oldest first.
fn letters(status: &TenantInstanceStatus) -> Vec<NoticeKind> {
    let mut all: Vec<_> = status.notices.iter().map(|notice| notice.kind).filter(|kind| kind.is_of_trial()).collect();
    all.reverse();
    all
}

fn written(plan: &Plan) -> Option<TenantInstanceStatus> {
    plan.writes.iter().find_map(|write| match &write.change {
        Change::TenantStatus { status, .. } => Some((**status).clone()),
        _ => None,
    })
}

/// What the next write adds.
fn adds(fleet: &mut Fleet, now: &str) -> Vec<NoticeKind> {
    let before = letters(status(fleet)).len();
    written(&plan(fleet, at(now))).map(|status| letters(&status).split_off(before)).unwrap_or_default()
}

#[test]
fn each_letter_is_written_once_for_each_run() {
    use NoticeKind::{TrialEnded, TrialEnding, TrialReady};
    for (until, said) in [
        (READY, vec![TrialReady]),
        ("2026-12-07T00:05:59Z", vec![TrialReady]),
        (LAST_DAY, vec![TrialReady, TrialEnding]),
        (OVER, vec![TrialReady, TrialEnding, TrialEnded]),
    ] {
        let mut fleet = tried(until);
        assert_eq!(letters(status(&mut fleet)), said, "{until}");
        assert_eq!(adds(&mut fleet, until), [], "{until}");
    }
}

/// What is told is not read off the records, which are forgotten.
#[test]
fn a_letter_whose_record_is_gone_is_not_written_again() {
    for until in [READY, LAST_DAY, OVER] {
        let mut fleet = tried(until);
        status(&mut fleet).notices.retain(|notice| !notice.kind.is_of_trial());
        assert_eq!(adds(&mut fleet, until), [], "{until}");
    }
}

#[test]
fn without_a_contact_nobody_is_told_and_with_one_what_is_so_then() {
    let mut fleet = tried("2026-12-01T00:05:00Z");
    let contacts = std::mem::take(&mut fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts);
    let ready = tried(READY).trials[&TrialKey::new("acme-trial", "trial")].clone();
    fleet.trials.insert(TrialKey::new("acme-trial", "trial"), ready);
    assert_eq!(adds(&mut fleet, READY), []);
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().contacts = contacts;
    assert_eq!(adds(&mut fleet, READY), [NoticeKind::TrialReady]);
}

/// Not one of a copy that is gone, and not that it is removed before it is.
#[test]
fn what_nobody_accepted_is_void_once_the_copy_may_not_be_looked_at_any_more() {
    let mut fleet = tried(READY);
    status(&mut fleet).notices[0].delivered_at = None;
    let run = fleet.trials.get_mut(&TrialKey::new("acme-trial", "trial")).unwrap().status.as_mut().unwrap().run.as_mut().unwrap();
    let ended = tried(OVER).trials[&TrialKey::new("acme-trial", "trial")].status.as_ref().unwrap().runs[0].end.clone();
    run.ended = Some(ended);
    let next = written(&plan(&fleet, at(READY))).unwrap();
    assert_eq!(letters(&next), [NoticeKind::TrialReady]);
    assert!(!next.notices[0].waits());
}

/// It was told that a copy stands: it is told that it is gone, wherever the manifests point by then.
#[test]
fn who_names_the_trial_no_more_hears_of_its_end() {
    let mut fleet = tried(LAST_DAY);
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().trials = None;
    let over = tried(OVER).trials[&TrialKey::new("acme-trial", "trial")].clone();
    fleet.trials.insert(TrialKey::new("acme-trial", "trial"), over);
    assert_eq!(adds(&mut fleet, OVER), [NoticeKind::TrialEnded]);
}

#[test]
fn a_run_of_another_tenant_is_not_told() {
    let mut fleet = tried("2026-12-01T00:05:00Z");
    let mut ready = tried(READY).trials[&TrialKey::new("acme-trial", "trial")].clone();
    ready.status.as_mut().unwrap().run.as_mut().unwrap().tenant_uid = "another".into();
    fleet.trials.insert(TrialKey::new("acme-trial", "trial"), ready);
    assert_eq!(adds(&mut fleet, READY), []);
}

/// Nobody reads of a trial of long ago.
#[test]
fn an_end_that_is_a_week_old_is_not_told_any_more() {
    let mut fleet = tried(OVER);
    let told = status(&mut fleet);
    told.notices.retain(|notice| !notice.kind.is_of_trial());
    told.told_trial = None;
    assert_eq!(adds(&mut fleet, "2026-12-14T00:00:00Z"), [NoticeKind::TrialEnded]);
    assert_eq!(adds(&mut fleet, "2026-12-15T12:00:00Z"), []);
}

#[test]
fn optional_trials_have_letters_too() {
    let mut fleet = tried(READY);
    let told = status(&mut fleet);
    told.notices.retain(|notice| !notice.kind.is_of_trial());
    told.told_trial = None;
    fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().trials.as_mut().unwrap().policy = TrialPolicy::Optional;
    assert_eq!(adds(&mut fleet, READY), [NoticeKind::TrialReady]);
}

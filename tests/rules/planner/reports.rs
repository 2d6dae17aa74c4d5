//! What is said of releases: for people and tools.

use uplift::{
    api::{DashboardReleaseStatus, TenantInstanceStatus, release::TenantCounts},
    fleet::{Effect, Fleet, ObjectKey, Outstanding, Refusal, RefusedBy, TenantKey},
    plan::{Change, Class, plan},
};

use super::{TWO, acme, at, status_of, world};

/// What is written of a release at this instant, and when the planner wants to be asked again.
fn written(fleet: &Fleet, name: &str, now: &str) -> Option<DashboardReleaseStatus> {
    plan(fleet, at(now)).writes.into_iter().find_map(|w| match w.change {
        Change::ReleaseStatus { release, status } if release == name => Some(*status),
        _ => None,
    })
}

/// Running, pending, upgrading, failed, as they stand in the statuses of both tenants.
fn counts(events: &str, until: &str) -> (u32, u32, u32, u32) {
    let (mut fleet, _) = world(TWO, events, until);
    fleet.releases.get_mut("r-2026-12").unwrap().status.as_mut().unwrap().tenants = Some(TenantCounts::default());
    let counts = written(&fleet, "r-2026-12", until).unwrap().tenants.unwrap();
    (counts.running, counts.pending, counts.upgrading, counts.failed)
}

#[test]
fn tenants_are_counted_by_where_they_stand() {
    assert_eq!(counts("[]", "2026-12-10T00:00:00Z"), (0, 2, 0, 0));
    assert_eq!(counts("[]", "2026-12-15T18:00:00Z").2, 2);
    assert_eq!(counts("[]", "2026-12-16T00:00:00Z"), (2, 0, 0, 0));
    let fails = "
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Fails, takes: 90s}}
- {at: 2026-12-10T00:00:00Z, rollout: {workload: zeta/worker, outcome: Fails, takes: 90s}}
";
    let failed = counts(fails, "2026-12-16T00:00:00Z");
    assert_eq!((failed.0, failed.3), (0, 2), "{failed:?}");
}

#[test]
fn counts_follow_at_most_every_ten_seconds() {
    let (mut fleet, _) = world(TWO, "[]", "2026-12-10T00:00:00Z");
    let wrong = TenantCounts { pending: 7, at: Some(at("2026-12-10T00:00:00Z")), ..TenantCounts::default() };
    fleet.releases.get_mut("r-2026-12").unwrap().status.as_mut().unwrap().tenants = Some(wrong);
    assert!(written(&fleet, "r-2026-12", "2026-12-10T00:00:09Z").is_none());
    assert_eq!(plan(&fleet, at("2026-12-10T00:00:09Z")).wake_at, Some(at("2026-12-10T00:00:10Z")));
    let right = written(&fleet, "r-2026-12", "2026-12-10T00:00:10Z").unwrap().tenants.unwrap();
    assert_eq!((right.pending, right.at), (2, Some(at("2026-12-10T00:00:10Z"))));
    fleet.releases.get_mut("r-2026-12").unwrap().status.as_mut().unwrap().tenants = Some(right);
    assert!(written(&fleet, "r-2026-12", "2026-12-10T00:01:00Z").is_none());
}

/// R25: what was sent is a fact: its object gets no other write until it was answered and seen.
#[test]
fn a_release_whose_write_is_under_way_gets_no_other() {
    let (mut fleet, _) = world(TWO, "[]", "2026-12-10T00:00:00Z");
    fleet.releases.get_mut("r-2026-12").unwrap().status = Ok(DashboardReleaseStatus::default());
    assert!(written(&fleet, "r-2026-12", "2026-12-10T00:00:00Z").is_some());
    let sent = Outstanding { effect: Effect::Told, sent_at: at("2026-12-10T00:00:00Z") };
    fleet.outstanding.insert(ObjectKey::Release("r-2026-12".into()), sent);
    assert!(written(&fleet, "r-2026-12", "2026-12-10T00:00:00Z").is_none());
}

/// What does not parse is never overwritten: it is a finding, and nothing else.
#[test]
fn a_status_that_does_not_parse_is_a_finding_and_is_left_alone() {
    let (mut fleet, _) = world("", "[]", "2026-12-10T00:00:00Z");
    fleet.releases.get_mut("r-2026-12").unwrap().status = Err("tenants: expected a map".into());
    fleet.windows.get_mut("uk-evenings").unwrap().status = Err("no list".into());
    fleet.tenants.get_mut(&super::acme()).unwrap().status = Err("no map".into());
    let plan = plan(&fleet, at("2026-12-10T00:00:00Z"));
    assert!(plan.notices.is_empty());
    // The other release counts a tenant less.
    assert!(plan.writes.iter().all(|w| w.object() == ObjectKey::Release("r-2026-11".into())));
    let found: Vec<_> = plan.findings.iter().map(|f| (f.object.to_string(), f.message.as_str())).collect();
    let expected = [
        ("TenantInstance acme/acme", "the status does not parse: no map"),
        ("DashboardRelease r-2026-12", "the status does not parse: tenants: expected a map"),
        ("UpgradeWindow uk-evenings", "the status does not parse: no list"),
    ];
    assert_eq!(found, expected.map(|(object, message)| (object.to_owned(), message)));
}

/// What is told with a write of this object: event, reason, message.
fn told(fleet: &Fleet, object: &ObjectKey) -> Vec<(String, Option<String>, Option<String>)> {
    let writes = plan(fleet, at("2026-12-10T00:00:00Z")).writes;
    let stories = writes.into_iter().filter(|w| w.object() == *object).flat_map(|w| w.stories);
    stories.map(|s| (s.event.name().into(), s.reason.map(|reason| reason.to_string()), s.message)).collect()
}

#[test]
fn what_stops_a_release_is_told_with_its_reason() {
    let (mut fleet, _) = world("", "[]", "2026-12-10T00:00:00Z");
    let release = fleet.releases.get_mut("r-2026-12").unwrap();
    release.spec.as_mut().unwrap().suspend = Some(uplift::api::Suspend { reason: "a bug".into() });
    let told = told(&fleet, &ObjectKey::Release("r-2026-12".into()));
    let why = "suspended: a bug; remove spec.suspend to go on";
    assert_eq!(told, [("ReleaseSuspended".into(), Some("Suspended".into()), Some(why.into()))]);
}

#[test]
fn a_window_that_breaks_is_told_once_with_what_is_wrong() {
    let (mut fleet, _) = world("", "[]", "2026-12-10T00:00:00Z");
    let key = ObjectKey::Window("uk-evenings".into());
    fleet.windows.get_mut("uk-evenings").unwrap().schedule = Err("no such zone".into());
    assert_eq!(told(&fleet, &key), [("Blocked".into(), Some("InvalidWindow".into()), Some("no such zone".into()))]);
    let write = plan(&fleet, at("2026-12-10T00:00:00Z")).writes.into_iter().find(|w| w.object() == key).unwrap();
    let Change::WindowStatus { status, .. } = write.change else { panic!("{:?}", write.change) };
    fleet.windows.get_mut("uk-evenings").unwrap().status = Ok(*status);
    assert_eq!(told(&fleet, &key), []);
}

#[test]
fn an_edited_window_shows_its_new_occurrences_at_once() {
    let edit = "- {at: 2026-12-02T00:00:00Z, patch: {kind: UpgradeWindow, name: uk-evenings, merge: {spec: {schedule: '0 19 * * TUE#3'}}}}";
    let (mut fleet, _) = world("", edit, "2026-12-03T00:00:00Z");
    let (before, _) = world("", "[]", "2026-12-01T00:00:00Z");
    fleet.windows.get_mut("uk-evenings").unwrap().status = before.windows["uk-evenings"].status.clone();
    let key = ObjectKey::Window("uk-evenings".into());
    let write = plan(&fleet, at("2026-12-03T00:00:00Z")).writes.into_iter().find(|w| w.object() == key).unwrap();
    let Change::WindowStatus { status, .. } = write.change else { panic!("{:?}", write.change) };
    assert_eq!(status.occurrences[0].opens, "2026-12-15T19:00+00:00");
}

/// R16: Declined and Failed are gates like all others: asked why, people hear of a newer release what holds it.
#[test]
fn a_newer_release_that_was_declined_or_failed_says_so() {
    let newer = |events: &str, now: &str| {
        let (fleet, _) = world("", events, now);
        let explained = uplift::plan::explain(&fleet, at(now), &acme()).unwrap();
        let held = |release: uplift::plan::Newer| {
            release.held.into_iter().map(|held| held.blocker.reason.to_string()).collect::<Vec<_>>()
        };
        explained.newer.into_iter().map(held).collect::<Vec<_>>()
    };
    let declined = "- {at: 2026-12-01T00:00:00Z, annotate: {tenant: acme/acme, set: {uplift.dev/opt-out: 2026.12.0}}}";
    assert_eq!(newer(declined, "2026-12-05T00:00:00Z"), [["Declined"]]);
    let failed = "
- {at: 2026-12-10T00:00:00Z, rollout: {workload: acme/dashboard, outcome: Fails, takes: 90s}}
- {at: 2026-12-16T00:00:00Z, patch: {kind: Deployment, namespace: acme, name: dashboard, merge: {spec: {template: {spec: {containers: [{name: dashboard, image: 'registry.example.test/dashboard:2026.11.0'}]}}}}}}
";
    assert_eq!(newer(failed, "2026-12-17T00:00:00Z"), [["UpgradeFailed"]]);
}

/// What is only noted counts too, as far as a refusal is left for it.
#[test]
fn a_newer_release_that_would_be_declined_says_so_while_a_refusal_is_left() {
    const NEXT: &str = "
apiVersion: uplift.dev/v1alpha1
kind: DashboardRelease
metadata: {name: r-2026-13}
spec: {version: 2026.13.0, images: {dashboard: 'registry.example.test/dashboard:2026.13.0'}}
";
    let held = |max: u32| {
        let events = format!(
            "
- {{at: 2026-12-01T00:00:00Z, patch: {{kind: UpgradeWindow, name: uk-evenings, merge: {{spec: {{deferral: {{max: {max}}}}}}}}}}}
- {{at: 2026-12-01T00:00:00Z, annotate: {{tenant: acme/acme, set: {{uplift.dev/opt-out: 2026.13.0}}}}}}
"
        );
        let now = "2026-12-05T00:00:00Z";
        let (fleet, _) = world(NEXT, &events, now);
        let newer = uplift::plan::explain(&fleet, at(now), &acme()).unwrap().newer.remove(0);
        newer.held.into_iter().map(|held| held.blocker.reason.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(held(2), ["PendingApproval", "Declined"]);
    assert_eq!(held(0), ["PendingApproval"]);
}

/// Thousands of tenants have something new to say when a release is announced. One plan holds some, in the order of their turns; and whom the
/// API server refuses keeps nobody from it.
#[test]
fn of_the_last_class_a_plan_holds_some_and_the_next_the_others() {
    let mut fleet = world(TWO, "[]", "2026-12-01T17:00:00Z").0;
    let tenant = fleet.tenants[&acme()].clone();
    let key = |n: usize| TenantKey::new("many", format!("t{n:03}"));
    for n in 0..300 {
        let mut copy = tenant.clone();
        copy.status = Ok(TenantInstanceStatus::default());
        fleet.tenants.insert(key(n), copy);
    }
    let refusal = Refusal { intent: None, owner: None, message: "no".into(), by: RefusedBy::Else };
    for n in 0..20 {
        fleet.refused.insert(ObjectKey::Tenant(key(n)), refusal.clone());
    }
    let now = at("2026-12-01T18:00:00Z");
    let of_many = |fleet: &Fleet| -> Vec<_> {
        let plan = plan(fleet, now);
        (0..300).filter_map(|n| Some((key(n), status_of(&plan, &key(n))?))).collect()
    };
    let first = of_many(&fleet);
    let is_refused = |one: &TenantKey| fleet.refused.contains_key(&ObjectKey::Tenant(one.clone()));
    let others = first.iter().filter(|(one, _)| !is_refused(one)).count();
    assert!((250..=256).contains(&others), "{others}");
    assert_eq!(first.len() - others, 20, "who is refused takes nobody's room");
    fleet.resting = 30;
    assert_eq!(of_many(&fleet).len(), 300, "nor does who rests after a failure");
    fleet.resting = 0;
    for (key, status) in first {
        fleet.tenants.get_mut(&key).unwrap().status = Ok(status);
    }
    assert_eq!(of_many(&fleet).len(), 280 - others);
}

/// At a cut-off thousands have said nothing. One plan freezes some of that; what one of them says is not behind the others.
#[test]
fn of_the_silence_after_a_cut_off_a_plan_holds_some_and_every_word_said() {
    let mut fleet = world("", "[]", "2026-12-15T12:59:00Z").0;
    let tenant = fleet.tenants[&acme()].clone();
    let key = |n: usize| TenantKey::new("many", format!("t{n:03}"));
    for n in 0..300 {
        fleet.tenants.insert(key(n), tenant.clone());
    }
    let no = super::opt_outs::said("2026-12-15", (Some("12:00:00"), None, "12:00:00", None));
    fleet.tenants.get_mut(&key(299)).unwrap().opt_out = Some(no.into());
    let plan = plan(&fleet, at("2026-12-15T13:00:05Z"));
    let of = |class| plan.writes.iter().filter(|write| write.class == class).count();
    assert_eq!((of(Class::StopOrVerdict), of(Class::Receipt)), (1, 256));
}

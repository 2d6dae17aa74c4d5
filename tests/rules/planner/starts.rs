//! Rules R16 and R18: what holds the start when everything else lets it go.

use jiff::ToSpan;
use uplift::{
    api::{
        release::Decision,
        tenant::{ContainerRef, TenantInstanceStatus},
    },
    fleet::{Fleet, KeepsOld, View, Workload},
    plan::plan,
};

use super::{acme, at, deployment, status_of, with_boss, world};

pub const START: &str = "2026-12-15T18:00:00Z";

/// An hour before the slot opens; nothing is left to do but to start.
fn ready() -> Fleet {
    world("", "[]", "2026-12-15T17:00:00Z").0
}

pub fn next(fleet: &Fleet, now: &str) -> Option<TenantInstanceStatus> {
    status_of(&plan(fleet, at(now)), &acme())
}

pub fn starts(fleet: &Fleet, now: &str) -> bool {
    next(fleet, now).is_some_and(|status| status.upgrade.is_some_and(|u| u.started_at.is_some()))
}

/// The reasons of the blockers that are written at this instant.
fn blockers(fleet: &Fleet, now: &str) -> Vec<String> {
    next(fleet, now).unwrap_or_default().blockers.iter().map(|b| b.reason.to_string()).collect()
}

#[test]
fn a_start_is_made_from_the_opening_until_the_close() {
    let fleet = ready();
    assert!(!starts(&fleet, "2026-12-15T17:59:59Z"));
    assert!(starts(&fleet, START));
    assert!(starts(&fleet, "2026-12-15T21:59:59Z"));
    assert!(!starts(&fleet, "2026-12-15T22:00:00Z"));
}

#[test]
fn a_stale_view_holds_the_start_and_is_seen_only_while_the_slot_is_open() {
    let mut fleet = ready();
    fleet.views.0.insert(View::Windows, 91);
    assert!(next(&fleet, "2026-12-15T17:59:59Z").is_none());
    for open in [START, "2026-12-15T21:59:59Z"] {
        assert!(!starts(&fleet, open));
        assert_eq!(blockers(&fleet, open), ["StaleView"]);
    }
    // At the close the slot is gone, and nothing is blocked by it any more.
    assert_eq!(blockers(&fleet, "2026-12-15T22:00:00Z"), Vec::<String>::new());
    fleet.views.0.insert(View::Windows, 90);
    assert!(starts(&fleet, START));
}

/// R18: only what a tenant names feeds its gates.
#[test]
fn a_stale_view_of_a_kind_that_the_tenant_does_not_name_holds_nothing() {
    let mut fleet = ready();
    fleet.views.0.extend([(View::StatefulSets, 91), (View::DaemonSets, 91)]);
    assert!(starts(&fleet, START));
    fleet.views.0.insert(View::Deployments, 91);
    assert!(!starts(&fleet, START));
    assert_eq!(blockers(&fleet, START), ["StaleView"]);
}

/// R18: only an edit of the workload mends it, so it is told as soon as there is a plan; and once it is mended, what is nobody's business
/// before the notice deadline is nobody's business again.
#[test]
fn what_keeps_old_pods_is_told_at_once_and_forgotten_at_once() {
    let (mut fleet, _) = world("", "[]", "2026-12-05T00:00:00Z");
    let workload = |fleet: &mut Fleet, change: fn(&mut Workload)| {
        change(fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap());
    };
    workload(&mut fleet, |workload| workload.keeps_old = Some(KeepsOld::Partition(2)));
    let status = next(&fleet, "2026-12-05T00:00:00Z").unwrap();
    assert_eq!(status.blockers[0].reason.word(), "Partitioned");
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    workload(&mut fleet, |workload| (workload.keeps_old, workload.rollout.available) = (None, 0));
    assert!(next(&fleet, "2026-12-05T00:00:00Z").unwrap().blockers.is_empty());
}

/// R14: no frozen answer, no start, whatever the slot's times say.
#[test]
fn nothing_starts_while_the_customer_may_still_opt_out() {
    let mut fleet = ready();
    let upgrade = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap();
    upgrade.consent = None;
    upgrade.slot.as_mut().unwrap().opt_out_until = at(START) + 1.hour();
    assert!(!starts(&fleet, START));
}

/// I3: no receipt, no start, whatever the slot's times say.
#[test]
fn nothing_starts_while_the_notice_may_still_be_delivered() {
    let mut fleet = ready();
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    let later = at(START) + 1.hour();
    (status.notices[0].delivered_at, status.notices[0].deliver_by) = (None, later);
    status.upgrade.as_mut().unwrap().slot.as_mut().unwrap().notice_until = later;
    assert!(!starts(&fleet, START));
}

/// R10: who was asked, did not accept, and is back in the manifest is waited for again.
#[test]
fn a_required_contact_that_comes_back_without_a_receipt_holds_the_start() {
    let mut fleet = ready();
    let notices = &mut fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().notices;
    let mut boss = notices[0].clone();
    (boss.contact, boss.delivered_at) = ("boss".into(), None);
    boss.superseded_by = Some("Expired".into());
    notices.push(boss);
    assert!(starts(&fleet, START), "a dropped contact is not waited for");
    with_boss(&mut fleet);
    assert!(!starts(&fleet, START));
}

/// R21: between the start and the change the gates are asked once more.
#[test]
fn a_start_is_taken_back_when_its_release_is_rejected_or_frozen_before_the_change() {
    let started = || {
        let mut fleet = ready();
        fleet.tenants.get_mut(&acme()).unwrap().status = Ok(next(&fleet, START).unwrap());
        fleet
    };
    let taken_back = |fleet: &Fleet| next(fleet, START).is_some_and(|s| s.upgrade.is_none_or(|u| u.started_at.is_none()));
    assert!(!taken_back(&started()));
    let mut fleet = started();
    fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().approval.as_mut().unwrap().decision = Decision::Rejected;
    assert!(taken_back(&fleet));
    let mut fleet = started();
    fleet.windows.get_mut("uk-evenings").unwrap().schedule = Err("the freezes cannot be read".into());
    assert!(taken_back(&fleet));
}

/// R18: looked at from the notice deadline on; once it held, it holds until the workload is well.
#[test]
fn health_is_nobodys_business_before_the_notice_deadline() {
    let (mut fleet, _) = world("", "[]", "2026-12-13T17:00:00Z");
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap().rollout.available = 0;
    assert!(next(&fleet, "2026-12-13T17:59:59Z").is_none());
    let status = next(&fleet, "2026-12-13T18:00:00Z").unwrap();
    assert_eq!(status.blockers[0].reason.word(), "Unhealthy");
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    assert!(next(&fleet, "2026-12-13T17:59:59Z").is_none(), "it still holds");
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap().rollout.available = 1;
    let lifted = plan(&fleet, at("2026-12-13T18:00:00Z"));
    let told: Vec<_> = lifted.writes.iter().flat_map(|w| &w.stories).map(|s| (s.event.name(), s.message.as_deref())).collect();
    assert_eq!(told, [("Unblocked", Some("nothing holds it any more"))]);
}

/// R16: one gate may have two reasons, and people see both.
#[test]
fn two_reasons_of_one_gate_are_both_told() {
    let mut fleet = ready();
    fleet.releases.get_mut("r-2026-11").unwrap().spec.as_mut().unwrap().images.insert("sidecar".into(), "proxy:1".into());
    let container = |name: &str, component: &str| ContainerRef { name: name.into(), component: component.into() };
    let reference = &mut fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap().workloads[0];
    reference.containers = vec![container("dashboard", "dashboard"), container("proxy", "sidecar")];
    let workload = fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap();
    let mut proxy = workload.containers[0].clone();
    (proxy.name, proxy.image) = ("proxy".into(), "proxy:2".into());
    workload.containers.push(proxy);
    assert_eq!(blockers(&fleet, START), ["UnknownVersion", "UnknownComponent"]);
}

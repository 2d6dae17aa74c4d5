//! Where a tenant stands, as tools read it.

use uplift::{
    api::TenantInstanceStatus,
    fleet::Fleet,
    plan::{Change, StoryEvent, plan},
};

use super::{acme, at, status_of, world};

const NOW: &str = "2026-12-10T00:00:00Z";

fn next(fleet: &Fleet) -> Option<TenantInstanceStatus> {
    status_of(&plan(fleet, at(NOW)), &acme())
}

fn condition(status: &TenantInstanceStatus, type_: &str) -> Option<(String, String, String)> {
    let found = status.conditions.iter().find(|c| c.type_ == type_)?;
    Some((found.status.clone(), found.reason.clone(), found.message.clone()))
}

#[test]
fn an_edit_that_changes_nothing_is_observed_in_every_condition() {
    let (mut fleet, _) = world("", "[]", NOW);
    assert!(next(&fleet).is_none());
    fleet.tenants.get_mut(&acme()).unwrap().meta.generation = 7;
    let status = next(&fleet).unwrap();
    assert_eq!(status.observed_generation, 7);
    assert!(status.conditions.iter().all(|c| c.observed_generation == Some(7)));
    // Also where only one of them is behind.
    let mut behind = status.clone();
    behind.conditions[0].observed_generation = Some(6);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(behind);
    assert_eq!(next(&fleet), Some(status.clone()));
    let behind = TenantInstanceStatus { observed_generation: 6, ..status.clone() };
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(behind);
    assert_eq!(next(&fleet), Some(status));
}

#[test]
fn conditions_stand_in_the_order_of_their_types() {
    let (mut fleet, _) = world("", "[]", NOW);
    let status = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap();
    status.conditions.reverse();
    assert!(next(&fleet).unwrap().conditions.is_sorted_by_key(|c| c.type_.clone()));
}

/// R8: a manifest that does not parse any more is nobody's decision: the slot stays, and everything is held.
#[test]
fn a_manifest_that_does_not_parse_is_stalled_and_keeps_its_date() {
    let (mut fleet, _) = world("", "[]", NOW);
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    tenant.spec = Err("spec.workloads: expected a list".into());
    tenant.meta.generation = 2;
    let status = next(&fleet).unwrap();
    let message = "the manifest does not parse: spec.workloads: expected a list; correct it";
    let said = |value: &str| Some((value.to_owned(), "Malformed".to_owned(), message.to_owned()));
    assert_eq!(condition(&status, "Ready"), said("False"));
    assert_eq!(condition(&status, "Stalled"), said("True"));
    assert_eq!((status.blockers[0].reason.word(), status.observed_generation), ("Malformed", 2));
    assert!(status.upgrade.as_ref().is_some_and(|upgrade| upgrade.slot.is_some()));
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    assert!(next(&fleet).is_none(), "it is said once");
}

fn window_condition(fleet: &Fleet, type_: &str) -> Option<(String, String)> {
    let status = plan(fleet, at(NOW)).writes.into_iter().find_map(|write| match write.change {
        Change::WindowStatus { status, .. } => Some(*status),
        _ => None,
    });
    let found = status.as_ref()?.conditions.iter().find(|c| c.type_ == type_)?.clone();
    Some((found.status, found.reason))
}

/// A tool that waits for `Ready` would else wait out its time without hearing why.
#[test]
fn an_invalid_window_is_stalled_until_it_is_mended() {
    let (mut fleet, _) = world("", "[]", NOW);
    let window = fleet.windows.get_mut("uk-evenings").unwrap();
    let good = std::mem::replace(&mut window.schedule, Err("spec.timeZone: there is no zone Europe/Lundon".into()));
    let said = |value: &str| Some((value.to_owned(), "InvalidWindow".to_owned()));
    assert_eq!((window_condition(&fleet, "Ready"), window_condition(&fleet, "Stalled")), (said("False"), said("True")));
    let status = plan(&fleet, at(NOW)).writes.into_iter().find_map(|write| match write.change {
        Change::WindowStatus { status, .. } => Some(*status),
        _ => None,
    });
    let window = fleet.windows.get_mut("uk-evenings").unwrap();
    (window.status, window.schedule) = (Ok(status.unwrap()), good);
    assert_eq!(window_condition(&fleet, "Ready"), Some(("True".into(), "Valid".into())));
    assert_eq!(window_condition(&fleet, "Stalled"), None);
}

#[test]
fn an_invalid_release_is_stalled_and_one_that_waits_is_not() {
    let (mut fleet, _) = world("", "[]", NOW);
    let release = fleet.releases.get_mut("r-2026-12").unwrap();
    assert!(release.status.as_ref().unwrap().conditions.iter().all(|c| c.type_ != "Stalled"));
    release.upgrades_from = Err("spec.upgradesFrom: what is ~1?".into());
    let status = plan(&fleet, at(NOW)).writes.into_iter().find_map(|write| match write.change {
        Change::ReleaseStatus { status, .. } => Some(*status),
        _ => None,
    });
    let stalled = status.unwrap().conditions.into_iter().find(|c| c.type_ == "Stalled").unwrap();
    assert_eq!((&*stalled.status, &*stalled.reason), ("True", "Malformed"));
}

/// With the first sync of a folder tenants may come before their windows.
#[test]
fn a_window_that_comes_some_seconds_after_its_tenants_is_no_mistake() {
    let (mut fleet, _) = world("", "[]", NOW);
    let tenant = fleet.tenants.get_mut(&acme()).unwrap();
    (tenant.meta.created_at, tenant.status) = (at(NOW), Ok(TenantInstanceStatus::default()));
    let window = fleet.windows.remove("uk-evenings").unwrap();
    let first = plan(&fleet, at(NOW));
    let status = status_of(&first, &acme()).unwrap();
    assert_eq!(
        condition(&status, "Ready").map(|(value, reason, _)| (value, reason)),
        Some(("False".into(), "UnknownWindow".into()))
    );
    assert!(condition(&status, "Stalled").is_none() && status.blockers.is_empty(), "{status:?}");
    let told =
        |plan: &uplift::plan::Plan| plan.writes.iter().flat_map(|write| &write.stories).any(|s| s.event == StoryEvent::Blocked);
    assert!(!told(&first));
    assert_eq!(first.wake_at, Some(at("2026-12-10T00:00:10Z")), "then it is looked at again");

    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    let late = plan(&fleet, at("2026-12-10T00:00:10Z"));
    let status = status_of(&late, &acme()).unwrap();
    assert!(told(&late) && condition(&status, "Stalled").is_some());

    fleet.windows.insert("uk-evenings".into(), window);
    let status = status_of(&plan(&fleet, at("2026-12-10T00:00:04Z")), &acme()).unwrap();
    assert_eq!(condition(&status, "Ready").map(|(value, ..)| value).as_deref(), Some("True"));
}

/// Its status goes with it, and its namespace may too: without a finding nobody would hear that a customer waits for nothing.
#[test]
fn a_tenant_that_is_deleted_with_an_announced_date_is_told_of_once() {
    let (mut fleet, _) = world("", "[]", NOW);
    let tenant = fleet.tenants.remove(&acme()).unwrap();
    assert_eq!(plan(&fleet, at(NOW)).findings, []);
    fleet.deleted.insert(acme(), tenant.clone());
    let findings = plan(&fleet, at(NOW)).findings;
    let about: Vec<_> = findings.iter().map(|finding| (finding.object.to_string(), finding.reason.name())).collect();
    let expected = [("TenantInstance acme/acme", "TenantDeleted"), ("UpgradeWindow uk-evenings", "TenantDeleted")];
    assert_eq!(about, expected.map(|(object, reason)| (object.to_owned(), reason)));
    assert!(findings[0].message.contains("announced for 2026-12-15T18:00+00:00"), "{findings:?}");

    let mut unplanned = tenant;
    unplanned.status.as_mut().unwrap().upgrade.as_mut().unwrap().slot = None;
    fleet.deleted.insert(acme(), unplanned);
    assert_eq!(plan(&fleet, at(NOW)).findings, [], "nobody was told of a date");
}

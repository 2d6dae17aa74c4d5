//! Where a tenant stands, as tools read it.

use uplift::{api::TenantInstanceStatus, fleet::Fleet, plan::plan};

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
    assert_eq!((status.blockers[0].reason.as_str(), status.observed_generation), ("Malformed", 2));
    assert!(status.upgrade.as_ref().is_some_and(|upgrade| upgrade.slot.is_some()));
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status);
    assert!(next(&fleet).is_none(), "it is said once");
}

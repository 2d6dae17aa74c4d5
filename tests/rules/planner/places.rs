//! Rule R7: a place is taken from the moment its write is sent until the write that gives it back was seen.

use uplift::{
    api::{TenantInstanceStatus, release::Withdrawn},
    fleet::{Effect, Fleet, ObjectKey, Outstanding, TenantKey},
    plan::plan,
};

use super::{TWO, acme, at, status_of, world, zeta};

const NOW: &str = "2026-12-01T18:00:00Z";
const DECEMBER: &str = "2026-12-15T18:00+00:00";

/// Nobody has a slot yet; an occurrence has so many places.
fn fleet(places: u32) -> Fleet {
    let events = format!(
        "- {{at: 2026-12-01T00:00:00Z, patch: {{kind: UpgradeWindow, name: uk-evenings, merge: {{spec: {{capacity: {places}}}}}}}}}"
    );
    world(TWO, &events, "2026-12-01T17:00:00Z").0
}

fn slot(status: Option<TenantInstanceStatus>) -> Option<String> {
    Some(status?.upgrade?.slot?.opens)
}

fn send(fleet: &mut Fleet, key: &TenantKey, status: TenantInstanceStatus) {
    let effect = Effect::TenantStatus(Box::new(status));
    fleet.outstanding.insert(ObjectKey::Tenant(key.clone()), Outstanding { effect, sent_at: at(NOW) });
}

#[test]
fn a_place_whose_write_is_under_way_is_taken() {
    let mut one = fleet(1);
    let given = status_of(&plan(&one, at(NOW)), &acme()).unwrap();
    assert_eq!(slot(Some(given.clone())).as_deref(), Some(DECEMBER));
    send(&mut one, &acme(), given.clone());
    assert_eq!(slot(status_of(&plan(&one, at(NOW)), &zeta())), None);
    let mut two = fleet(2);
    send(&mut two, &acme(), given);
    assert_eq!(slot(status_of(&plan(&two, at(NOW)), &zeta())).as_deref(), Some(DECEMBER));
}

#[test]
fn a_tenant_whose_next_write_keeps_its_place_takes_one() {
    let mut fleet = fleet(2);
    let given = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(given.clone());
    send(&mut fleet, &acme(), given);
    assert_eq!(slot(status_of(&plan(&fleet, at(NOW)), &zeta())).as_deref(), Some(DECEMBER));
}

#[test]
fn a_place_that_is_being_given_back_counts_until_that_was_seen() {
    let mut fleet = fleet(1);
    let given = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(given.clone());
    send(&mut fleet, &acme(), TenantInstanceStatus { upgrade: None, ..given });
    assert_eq!(slot(status_of(&plan(&fleet, at(NOW)), &zeta())), None);
}

#[test]
fn a_tenant_on_its_way_to_another_date_counts_on_both() {
    let mut fleet = fleet(1);
    let given = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap();
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(given.clone());
    let mut moved = given;
    let slot = moved.upgrade.as_mut().unwrap().slot.as_mut().unwrap();
    (slot.opens, slot.opens_at) = ("2027-01-19T18:00+00:00".into(), at("2027-01-19T18:00:00Z"));
    send(&mut fleet, &acme(), moved);
    let zeta = status_of(&plan(&fleet, at(NOW)), &zeta()).unwrap();
    assert_eq!(zeta.upgrade.unwrap().expected_at, Some(at("2027-02-16T18:00:00Z")));
}

/// One write takes the next place and gives the own one back: the same occurrence is not full for who holds it.
#[test]
fn a_tenant_whose_release_is_withdrawn_keeps_its_place_for_the_next_release() {
    let mut fleet = fleet(1);
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status_of(&plan(&fleet, at(NOW)), &acme()).unwrap());
    let mut next = fleet.releases["r-2026-12"].clone();
    (next.meta.uid, next.version) = ("another".into(), Ok("2026.12.1".parse().unwrap()));
    next.spec.as_mut().unwrap().version = "2026.12.1".into();
    fleet.releases.insert("r-2026-12-1".into(), next);
    fleet.releases.get_mut("r-2026-12").unwrap().spec.as_mut().unwrap().withdrawn = Some(Withdrawn { reason: "a bug".into() });
    let upgrade = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap().upgrade.unwrap();
    assert_eq!((upgrade.to.as_str(), upgrade.slot.unwrap().opens.as_str()), ("2026.12.1", DECEMBER));
}

//! Rule R7: a place is taken from the moment its write is sent until the write that gives it back was seen.

use uplift::{
    api::TenantInstanceStatus,
    fleet::{Effect, Fleet, ObjectKey, Outstanding, TenantKey},
    plan::plan,
};

use super::{TWO, acme, at, status_of, world};

const NOW: &str = "2026-12-01T18:00:00Z";
const DECEMBER: &str = "2026-12-15T18:00+00:00";

fn zeta() -> TenantKey {
    TenantKey::new("zeta", "zeta")
}

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

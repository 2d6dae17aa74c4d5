//! Judges a run of the simulated world: the testbed's one judge, and the customer, who reads letters.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail where it stands")]

pub mod customer;
pub mod leeway;
pub mod world;

use uplift::{
    api::tenant::Upgrade,
    simulate::world::{Object, Record, What},
};
pub use uplift_testbed::judge::{Broken, Leeway};

/// What is broken in a log, given what the run's faults excuse.
pub fn judge(log: &[Record], leeway: Leeway) -> Vec<Broken> {
    uplift_testbed::judge::judge(&world::evidence(log, leeway)).broken
}

/// Says that an invariant is broken, and how.
pub type Tell<'a> = dyn FnMut(&'static str, String) + 'a;

/// What a tenant's status says is planned or runs.
pub fn upgrade(object: &Object) -> Option<&Upgrade> {
    object.tenant()?.1.upgrade.as_ref()
}

/// A tenant's start, if this write is one: the object before, and the upgrade as started.
pub fn start(record: &Record) -> Option<(&Object, &Upgrade)> {
    let What::Write(before, after) = &record.what else { return None };
    let started = upgrade(after).filter(|u| u.started_at.is_some())?;
    let ran = upgrade(before).is_some_and(|u| u.started_at.is_some() && u.id == started.id);
    (!ran).then_some((&**before, started))
}

/// The numbers of a version; missing ones are zero.
pub fn numbers(version: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> = version.split('.').map(|part| part.parse().expect("versions of the tests are numbers")).collect();
    numbers.resize(6, 0);
    numbers
}

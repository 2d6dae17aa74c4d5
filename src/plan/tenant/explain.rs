//! Everything that holds one tenant, for people who ask (R16). No rule of its own: the pass of [`plan`](super::plan) runs as ever, up
//! to and with this tenant's turn, and what is told is what that turn found.

use jiff::Timestamp;

use crate::{
    api::{TenantInstanceStatus, tenant::Blocker},
    fleet::{Fleet, TenantKey},
    plan::{
        output::{Plan, hold::Hold},
        pass::stock::Stock,
        release,
        tenant::{self, malformed, outcome::Outcome},
    },
};

/// What the rules say of one tenant at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Its status as the rules would write it now; where it is as it stands, nothing is to be written.
    pub status: TenantInstanceStatus,
    /// Every gate that holds, in the order in which gates are told.
    pub held: Vec<Held>,
    /// Newer releases of its channel that it is not planned for, the newest first, each with what holds it. One that nothing holds
    /// waits for what is planned.
    pub newer: Vec<Newer>,
}

/// A release that a tenant is not planned for, although it is newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// Its version.
    pub version: String,
    /// What holds it.
    pub held: Vec<Held>,
}

/// A gate that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Gate, what it holds, reason, message, and when that may change by itself.
    pub blocker: Blocker,
    /// Time or the plan lifts it: mere waiting, which no status tells.
    pub waiting: bool,
    /// Only an edit of the tenant's own manifest mends it.
    pub stalled: bool,
}

/// Explains one tenant; none where there is no such tenant, or where its status does not parse.
///
/// Turns that come before its own are taken first, since they may take the places and the running upgrades that it waits for. So the
/// fleet must hold every tenant that shares its window, else what it says of places and concurrency is a part.
pub fn explain(fleet: &Fleet, now: Timestamp, key: &TenantKey) -> Option<Explanation> {
    let stock = Stock::of(fleet);
    let mut pass = release::begin(fleet, &stock, now);
    let mut unused = Plan::default();
    let (key, tenant) = fleet.tenants.get_key_value(key)?;
    let mut outcome = malformed::explain(&pass, key, tenant);
    for begun in tenant::turns::begin_all(&mut pass, &mut unused, None).begun {
        if begun.key() == key {
            outcome = Some(begun.explain(&mut pass));
            break;
        }
        begun.finish(&mut pass, &mut unused);
    }
    let Outcome { status, holds, newer } = outcome?;
    let newer = newer.into_iter().map(|(version, holds)| Newer { version, held: told(&holds) });
    Some(Explanation { status, held: told(&holds), newer: newer.collect() })
}

fn told(holds: &[Hold]) -> Vec<Held> {
    holds.iter().map(|hold| Held { blocker: hold.blocker(), waiting: hold.waiting, stalled: hold.stalled }).collect()
}

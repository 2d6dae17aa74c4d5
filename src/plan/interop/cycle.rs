//! Two upgrades of which each needs what only the other brings: both are held, until somebody takes the issue of one of them on.

use super::{
    breaks::breaks,
    found::Found,
    provider::{interface, needed, running},
    requires::one_lies_in,
};
use crate::{
    api::reason::Reason,
    fleet::TenantKey,
    plan::pass::{Pass, qualified::Qualified},
};

/// What is said of it.
const EACH: &str = "; each waits for the other (InteropCycle): accept the issue of one of them";

/// Says it of the issues of a tenant's upgrade that are one half of such a pair.
pub fn mark(pass: &Pass, key: &TenantKey, release: &Qualified, all: &mut [Found]) {
    for found in all {
        let waits = match found.reason {
            Reason::IncompatibleDependency => {
                found.others.iter().any(|other| provider_waits(pass, key, other, (release, found.about)))
            }
            Reason::BreaksConsumer => found.others.iter().any(|other| consumer_waits(pass, key, other, (release, found.about))),
            _ => false,
        };
        if waits {
            found.message.push_str(EACH);
        }
    }
}

/// The release of a provider's next upgrade offers what is needed here, and is held since it would break this tenant.
fn provider_waits(pass: &Pass, key: &TenantKey, provider: &TenantKey, (release, name): (&Qualified, &str)) -> bool {
    let next = planned(pass, provider).filter(|next| offers(next, release, name));
    let own = running(pass, provider).unwrap_or_default();
    next.is_some_and(|next| !breaks(pass, provider, (&own, next), key).is_empty())
}

/// The release of a consumer's next upgrade needs what this one offers, and what runs here does not.
fn consumer_waits(pass: &Pass, key: &TenantKey, consumer: &TenantKey, (release, name): (&Qualified, &str)) -> bool {
    let next = planned(pass, consumer).filter(|next| !needed(next, name).is_empty() && offers(release, next, name));
    next.is_some_and(|next| running(pass, key).is_ok_and(|runs| !runs.iter().all(|runs| offers(runs, next, name))))
}

/// Whether one release offers an interface in each range in which the other needs it.
fn offers(offering: &Qualified, needing: &Qualified, name: &str) -> bool {
    let versions = interface(offering, name).map(|interface| interface.versions.as_slice()).unwrap_or_default();
    needed(needing, name).iter().all(|range| one_lies_in(range, versions))
}

/// The release that a tenant is planned for, before it starts.
fn planned<'p, 'a>(pass: &'p Pass<'a>, key: &TenantKey) -> Option<&'p Qualified<'a>> {
    let status = pass.fleet.tenants.get(key)?.status.as_ref().ok()?;
    let upgrade = status.upgrade.as_ref().filter(|upgrade| upgrade.started_at.is_none())?;
    pass.release(&upgrade.release, &upgrade.release_uid)
}

//! Rule R31: what an upgrade needs of the software and the tenants around it, and whom it would break. Pure: what releases, tenants and products
//! declare, and what they run.

mod breaks;
mod cycle;
mod found;
pub mod moves;
pub mod provider;
mod requires;
mod risks;
pub mod tell;

use crate::{
    api::TenantInstanceSpec,
    fleet::TenantKey,
    plan::pass::{Pass, qualified::Qualified},
};
use found::{Found, merged};

/// The issues of a tenant's upgrade to a release, whether they were accepted or not, each once.
pub fn issues<'f, 'a: 'f>(
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
) -> Vec<Found<'f>> {
    let mut all = requires::missing(pass, key, spec, release);
    all.extend(breaks::broken(pass, key, release));
    all.extend(risks::of(pass, spec, release));
    cycle::mark(pass, key, release, &mut all);
    merged(all)
}

/// Those of them that hold: nobody accepted them for this time.
pub fn standing<'f, 'a: 'f>(
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
) -> Vec<Found<'f>> {
    let mut all = issues(pass, key, spec, release);
    all.retain(|found| found.holds && !release.accepts(&found.name()));
    all
}

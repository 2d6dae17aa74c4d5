//! Risks that people know of, and that a tenant runs into by the software that it uses.

use super::{found::Found, requires::lies_in};
use crate::{
    api::{TenantInstanceSpec, VersionReq, reason::Reason, release::Risk},
    plan::{
        pass::{Pass, qualified::Qualified},
        software::uses::uses,
    },
};

/// Those that concern the tenant, in the order of `spec.risks`.
pub fn of<'f, 'a: 'f>(pass: &Pass<'a>, spec: &'f TenantInstanceSpec, release: &'f Qualified<'a>) -> Vec<Found<'f>> {
    let risks = release.spec.risks.iter().zip(&release.ranges.risks);
    risks.filter_map(|(risk, range)| one(pass, spec, release, (risk, range))).collect()
}

fn one<'f>(
    pass: &Pass,
    spec: &TenantInstanceSpec,
    release: &Qualified,
    (risk, range): (&'f Risk, &VersionReq),
) -> Option<Found<'f>> {
    let software = spec.dependencies.iter().filter_map(|dependency| uses(pass, dependency)?.ok());
    let met =
        software.filter(|uses| uses.product == risk.matches.product).find(|uses| lies_in(range, uses.version) == Some(true))?;
    let more = risk.url.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
    let message = format!("release {}, with {} {}: {}{more}", release.name, met.product, met.version, risk.message);
    Some(Found { reason: Reason::NamedRisk, about: &risk.name, message, holds: true, others: vec![] })
}

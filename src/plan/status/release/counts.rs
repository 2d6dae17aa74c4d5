//! How many tenants stand where. For people: no rule reads it.

use std::collections::BTreeMap;

use crate::{
    api::{
        DashboardReleaseStatus, condition,
        release::{CountedIssue, TenantCounts},
    },
    plan::{
        pass::{Pass, qualified::Qualified, wake::later},
        status::release::{
            held_jobs::HeldJobs,
            issues::{Issues, name_the_first},
            told::Told,
        },
    },
};

/// Counts are written at most this often, in seconds.
const COUNTS_EVERY: i64 = 10;

/// How the tenants of its channel stand to a release.
#[derive(Clone, Default)]
pub struct Standing<'a> {
    counts: TenantCounts,
    /// Those that are held because a Job cannot be made.
    held: HeldJobs<'a>,
    /// Those whose upgrade to it has issues.
    pub issues: Issues<'a>,
    /// Those of each ring, where it has rings.
    rings: Vec<TenantCounts>,
    /// Tenants that pass through another release first.
    on_the_way: u32,
    /// Tenants that were made a moment ago: what they wait for is known after their first turn.
    new: u32,
}

impl Standing<'_> {
    /// Whether somebody is still to be upgraded to it, at once or in hops.
    pub fn is_waited_for(&self) -> bool {
        self.counts.pending + self.on_the_way > 0
    }

    fn waiting(&self) -> bool {
        self.is_waited_for() || self.counts.upgrading > 0
    }

    /// Counts a tenant, in its ring too.
    fn count(&mut self, release: Option<&Qualified>, ring: &str, one: impl Fn(&mut TenantCounts)) {
        one(&mut self.counts);
        let Some((release, own)) = release.and_then(|release| Some((release, release.ring_of(ring)?))) else { return };
        self.rings.resize(release.rings.len(), TenantCounts::default());
        self.rings.get_mut(own).map(one);
    }
}

/// Tenants by release, from their statuses: those that count alike together.
pub fn count<'a>(pass: &Pass<'a>) -> BTreeMap<&'a str, Standing<'a>> {
    let mut standing: BTreeMap<&str, Standing> = BTreeMap::new();
    let by_version: BTreeMap<_, _> = pass.releases().map(|r| ((r.spec.channel.as_str(), r.spec.version.as_str()), r)).collect();
    let by_name: BTreeMap<_, _> = pass.releases().map(|r| (r.name, r)).collect();
    for (share, n) in pass.stock.alike() {
        let (Some((channel, ring)), Some(seen)) = (&share.follows, &share.seen) else { continue };
        let release = |version: &str| by_version.get(&(channel.as_str(), version)).copied();
        if let Some(name) = seen.release.as_deref() {
            let one = |counts: &mut TenantCounts| if seen.running { counts.upgrading += n } else { counts.pending += n };
            let here = standing.entry(name).or_default();
            here.count(by_name.get(name).copied(), ring, one);
            here.issues.count(&seen.issues, n);
            let later = seen.later.iter().filter_map(|version| release(version));
            later.for_each(|r| standing.entry(r.name).or_default().on_the_way += n);
        }
        if seen.new {
            let channel = pass.channel(channel).iter();
            channel.for_each(|release| standing.entry(release.name).or_default().new += n);
        }
        let failed = seen.failed.as_deref();
        if let Some(failed) = failed.and_then(release) {
            standing.entry(failed.name).or_default().count(Some(failed), ring, |counts| counts.failed += n);
        }
        if let Some(run) = seen.version.as_deref().filter(|version| failed != Some(version)).and_then(release) {
            standing.entry(run.name).or_default().count(Some(run), ring, |counts| counts.running += n);
        }
    }
    for (key, tenant) in pass.apart(|apart| apart.held) {
        let (Ok(_), Ok(status)) = (&tenant.spec, &tenant.status) else { continue };
        let Some(upgrade) = &status.upgrade else { continue };
        standing.entry(&upgrade.release).or_default().held.count(key, status);
    }
    standing
}

/// Counts, who is held, and who has issues, follow at most every ten seconds, unless the rollout ended or began anew, or a ring was proved: what is said beside them
/// never contradicts them. The instant of the last write stands in the counts.
pub fn throttle(
    pass: &mut Pass,
    status: &mut DashboardReleaseStatus,
    standing: &Standing,
    (name, mut issues): (&str, Vec<CountedIssue>),
    turned: bool,
) {
    let (seen, counts) = (status.tenants.unwrap_or_default(), standing.counts);
    let of_ring = |i: usize| standing.rings.get(i).copied().unwrap_or_default();
    let same_rings = status.rings.iter().enumerate().all(|(i, ring)| ring.tenants == of_ring(i));
    if (TenantCounts { at: None, ..seen }) == counts && same_rings && standing.held.is_told(status) && status.issues == issues {
        return;
    }
    match seen.at.map(|at| later(at, COUNTS_EVERY)) {
        Some(due) if !turned && pass.now < due => pass.wake.at(due),
        _ => {
            status.tenants = Some(TenantCounts { at: Some(pass.now), ..counts });
            status.rings.iter_mut().enumerate().for_each(|(i, ring)| ring.tenants = of_ring(i));
            standing.held.tell(status, pass.now);
            name_the_first(pass.fleet, name, &mut issues);
            status.issues = issues;
        }
    }
}

/// Nobody waits for it, or has a hop to go. That it is out of use, or held back, later undoes nothing; that somebody waits does.
pub fn rolled_out(seen: &DashboardReleaseStatus, told: &Told, standing: &Standing) -> bool {
    let reached = told.held().is_none() && standing.counts.running > 0 && standing.new == 0;
    !standing.waiting() && (reached || condition::is_true(&seen.conditions, condition::ROLLED_OUT))
}

//! Rule R17: which rings have proved a release for the next.

use crate::{
    api::{
        DashboardReleaseStatus,
        release::{Ring, Rollout},
        tenant::{HistoryEntry, Management, SlotResult, TenantInstanceStatus, Upgrade},
    },
    fleet::Fleet,
    plan::{
        pass::{
            Pass,
            qualified::Qualified,
            rings::{Passed, RingFacts, is_open},
        },
        release::halt::Known,
    },
};

/// The rings of a release, as its spec and its status say. The last proves it for nobody.
pub fn of<'a>(rollout: &'a Rollout, status: Option<&DashboardReleaseStatus>) -> Vec<RingFacts<'a>> {
    let proven = |name: &str| status.is_some_and(|s| s.rings.iter().any(|ring| ring.name == name && ring.proven_at.is_some()));
    let of = |ring: &'a Ring| {
        let passed = match () {
            () if proven(&ring.name) => Passed::Proven,
            () if rollout.proven_rings.contains(&ring.name) => Passed::ByPeople,
            () => Passed::No,
        };
        RingFacts::new(ring, passed)
    };
    rollout.rings.iter().map(of).collect()
}

/// Whether a ring of any release is to prove it for others.
pub fn any_is_open(pass: &Pass) -> bool {
    pass.releases().any(|release| is_open(&release.rings))
}

/// Takes stock, anew, of what the tenants of each ring came to: those that Uplift manages, and that follow the release's channel.
pub fn count<'s>(pass: &mut Pass, tenants: impl Iterator<Item = Known<'s>>) {
    // Of what is proven nobody asks any more. Else this is a walk over the fleet.
    if !any_is_open(pass) {
        return;
    }
    for release in pass.releases_mut() {
        release.rings.iter_mut().for_each(|ring| *ring = RingFacts::new(ring.ring, ring.passed));
    }
    let fleet = pass.fleet;
    for known in tenants.filter(|known| known.spec.management == Management::Managed) {
        for release in pass.channel_mut(&known.spec.channel).iter_mut().filter(|release| is_open(&release.rings)) {
            let Some(own) = release.ring_of(&known.spec.ring) else { continue };
            let mut ring = release.rings[own];
            add(fleet, release, &known, &mut ring);
            release.rings[own] = ring;
        }
    }
}

/// What one tenant adds to its ring. A success counts once it was seen, so that a proof never stands without it; what is in flight
/// counts from the write that is sent on.
fn add(fleet: &Fleet, release: &Qualified, known: &Known, ring: &mut RingFacts) {
    let seen = fleet.tenants.get(known.key).and_then(|tenant| tenant.status.as_ref().ok());
    let successes = seen.into_iter().flat_map(|status| &status.history).filter(|entry| is_success(release, entry));
    ring.last_success = ring.last_success.max(successes.map(|entry| entry.finished_at).max());
    let own = planned(release, known.status);
    // What ended in this pass is in flight until that was seen.
    let flies = seen.and_then(|seen| planned(release, seen)).filter(|upgrade| upgrade.started_at.is_some());
    for upgrade in [own, flies].into_iter().flatten() {
        ring.in_flight |= upgrade.started_at.is_some();
        note(ring, upgrade);
    }
    let passes_through = |upgrade: &Upgrade| upgrade.route.iter().any(|version| release.version.is(version));
    ring.alive |= own.is_some() || known.status.upgrade.as_ref().is_some_and(passes_through);
}

/// What is planned for a tenant, where it goes to this release.
fn planned<'s>(release: &Qualified, status: &'s TenantInstanceStatus) -> Option<&'s Upgrade> {
    status.upgrade.as_ref().filter(|upgrade| upgrade.release_uid == release.uid)
}

fn is_success(release: &Qualified, entry: &HistoryEntry) -> bool {
    let after = entry.started_at.is_some_and(|at| at >= release.created_at);
    entry.result == SlotResult::Succeeded && after && release.version.is(&entry.to)
}

/// The date of an upgrade.
fn note(ring: &mut RingFacts, upgrade: &Upgrade) {
    ring.closes_at = ring.closes_at.max(upgrade.slot.as_ref().map(|slot| slot.closes_at));
    ring.expected_at = ring.expected_at.max(upgrade.expected_at);
}

/// A tenant of this ring has a date since this pass: later rings follow it (R7).
pub fn dated(pass: &mut Pass, ring: &str, upgrade: &Upgrade) {
    let Some(release) = pass.releases_mut().find(|release| release.uid == upgrade.release_uid && is_open(&release.rings)) else {
        return;
    };
    let Some(own) = release.ring_of(ring) else { return };
    let (before, last) = (release.rings[own], own + 1 == release.rings.len());
    note(&mut release.rings[own], upgrade);
    // Nobody waits for the last.
    if !last && release.rings[own] != before {
        pass.rings_moved();
    }
}

//! What is said of releases. Of it rules read the halt, the proof of rings and the results of checks only.

mod counts;
mod held_jobs;
mod issues;
mod stories;
mod support;
mod told;

use jiff::Timestamp;

use crate::{
    api::{
        DashboardReleaseStatus, condition,
        reason::Reason,
        release::{RingStatus, TenantCounts},
    },
    fleet::{ObjectKey, Release},
    plan::{
        output::{Class, Plan, change::Change, held::Held, story::Story},
        pass::Pass,
        release::{checks::Checks, halt},
        status::{
            release::{
                counts::{Standing, count, rolled_out, throttle},
                stories::{is_halted_anew, release_stories},
                told::{Told, told},
            },
            write::{readable, write},
        },
    },
};

/// The status of every release.
pub fn releases(pass: &mut Pass, plan: &mut Plan) {
    let mut standing = count(pass);
    let fleet = pass.fleet;
    for (name, release) in &fleet.releases {
        let Some(seen) = readable(&release.status, ObjectKey::Release(name.clone()), &release.meta, plan) else { continue };
        let (status, stories) = release_status(pass, name, release, seen, &standing.remove(name.as_str()).unwrap_or_default());
        if status != *seen {
            let class = class(seen, &status);
            let change = Change::ReleaseStatus { release: name.clone(), status: Box::new(status) };
            plan.writes.extend(write(pass, change, &release.meta, class, stories));
        }
    }
}

/// A halt goes before all. Nothing follows from the result of a check before it is written.
fn class(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus) -> Class {
    match () {
        () if is_halted_anew(seen, next) => Class::StopOrVerdict,
        () if next.checks != seen.checks || proven(next) != proven(seen) => Class::StartOrResult,
        () => Class::Rest,
    }
}

fn proven(status: &DashboardReleaseStatus) -> usize {
    status.rings.iter().filter(|ring| ring.proven_at.is_some()).count()
}

fn release_status(
    pass: &mut Pass,
    name: &str,
    release: &Release,
    seen: &DashboardReleaseStatus,
    standing: &Standing,
) -> (DashboardReleaseStatus, Vec<Story>) {
    let mut status = seen.clone();
    let generation = release.meta.generation;
    let qualified = pass.release(name, &release.meta.uid);
    if let Some(halt) = qualified.map(|release| &release.halt) {
        status.halt.clone_from(halt);
    }
    let told = qualified.map_or_else(|| Told::malformed(release), told);
    let rolled_out = rolled_out(seen, &told, standing);
    let turned = rolled_out != condition::is_true(&seen.conditions, condition::ROLLED_OUT);
    prove_rings(pass, name, release, &mut status);
    let turned = turned || proven(&status) != proven(seen);
    let issues = standing.issues.listed(pass.fleet, name, pass.release(name, &release.meta.uid), &seen.issues);
    let turned = turned || issues::turned(seen, &issues);
    throttle(pass, &mut status, standing, (name, issues), turned);
    let rolled_out = if rolled_out {
        (true, Reason::UpToDate, "no tenant waits for it any more")
    } else {
        (false, Reason::Expected, "tenants wait for it, or none runs it yet")
    };
    for (type_, said) in [(condition::ACCEPTED, told.accepted()), (condition::APPROVED, told.approved())] {
        condition::set(&mut status.conditions, type_, said.0, said.1, said.2, generation, pass.now);
    }
    condition::set_ready(&mut status.conditions, told.ready(standing.is_waited_for()), generation, pass.now);
    halted(&mut status, generation, pass.now);
    support::tell(pass, release, &mut status);
    condition::set(&mut status.conditions, condition::ROLLED_OUT, rolled_out.0, rolled_out.1, rolled_out.2, generation, pass.now);
    status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    status.observed_generation = generation;
    if let Some(checks) = Checks::of(pass.fleet, name, release) {
        status.checks = checks.record(pass.now);
    }
    let stories = release_stories(seen, &status, release);
    (status, stories)
}

/// The condition of a halt: only while it stands.
fn halted(status: &mut DashboardReleaseStatus, generation: i64, now: Timestamp) {
    let Some(Held { message, .. }) = status.standing_halt().map(halt::held) else {
        return condition::clear(&mut status.conditions, condition::HALTED);
    };
    condition::set(&mut status.conditions, condition::HALTED, true, Reason::TooManyFailures, &message, generation, now);
}

/// R17: writes down which rings have proved the release. The last proves it for nobody, and what is proven stays so.
fn prove_rings(pass: &mut Pass, name: &str, release: &Release, status: &mut DashboardReleaseStatus) {
    let Some(facts) = pass.release(name, &release.meta.uid).map(|release| release.rings.clone()) else { return };
    let last = facts.len().saturating_sub(1);
    let rings = facts.iter().enumerate().map(|(i, facts)| {
        let known = status.rings.iter().find(|ring| ring.name == facts.ring.name).cloned();
        let mut ring = known.unwrap_or_else(|| RingStatus {
            name: facts.ring.name.clone(),
            proven_at: None,
            tenants: TenantCounts::default(),
        });
        let soaked = facts.soaked_at().filter(|_| i < last && ring.proven_at.is_none());
        if let Some(over) = soaked {
            pass.wake.at(over);
            ring.proven_at = Some(pass.now).filter(|now| *now >= over);
        }
        ring
    });
    status.rings = rings.collect();
}

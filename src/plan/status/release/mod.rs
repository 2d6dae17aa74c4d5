//! What is said of releases. Of it rules read the halt and the results of checks only.

use std::collections::BTreeMap;

use crate::{
    api::{
        DashboardReleaseStatus, condition,
        reason::Reason,
        release::{CheckResult, CheckRun, TenantCounts},
        tenant::TenantInstanceStatus,
    },
    fleet::{ObjectKey, Release},
    plan::{
        output::{
            Class, Plan,
            change::Change,
            held::Held,
            story::{Story, StoryEvent},
        },
        pass::{Pass, qualified::Qualified, wake::later},
        record::history,
        release::{brake::brake, checks::Checks, halt},
        status::write::{readable, write},
    },
};

/// Counts are written at most this often, in seconds.
const COUNTS_EVERY: i64 = 10;

/// A check by Job cannot run until people mend something.
const CANNOT_RUN: [Reason; 5] =
    [Reason::JobTemplateMissing, Reason::JobTemplateNotSuspended, Reason::JobsNotGranted, Reason::JobRefused, Reason::JobForeign];

/// The status of every release.
pub fn releases(pass: &mut Pass, plan: &mut Plan) {
    let mut standing = count(pass);
    let fleet = pass.fleet;
    for (name, release) in &fleet.releases {
        let Some(seen) = readable(&release.status, ObjectKey::Release(name.clone()), &release.meta, plan) else { continue };
        let (status, stories) = release_status(pass, name, release, seen, standing.remove(name.as_str()).unwrap_or_default());
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
        () if next.checks != seen.checks => Class::StartOrResult,
        () => Class::Rest,
    }
}

/// How the tenants of its channel stand to a release.
#[derive(Clone, Copy, Default)]
struct Standing {
    counts: TenantCounts,
    /// Tenants that pass through another release first.
    on_the_way: u32,
    /// Tenants that were made a moment ago: what they wait for is known after their first turn.
    new: u32,
}

impl Standing {
    fn waiting(self) -> bool {
        self.counts.pending + self.counts.upgrading + self.on_the_way > 0
    }
}

/// Tenants by release, from their statuses: one walk over the fleet.
fn count<'a>(pass: &Pass<'a>) -> BTreeMap<&'a str, Standing> {
    let mut standing: BTreeMap<&str, Standing> = BTreeMap::new();
    let by_version: BTreeMap<_, &str> =
        pass.releases().map(|r| ((r.spec.channel.as_str(), r.spec.version.as_str()), r.name)).collect();
    for tenant in pass.fleet.tenants.values() {
        let (Ok(spec), Ok(status)) = (&tenant.spec, &tenant.status) else { continue };
        let release = |version: &str| by_version.get(&(spec.channel.as_str(), version)).copied();
        if let Some(upgrade) = &status.upgrade {
            let counts = &mut standing.entry(&upgrade.release).or_default().counts;
            if upgrade.started_at.is_some() {
                counts.upgrading += 1;
            } else {
                counts.pending += 1;
            }
            let later = upgrade.route.iter().filter(|version| **version != upgrade.to);
            later.filter_map(|version| release(version)).for_each(|name| standing.entry(name).or_default().on_the_way += 1);
        }
        if status.observed_generation == 0 {
            let channel = pass.channel(&spec.channel).iter();
            channel.for_each(|release| standing.entry(release.name).or_default().new += 1);
        }
        let failed = failed(status);
        if let Some(name) = failed.and_then(release) {
            standing.entry(name).or_default().counts.failed += 1;
        }
        if let Some(name) = status.version.as_deref().filter(|version| failed != Some(version)).and_then(release) {
            standing.entry(name).or_default().counts.running += 1;
        }
    }
    standing
}

fn failed(status: &TenantInstanceStatus) -> Option<&str> {
    let last = history::last_upgrade(status)?;
    last.result.is_failure().then_some(last.to.as_str())
}

fn release_status(
    pass: &mut Pass,
    name: &str,
    release: &Release,
    seen: &DashboardReleaseStatus,
    standing: Standing,
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
    throttle(pass, &mut status, standing.counts, turned);
    let rolled_out = if rolled_out {
        (true, Reason::UpToDate, "no tenant waits for it any more")
    } else {
        (false, Reason::Expected, "tenants wait for it, or none runs it yet")
    };
    for (type_, said) in [(condition::ACCEPTED, told.accepted()), (condition::APPROVED, told.approved())] {
        condition::set(&mut status.conditions, type_, said.0, said.1, said.2, generation, pass.now);
    }
    condition::set_ready(&mut status.conditions, told.ready(), generation, pass.now);
    match status.standing_halt().map(halt::held) {
        Some(Held { message, .. }) => {
            condition::set(
                &mut status.conditions,
                condition::HALTED,
                true,
                Reason::TooManyFailures,
                &message,
                generation,
                pass.now,
            );
        }
        None => condition::clear(&mut status.conditions, condition::HALTED),
    }
    condition::set(&mut status.conditions, condition::ROLLED_OUT, rolled_out.0, rolled_out.1, rolled_out.2, generation, pass.now);
    status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    status.observed_generation = generation;
    if let Some(checks) = Checks::of(pass.fleet, name, release) {
        status.checks = checks.record(pass.now);
    }
    let stories = release_stories(seen, &status, release);
    (status, stories)
}

/// Counts follow at most every ten seconds, unless the rollout ended or began anew: the condition never contradicts the counts
/// beside it. The instant of the last write stands in the counts.
fn throttle(pass: &mut Pass, status: &mut DashboardReleaseStatus, counts: TenantCounts, turned: bool) {
    let seen = status.tenants.unwrap_or_default();
    let changed = TenantCounts { at: None, ..seen } != counts;
    let due = seen.at.map(|at| later(at, COUNTS_EVERY));
    match due {
        Some(due) if changed && !turned && pass.now < due => pass.wake.at(due),
        _ if changed => status.tenants = Some(TenantCounts { at: Some(pass.now), ..counts }),
        _ => {}
    }
}

/// Nobody waits for it, or has a hop to go. That it is out of use, or held back, later undoes nothing; that somebody waits does.
fn rolled_out(seen: &DashboardReleaseStatus, told: &Told, standing: Standing) -> bool {
    let reached = told.held().is_none() && standing.counts.running > 0 && standing.new == 0;
    !standing.waiting() && (reached || condition::is_true(&seen.conditions, condition::ROLLED_OUT))
}

/// What is told of a release.
struct Told {
    accepted: Result<(), Held>,
    approved: Result<(), Held>,
    brake: Result<(), Held>,
    malformed: Option<String>,
}

fn told(release: &Qualified) -> Told {
    let lifted = release.is_halted() && release.halt.as_ref().is_none_or(|halt| !halt.stands());
    let brake = if lifted { brake(release.spec, None) } else { release.brake.clone() };
    Told { accepted: release.accepted.clone(), approved: release.approved.clone(), brake, malformed: None }
}

impl Told {
    fn malformed(release: &Release) -> Self {
        let wrong = [release.spec.as_ref().err(), release.version.as_ref().err(), release.upgrades_from.as_ref().err()];
        let wrong = wrong.into_iter().flatten().next().cloned().unwrap_or_default();
        let held = Held { reason: Reason::Malformed, message: format!("{wrong}; correct the manifest"), until: None };
        let no = || Err(held.clone());
        Self { accepted: no(), approved: no(), brake: no(), malformed: Some(held.message.clone()) }
    }
    fn held(&self) -> Option<&Held> {
        [&self.brake, &self.approved, &self.accepted].into_iter().find_map(|r| r.as_ref().err())
    }
    fn accepted(&self) -> (bool, Reason, &str) {
        let yes = (true, Reason::Accepted, "every check passed and the soak is over");
        self.accepted.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    fn approved(&self) -> (bool, Reason, &str) {
        let yes = (true, Reason::Approved, "change management approved it");
        self.approved.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    /// False only for what an edit of this manifest mends; the reason says where the release stands.
    fn ready(&self) -> (bool, Reason, &str) {
        if let Some(message) = &self.malformed {
            return (false, Reason::Malformed, message);
        }
        let yes = (true, Reason::Valid, "tenants may be upgraded to it");
        let Some(held) = self.held() else { return yes };
        (held.reason != Reason::DuplicateVersion, held.reason, &held.message)
    }
}

/// Whether this write halts the release: nothing is more urgent.
fn is_halted_anew(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus) -> bool {
    next.standing_halt().is_some_and(|halt| seen.standing_halt().is_none_or(|before| before.id != halt.id))
}

fn release_stories(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus, release: &Release) -> Vec<Story> {
    let version = release.spec.as_ref().ok().map(|spec| spec.version.clone());
    let says = |status: &DashboardReleaseStatus, type_, wanted| condition::reason(&status.conditions, type_) == Some(wanted);
    let turned = |type_| condition::is_true(&next.conditions, type_) && !condition::is_true(&seen.conditions, type_);
    let became = |type_, wanted| says(next, type_, wanted) && !says(seen, type_, wanted);
    let left = |wanted| says(seen, condition::READY, wanted) && !says(next, condition::READY, wanted);
    let (halted, standing) = (is_halted_anew(seen, next), next.standing_halt().is_some());
    let resumed = !standing && (seen.standing_halt().is_some() || left(Reason::Suspended));
    let told = [
        (turned(condition::ACCEPTED), StoryEvent::ReleaseAccepted, condition::ACCEPTED),
        (turned(condition::APPROVED), StoryEvent::ReleaseApproved, condition::APPROVED),
        (became(condition::APPROVED, Reason::Rejected), StoryEvent::ReleaseRejected, condition::APPROVED),
        (became(condition::READY, Reason::Withdrawn), StoryEvent::ReleaseWithdrawn, condition::READY),
        (became(condition::READY, Reason::Suspended), StoryEvent::ReleaseSuspended, condition::READY),
        (halted, StoryEvent::ReleaseHalted, condition::HALTED),
        (resumed, StoryEvent::ReleaseResumed, condition::READY),
        (turned(condition::ROLLED_OUT), StoryEvent::ReleaseRolledOut, condition::ROLLED_OUT),
        (became(condition::READY, Reason::Malformed), StoryEvent::Blocked, condition::READY),
        (became(condition::READY, Reason::DuplicateVersion), StoryEvent::Blocked, condition::READY),
    ];
    let cannot_run =
        CANNOT_RUN.into_iter().map(|reason| (became(condition::ACCEPTED, reason), StoryEvent::Blocked, condition::ACCEPTED));
    let story = |event, type_| {
        let stops = [StoryEvent::ReleaseWithdrawn, StoryEvent::ReleaseSuspended, StoryEvent::ReleaseHalted].contains(&event);
        let why = condition::get(&next.conditions, type_).filter(|c| c.status == "False" || stops);
        let (reason, message) = why.map_or((None, None), |c| (Some(c.reason.as_str().into()), Some(c.message.clone())));
        // The number of the halt, as people write it to lift it.
        let message =
            if event == StoryEvent::ReleaseHalted { next.standing_halt().map(|halt| halt.id.to_string()) } else { message };
        Story { release: version.clone(), reason, message, ..Story::new(event) }
    };
    let of_release = told.into_iter().chain(cannot_run).filter(|(so, ..)| *so).map(|(_, event, type_)| story(event, type_));
    check_stories(seen, next, version.as_ref()).chain(of_release).collect()
}

/// Results of checks by Job that were not written down before. The message is the check.
fn check_stories(
    seen: &DashboardReleaseStatus,
    next: &DashboardReleaseStatus,
    version: Option<&String>,
) -> impl Iterator<Item = Story> {
    let known = |run: &CheckRun| {
        seen.checks.iter().any(|there| there.name == run.name && there.result.is_some() && there.attempt == run.attempt)
    };
    let new = next.checks.iter().filter(move |run| !known(run));
    new.filter_map(move |run| {
        let event = match run.result? {
            CheckResult::Passed => StoryEvent::CheckPassed,
            CheckResult::Failed => StoryEvent::CheckFailed,
        };
        Some(Story {
            release: version.cloned(),
            reason: run.reason.clone(),
            message: Some(run.name.clone()),
            ..Story::new(event)
        })
    })
}

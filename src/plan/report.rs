//! What is said of releases and windows: for people and tools. No rule reads it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Body, Class, Finding, Plan, Write, history,
    pass::Pass,
    qualify::{Held, Qualified},
    story::{Story, StoryEvent},
    wake::later,
};
use crate::{
    api::{
        DashboardReleaseStatus, UpgradeWindowStatus, condition, reasons,
        release::TenantCounts,
        tenant::{SlotResult, TenantInstanceStatus},
        window::OccurrenceStatus,
    },
    fleet::{Meta, ObjectKey, Parsed, Release, Window},
};

/// Counts are written at most this often, in seconds.
const COUNTS_EVERY: i64 = 10;

/// How many occurrences a window's status shows.
const SHOWN: usize = 3;

/// The status of every release.
pub fn releases(pass: &mut Pass, plan: &mut Plan) {
    let mut counts = count(pass);
    let fleet = pass.fleet;
    for (name, release) in &fleet.releases {
        let Some(seen) = readable(&release.status, ObjectKey::Release(name.clone()), &release.meta, plan) else { continue };
        let (status, stories) = release_status(pass, name, release, seen, counts.remove(name.as_str()).unwrap_or_default());
        if status != *seen {
            let object = ObjectKey::Release(name.clone());
            plan.writes.extend(write(pass, object, &release.meta, Class::Rest, Body::ReleaseStatus(Box::new(status)), stories));
        }
    }
}

/// What does not parse is never overwritten.
fn readable<'s, T>(status: &'s Parsed<T>, object: ObjectKey, meta: &Meta, plan: &mut Plan) -> Option<&'s T> {
    if let Err(wrong) = status {
        let message = format!("the status does not parse: {wrong}");
        plan.findings.push(Finding { object, uid: meta.uid.clone(), message });
    }
    status.as_ref().ok()
}

fn write(pass: &Pass, object: ObjectKey, meta: &Meta, class: Class, body: Body, stories: Vec<Story>) -> Option<Write> {
    let busy = pass.fleet.outstanding.contains_key(&object);
    let (uid, resource_version) = (meta.uid.clone(), meta.resource_version.clone());
    (!busy).then_some(Write { object, uid, resource_version, class, body, stories })
}

/// Tenants by release, from their statuses: one walk over the fleet.
fn count<'a>(pass: &Pass<'a>) -> BTreeMap<&'a str, TenantCounts> {
    let mut counts: BTreeMap<&str, TenantCounts> = BTreeMap::new();
    let by_version: BTreeMap<_, &str> =
        pass.releases().map(|r| ((r.spec.channel.as_str(), r.spec.version.as_str()), r.name)).collect();
    for tenant in pass.fleet.tenants.values() {
        let (Ok(spec), Ok(status)) = (&tenant.spec, &tenant.status) else { continue };
        let release = |version: &str| by_version.get(&(spec.channel.as_str(), version)).copied();
        if let Some(upgrade) = &status.upgrade {
            let count = counts.entry(&upgrade.release).or_default();
            if upgrade.started_at.is_some() { count.upgrading += 1 } else { count.pending += 1 }
        }
        let failed = failed(status);
        if let Some(name) = failed.and_then(release) {
            counts.entry(name).or_default().failed += 1;
        }
        if let Some(name) = status.version.as_deref().filter(|version| failed != Some(version)).and_then(release) {
            counts.entry(name).or_default().running += 1;
        }
    }
    counts
}

fn failed(status: &TenantInstanceStatus) -> Option<&str> {
    let last = history::last_upgrade(status)?;
    (last.result == SlotResult::Failed).then_some(last.to.as_str())
}

fn release_status(
    pass: &mut Pass,
    name: &str,
    release: &Release,
    seen: &DashboardReleaseStatus,
    counts: TenantCounts,
) -> (DashboardReleaseStatus, Vec<Story>) {
    let mut status = seen.clone();
    let generation = release.meta.generation;
    let told = pass.release(name, &release.meta.uid).map(told);
    let told = told.unwrap_or_else(|| Told::malformed(release));
    throttle(pass, &mut status, counts);
    let rolled_out = rolled_out(seen, &told, counts);
    let mut set = |type_, (value, reason, message): (bool, &str, &str)| {
        condition::set(&mut status.conditions, type_, value, reason, message, generation, pass.now);
    };
    set(condition::ACCEPTED, told.accepted());
    set(condition::APPROVED, told.approved());
    set(condition::READY, told.ready());
    if rolled_out {
        set(condition::ROLLED_OUT, (true, reasons::UP_TO_DATE, "no tenant waits for it any more"));
    } else {
        set(condition::ROLLED_OUT, (false, reasons::EXPECTED, "tenants wait for it, or none runs it yet"));
    }
    status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    status.observed_generation = generation;
    let stories = release_stories(seen, &status, release);
    (status, stories)
}

/// Counts follow at most every ten seconds; the instant of the last write stands in the counts.
fn throttle(pass: &mut Pass, status: &mut DashboardReleaseStatus, counts: TenantCounts) {
    let seen = status.tenants.unwrap_or_default();
    let changed = TenantCounts { at: None, ..seen } != counts;
    let due = seen.at.map(|at| later(at, COUNTS_EVERY));
    match due {
        Some(due) if changed && pass.now < due => pass.wake.at(due),
        _ if changed => status.tenants = Some(TenantCounts { at: Some(pass.now), ..counts }),
        _ => {}
    }
}

/// Once true it stays true: a tenant that joins later does not undo a rollout.
fn rolled_out(seen: &DashboardReleaseStatus, told: &Told, counts: TenantCounts) -> bool {
    let now = told.held().is_none() && counts.running > 0 && counts.pending + counts.upgrading == 0;
    now || condition::is_true(&seen.conditions, condition::ROLLED_OUT)
}

/// What is told of a release.
struct Told {
    accepted: Result<(), Held>,
    approved: Result<(), Held>,
    brake: Result<(), Held>,
    malformed: Option<String>,
}

fn told(release: &Qualified) -> Told {
    Told { accepted: release.accepted.clone(), approved: release.approved.clone(), brake: release.brake.clone(), malformed: None }
}

impl Told {
    fn malformed(release: &Release) -> Self {
        let wrong = [release.spec.as_ref().err(), release.version.as_ref().err(), release.upgrades_from.as_ref().err()];
        let wrong = wrong.into_iter().flatten().next().cloned().unwrap_or_default();
        let held = Held { reason: reasons::MALFORMED, message: format!("{wrong}; correct the manifest"), until: None };
        let no = || Err(held.clone());
        Self { accepted: no(), approved: no(), brake: no(), malformed: Some(held.message.clone()) }
    }
    fn held(&self) -> Option<&Held> {
        [&self.brake, &self.approved, &self.accepted].into_iter().find_map(|r| r.as_ref().err())
    }
    fn accepted(&self) -> (bool, &'static str, &str) {
        let yes = (true, reasons::ACCEPTED, "every check passed and the soak is over");
        self.accepted.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    fn approved(&self) -> (bool, &'static str, &str) {
        let yes = (true, reasons::APPROVED, "change management approved it");
        self.approved.as_ref().map_or_else(|held| (false, held.reason, held.message.as_str()), |()| yes)
    }
    /// False only for what an edit of this manifest mends; the reason says where the release stands.
    fn ready(&self) -> (bool, &'static str, &str) {
        if let Some(message) = &self.malformed {
            return (false, reasons::MALFORMED, message);
        }
        let yes = (true, reasons::VALID, "tenants may be upgraded to it");
        let Some(held) = self.held() else { return yes };
        (held.reason != reasons::DUPLICATE_VERSION, held.reason, &held.message)
    }
}

fn release_stories(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus, release: &Release) -> Vec<Story> {
    let version = release.spec.as_ref().ok().map(|spec| spec.version.clone());
    let reason = |status: &DashboardReleaseStatus, type_| condition::get(&status.conditions, type_).map(|c| c.reason.clone());
    let turned = |type_| condition::is_true(&next.conditions, type_) && !condition::is_true(&seen.conditions, type_);
    let became =
        |type_, wanted: &str| reason(next, type_).as_deref() == Some(wanted) && reason(seen, type_).as_deref() != Some(wanted);
    let left = |wanted: &str| {
        reason(seen, condition::READY).as_deref() == Some(wanted) && reason(next, condition::READY).as_deref() != Some(wanted)
    };
    let told = [
        (turned(condition::ACCEPTED), StoryEvent::ReleaseAccepted, condition::ACCEPTED),
        (turned(condition::APPROVED), StoryEvent::ReleaseApproved, condition::APPROVED),
        (became(condition::APPROVED, reasons::REJECTED), StoryEvent::ReleaseRejected, condition::APPROVED),
        (became(condition::READY, reasons::WITHDRAWN), StoryEvent::ReleaseWithdrawn, condition::READY),
        (became(condition::READY, reasons::SUSPENDED), StoryEvent::ReleaseSuspended, condition::READY),
        (left(reasons::SUSPENDED), StoryEvent::ReleaseResumed, condition::READY),
        (turned(condition::ROLLED_OUT), StoryEvent::ReleaseRolledOut, condition::ROLLED_OUT),
        (became(condition::READY, reasons::MALFORMED), StoryEvent::Blocked, condition::READY),
        (became(condition::READY, reasons::DUPLICATE_VERSION), StoryEvent::Blocked, condition::READY),
    ];
    let story = |event, type_| {
        let why = condition::get(&next.conditions, type_)
            .filter(|c| c.status == "False" || event == StoryEvent::ReleaseWithdrawn || event == StoryEvent::ReleaseSuspended);
        let (reason, message) = why.map_or((None, None), |c| (Some(c.reason.clone()), Some(c.message.clone())));
        Story { release: version.clone(), reason, message, ..Story::new(event) }
    };
    told.into_iter().filter(|(so, ..)| *so).map(|(_, event, type_)| story(event, type_)).collect()
}

/// The status of every window.
pub fn windows(pass: &mut Pass, plan: &mut Plan) {
    let fleet = pass.fleet;
    for (name, window) in &fleet.windows {
        let Some(seen) = readable(&window.status, ObjectKey::Window(name.clone()), &window.meta, plan) else { continue };
        let (status, stories) = window_status(pass, name, window, seen);
        if status != *seen {
            let object = ObjectKey::Window(name.clone());
            // People read that the window opened before they read what started in it.
            let class = if stories.is_empty() { Class::Rest } else { Class::StartOrResult };
            plan.writes.extend(write(pass, object, &window.meta, class, Body::WindowStatus(Box::new(status)), stories));
        }
    }
}

fn window_status(pass: &mut Pass, name: &str, window: &Window, seen: &UpgradeWindowStatus) -> (UpgradeWindowStatus, Vec<Story>) {
    let generation = window.meta.generation;
    let now = pass.now;
    let mut status = seen.clone();
    status.occurrences = shown(pass, window, seen);
    let open = status.occurrences.iter().find(|o| o.opens_at <= now && now < o.closes_at && o.frozen.is_none());
    let suspended = window.spec.as_ref().ok().and_then(|spec| spec.suspend.as_ref());
    let open = open.filter(|_| suspended.is_none()).map(|o| o.opens.clone());
    for instant in status.occurrences.iter().flat_map(|o| [o.opens_at, o.closes_at]) {
        pass.wake.at(instant);
    }
    let mut set = |type_, value, reason, message: &str| {
        condition::set(&mut status.conditions, type_, value, reason, message, generation, now);
    };
    match &window.schedule {
        Ok(_) => set(condition::READY, true, reasons::VALID, "the manifest makes sense"),
        Err(wrong) => set(condition::READY, false, reasons::INVALID_WINDOW, wrong),
    }
    match (&open, suspended) {
        (Some(opens), _) => set(condition::OPEN, true, reasons::OPEN, opens),
        (None, Some(suspend)) => set(condition::OPEN, false, reasons::SUSPENDED, &suspend.reason),
        (None, None) => set(condition::OPEN, false, reasons::CLOSED, "no occurrence is open"),
    }
    status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    status.observed_generation = generation;
    let stories = window_stories(pass, name, seen, &status);
    (status, stories)
}

/// The occurrences to show. Those of the last status are right until the first of them closes, or the spec changes.
fn shown(pass: &Pass, window: &Window, seen: &UpgradeWindowStatus) -> Vec<OccurrenceStatus> {
    let first = seen.occurrences.first();
    let current = first.is_some_and(|first| pass.now < first.closes_at) && seen.observed_generation == window.meta.generation;
    if current { seen.occurrences.clone() } else { occurrences(pass, window) }
}

fn occurrences(pass: &Pass, window: &Window) -> Vec<OccurrenceStatus> {
    let Ok(schedule) = &window.schedule else { return vec![] };
    let open = schedule.open_at(pass.now);
    let opened = open.as_ref().map(|open| open.opens_at);
    let next = schedule.occurrences(pass.now).filter(|next| Some(next.opens_at) != opened);
    let shown = |o: crate::calendar::Occurrence| OccurrenceStatus {
        opens: o.opens,
        opens_at: o.opens_at,
        closes_at: o.closes_at,
        opt_out_until: o.opt_out_until,
        frozen: o.frozen,
    };
    open.into_iter().chain(next).take(SHOWN).map(shown).collect()
}

/// `WindowOpened` and `WindowClosed` only for occurrences that hold, or held, a slot.
fn window_stories(pass: &Pass, name: &str, seen: &UpgradeWindowStatus, next: &UpgradeWindowStatus) -> Vec<Story> {
    let open = |status: &UpgradeWindowStatus| {
        condition::get(&status.conditions, condition::OPEN).filter(|c| c.status == "True").map(|c| c.message.clone())
    };
    let (before, now) = (open(seen), open(next));
    let broken = |status: &UpgradeWindowStatus| {
        condition::get(&status.conditions, condition::READY).filter(|c| c.status == "False").cloned()
    };
    let blocked = broken(next).filter(|_| broken(seen).is_none());
    let blocked = blocked.map(|c| Story {
        window: Some(name.into()),
        reason: Some(c.reason),
        message: Some(c.message),
        ..Story::new(StoryEvent::Blocked)
    });
    if before == now {
        return blocked.into_iter().collect();
    }
    let told = [(before, StoryEvent::WindowClosed), (now, StoryEvent::WindowOpened)];
    let story = |(slot, event): (Option<String>, StoryEvent)| {
        let slot = slot.filter(|slot| holds_slot(pass, name, slot))?;
        Some(Story { window: Some(name.into()), slot: Some(slot), ..Story::new(event) })
    };
    told.into_iter().filter_map(story).chain(blocked).collect()
}

fn holds_slot(pass: &Pass, window: &str, opens: &str) -> bool {
    let opened: Option<Timestamp> = opens.parse().ok();
    pass.fleet.tenants.values().filter_map(|t| Some((t.spec.as_ref().ok()?, t.status.as_ref().ok()?))).any(|(spec, status)| {
        let planned =
            status.upgrade.as_ref().and_then(|u| u.slot.as_ref()).is_some_and(|s| s.window == window && s.opens == opens);
        let used =
            |entry: &crate::api::tenant::HistoryEntry| entry.slot == opens && opened.is_some_and(|at| entry.finished_at >= at);
        planned || (spec.window_ref.name == window && status.history.iter().any(used))
    })
}

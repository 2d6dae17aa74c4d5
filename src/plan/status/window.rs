//! What is said of windows. No rule reads it.

use jiff::{SignedDuration, Timestamp};

use crate::{
    api::{UpgradeWindowStatus, condition, reason::Reason, window::OccurrenceStatus},
    fleet::{ObjectKey, Tenant, TenantKey, Window},
    plan::{
        output::{
            Class, Plan,
            change::Change,
            story::{Story, StoryEvent},
        },
        pass::{Pass, share::Share},
        status::{
            some::some,
            write::{readable, write},
        },
    },
};

/// How many occurrences a window's status shows.
const SHOWN: usize = 3;

/// Who runs for so long is named. Names of those that come and go would be a write for each of them, and nobody needs them.
const LONG: SignedDuration = SignedDuration::from_mins(5);

/// The status of every window.
pub fn windows(pass: &mut Pass, plan: &mut Plan) {
    let fleet = pass.fleet;
    for (name, window) in &fleet.windows {
        let Some(seen) = readable(&window.status, ObjectKey::Window(name.clone()), &window.meta, plan) else { continue };
        let (status, stories) = window_status(pass, name, window, seen);
        if status != *seen {
            let change = Change::WindowStatus { window: name.clone(), status: Box::new(status) };
            // People read that the window opened before they read what started in it.
            let class = if stories.is_empty() { Class::Rest } else { Class::StartOrResult };
            plan.writes.extend(write(pass, change, &window.meta, class, stories));
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
    let ready = match &window.schedule {
        Ok(_) => (true, Reason::Valid, "the manifest makes sense"),
        Err(wrong) => (false, Reason::InvalidWindow, wrong.as_str()),
    };
    condition::set_ready(&mut status.conditions, ready, generation, now);
    let (is_open, reason, message) = match (&open, suspended) {
        (Some(opens), _) => (true, Reason::Open, opens.as_str()),
        (None, Some(suspend)) => (false, Reason::Suspended, suspend.reason.as_str()),
        (None, None) => (false, Reason::Closed, "no occurrence is open"),
    };
    condition::set(&mut status.conditions, condition::OPEN, is_open, reason, message, generation, now);
    match at_limit(pass, name, seen) {
        Some(message) => {
            condition::set(&mut status.conditions, condition::AT_LIMIT, true, Reason::Concurrency, &message, generation, now);
        }
        None => condition::clear(&mut status.conditions, condition::AT_LIMIT),
    }
    status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    status.observed_generation = generation;
    let stories = window_stories(pass, name, seen, &status);
    (status, stories)
}

/// That others wait for a place, and who runs for long meanwhile, the longest first: only here, where platform people look.
fn at_limit(pass: &mut Pass, name: &str, seen: &UpgradeWindowStatus) -> Option<String> {
    let (running, limit) = pass.concurrency(name);
    if running == 0 || !pass.stock.alike().any(|(share, _)| waits(pass.now, name, share)) {
        return None;
    }
    if running < limit {
        // One has ended, and the next starts in this very pass: to take it back would only cost two writes.
        return condition::get(&seen.conditions, condition::AT_LIMIT).map(|said| said.message.clone());
    }
    let started = |tenant: &Tenant| {
        let upgrade = tenant.status.as_ref().ok()?.upgrade.as_ref()?;
        upgrade.slot.as_ref().filter(|slot| slot.window == name)?;
        upgrade.started_at
    };
    let mut all: Vec<_> = pass.apart(|apart| apart.runs).filter_map(|(key, tenant)| Some((started(tenant)?, key))).collect();
    all.sort();
    let long = all.partition_point(|(started, _)| *started + LONG <= pass.now);
    if let Some((started, _)) = all.get(long) {
        pass.wake.at(*started + LONG);
    }
    (!all.is_empty()).then(|| named(&all[..long], limit))
}

/// Whether tenants that count this could start now in the window, as far as their statuses say.
fn waits(now: Timestamp, window: &str, share: &Share) -> bool {
    let seen = share.seen.as_ref().filter(|seen| seen.could_start);
    let taken = seen.and_then(|seen| seen.taken.as_ref()).filter(|taken| taken.window == window);
    taken.is_some_and(|taken| taken.opens_at <= now && now < taken.closes_at)
}

fn named(long: &[(Timestamp, &TenantKey)], limit: u32) -> String {
    let who = if long.is_empty() {
        "none of them for 5 minutes".into()
    } else {
        format!("for 5 minutes or longer: {}", some(long.iter().map(|(_, key)| key), long.len(), ", "))
    };
    format!(
        "maxConcurrent is {limit}, and as many run, {who}. Each ends by its own deadline (spec.rolloutTimeout of the tenant); raise \
         spec.maxConcurrent to let others start before"
    )
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
        reason: Some(c.reason.as_str().into()),
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

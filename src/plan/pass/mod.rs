//! What one pass over the fleet shares: the time, the releases, the places that are taken, the next instant that matters.

mod claims;
pub mod qualified;
pub mod rings;
pub mod wake;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    api::{
        TenantInstanceStatus, Version,
        reason::Reason,
        tenant::{WorkloadKind, WorkloadRef},
    },
    calendar::{Occurrence, Schedule},
    fleet::{Effect, Fleet, JobKey, ObjectKey, Tenant, TenantKey, Window, Workload},
    plan::{
        output::hold::{Gate, Hold},
        pass::{
            claims::claimed_twice,
            qualified::{Channels, Qualified},
            wake::{Wake, later},
        },
    },
};

/// How many occurrences ahead a slot is looked for: three years of nights.
const HORIZON: usize = 1000;

/// Questions of one pass: thousands that are refused must neither fill the queue nor be walked at every send.
const QUESTIONS: usize = 64;

/// One pass.
pub struct Pass<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// The time, in whole seconds.
    pub now: Timestamp,
    /// The next instant that matters.
    pub wake: Wake,
    channels: Channels<'a>,
    by_image: BTreeMap<&'a str, Vec<Known<'a>>>,
    claimed_twice: BTreeSet<(&'a str, WorkloadKind, &'a str)>,
    places: BTreeMap<(&'a str, Timestamp), u32>,
    running: BTreeMap<&'a str, u32>,
    upcoming: BTreeMap<&'a str, Upcoming<'a>>,
    too_soon: BTreeMap<&'a str, Option<Occurrence>>,
    asked: BTreeSet<(JobKey, &'a str)>,
    failing: BTreeSet<String>,
}

impl<'a> Pass<'a> {
    /// Takes stock of the fleet, with these releases.
    pub fn new(fleet: &'a Fleet, now: Timestamp, wake: Wake, channels: Channels<'a>) -> Self {
        let mut pass = Self {
            fleet,
            now,
            wake,
            by_image: by_image(&channels),
            channels,
            claimed_twice: claimed_twice(fleet),
            places: BTreeMap::new(),
            running: BTreeMap::new(),
            upcoming: BTreeMap::new(),
            too_soon: BTreeMap::new(),
            asked: BTreeSet::new(),
            failing: fleet.failures_being_told(),
        };
        for (key, tenant) in &fleet.tenants {
            pass.count(key, tenant);
        }
        pass
    }

    /// A place counts as taken from the moment its write is sent until the write that gives it back was seen.
    fn count(&mut self, key: &TenantKey, tenant: &'a Tenant) {
        let seen = tenant.status.as_ref().ok().and_then(taken);
        let sent = match self.fleet.outstanding_effect(key) {
            Some(Effect::TenantStatus(status)) => taken(status),
            _ => None,
        };
        let running = [seen, sent].into_iter().flatten().find(|t| t.running);
        if let Some(taken) = running {
            *self.running.entry(taken.window).or_default() += 1;
        }
        if let Some(taken) = seen {
            *self.places.entry((taken.window, taken.opens_at)).or_default() += 1;
        }
        if let Some(taken) = sent.filter(|sent| seen.is_none_or(|seen| seen.place() != sent.place())) {
            *self.places.entry((taken.window, taken.opens_at)).or_default() += 1;
        }
    }

    /// Every release that makes sense.
    pub fn releases(&self) -> impl Iterator<Item = &Qualified<'a>> {
        self.channels.values().flatten()
    }

    /// The same, for what a pass finds out about them.
    pub fn releases_mut(&mut self) -> impl Iterator<Item = &mut Qualified<'a>> {
        self.channels.values_mut().flatten()
    }

    /// The releases of a channel, the oldest first.
    pub fn channel(&self, channel: &str) -> &[Qualified<'a>] {
        self.channels.get(channel).map_or(&[], Vec::as_slice)
    }

    /// The same, for what a pass finds out about them.
    pub fn channel_mut(&mut self, channel: &str) -> &mut [Qualified<'a>] {
        self.channels.get_mut(channel).map_or(&mut [], Vec::as_mut_slice)
    }

    /// The release of this name, if it still is the same object.
    pub fn release(&self, name: &str, uid: &str) -> Option<&Qualified<'a>> {
        self.releases().find(|r| r.name == name && r.uid == uid)
    }

    /// The releases that have one of these images, in the order of [`Pass::releases`].
    pub fn with_image<'i>(&self, images: impl Iterator<Item = &'i str>) -> Vec<Known<'a>> {
        let mut known: Vec<_> = images.filter_map(|image| self.by_image.get(image)).flatten().copied().collect();
        known.sort_by_key(|known| known.order);
        known.dedup_by_key(|known| known.order);
        known
    }

    /// A workload that the tenant alone names, or what is wrong.
    pub fn workload(&self, key: &TenantKey, reference: &WorkloadRef) -> Result<&'a Workload, Hold> {
        if self.claimed_twice.contains(&(key.namespace.as_str(), reference.kind, reference.name.as_str())) {
            let message = format!("another TenantInstance of this namespace names {reference} too; let only one name it");
            return Err(Hold::stalled(Gate::Version, Reason::WorkloadClaimedTwice, message));
        }
        self.fleet.workload(key, reference).ok_or_else(|| {
            let message =
                format!("{reference} does not exist in namespace {:?}; create it or correct spec.workloads", key.namespace);
            Hold::stalled(Gate::Version, Reason::WorkloadMissing, message)
        })
    }

    /// The window of this name.
    pub fn window(&self, name: &str) -> Option<&'a Window> {
        self.fleet.windows.get(name)
    }

    /// The schedule of the window of this name, while its spec makes sense.
    pub fn schedule(&self, name: &str) -> Option<&'a Schedule> {
        self.window(name)?.schedule.as_ref().ok()
    }

    /// The n-th occurrence of the window that opens at this instant or later. Each is computed once a pass, and only when asked for.
    pub fn upcoming(&mut self, window: &'a str, earliest: Timestamp, n: usize) -> Option<Occurrence> {
        let schedule = self.schedule(window)?;
        let upcoming = self.upcoming.entry(window).or_insert_with(|| Upcoming::new(schedule, earliest));
        while upcoming.found.len() <= n && n < HORIZON {
            upcoming.found.push(upcoming.rest.next()?);
        }
        upcoming.found.get(n).cloned()
    }

    /// The next occurrence that opens before `earliest`, if it could be used but for the time: nobody can be told of it in time.
    pub fn too_soon(&mut self, window: &'a str, earliest: Timestamp) -> Option<Occurrence> {
        let schedule = self.schedule(window)?;
        let now = self.now;
        let soon = self.too_soon.entry(window).or_insert_with(|| schedule.occurrences(later(now, 1)).next()).clone()?;
        (soon.opens_at < earliest && soon.frozen.is_none() && self.has_place(window, soon.opens_at)).then_some(soon)
    }

    /// The first occurrence that may have a place: places are only taken in a pass, so what was full stays full.
    pub fn first_free(&mut self, window: &'a str, earliest: Timestamp) -> usize {
        let mut first = self.upcoming.get(window).map_or(0, |upcoming| upcoming.first_free);
        while let Some(occurrence) = self.upcoming(window, earliest, first) {
            if occurrence.frozen.is_none() && self.has_place(window, occurrence.opens_at) {
                break;
            }
            first += 1;
        }
        if let Some(upcoming) = self.upcoming.get_mut(window) {
            upcoming.first_free = first;
        }
        first
    }

    /// The places that are taken, by window and opening.
    pub fn places(self) -> BTreeMap<(&'a str, Timestamp), u32> {
        self.places
    }

    /// Whether an occurrence has a place left.
    pub fn has_place(&self, window: &str, opens_at: Timestamp) -> bool {
        let capacity = self.window(window).and_then(|w| w.spec.as_ref().ok()).and_then(|spec| spec.capacity);
        capacity.is_none_or(|capacity| self.places.get(&(window, opens_at)).copied().unwrap_or_default() < capacity)
    }

    /// Takes a place in an occurrence.
    pub fn take_place(&mut self, window: &'a str, opens_at: Timestamp) {
        *self.places.entry((window, opens_at)).or_default() += 1;
    }

    /// An upgrade to the release of this UID has failed, and that is about to be written.
    pub fn fails(&mut self, release_uid: &str) {
        self.failing.insert(release_uid.to_owned());
    }

    /// Whether an upgrade to it has failed, and that is not written yet.
    pub fn is_failing(&self, release_uid: &str) -> bool {
        self.failing.contains(release_uid)
    }

    /// How many upgrades of a window run, and how many may.
    pub fn concurrency(&self, window: &str) -> (u32, u32) {
        let limit = self.window(window).and_then(|w| w.spec.as_ref().ok()).map_or(0, |spec| spec.max_concurrent);
        (self.running.get(window).copied().unwrap_or_default(), limit)
    }

    /// Whether nobody in this pass asks the same, and not too many ask.
    pub fn asks(&mut self, from: JobKey, release: &'a str) -> bool {
        self.asked.len() < QUESTIONS && self.asked.insert((from, release))
    }

    /// Counts a start.
    pub fn start(&mut self, window: &'a str) {
        *self.running.entry(window).or_default() += 1;
    }
}

/// What a release says of the workloads that run it.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// Its images by component.
    pub images: &'a BTreeMap<String, String>,
    /// Its version.
    pub version: &'a Version,
    order: usize,
}

/// The releases by each of their images: most images are of one release, whatever their number.
fn by_image<'a>(channels: &Channels<'a>) -> BTreeMap<&'a str, Vec<Known<'a>>> {
    let mut by_image: BTreeMap<&str, Vec<Known>> = BTreeMap::new();
    for (order, release) in channels.values().flatten().enumerate() {
        let images = &release.spec.images;
        for image in images.values() {
            by_image.entry(image).or_default().push(Known { images, version: release.version, order });
        }
    }
    by_image
}

/// A window's occurrences, as far as somebody asked.
struct Upcoming<'a> {
    found: Vec<Occurrence>,
    rest: Box<dyn Iterator<Item = Occurrence> + 'a>,
    first_free: usize,
}

impl<'a> Upcoming<'a> {
    fn new(schedule: &'a Schedule, earliest: Timestamp) -> Self {
        Self { found: vec![], rest: Box::new(schedule.occurrences(earliest)), first_free: 0 }
    }
}

#[derive(Clone, Copy)]
struct Taken<'a> {
    window: &'a str,
    opens_at: Timestamp,
    running: bool,
}

impl<'a> Taken<'a> {
    fn place(self) -> (&'a str, Timestamp) {
        (self.window, self.opens_at)
    }
}

fn taken(status: &TenantInstanceStatus) -> Option<Taken<'_>> {
    let upgrade = status.upgrade.as_ref()?;
    let slot = upgrade.slot.as_ref()?;
    Some(Taken { window: &slot.window, opens_at: slot.opens_at, running: upgrade.started_at.is_some() })
}

impl Fleet {
    /// The effect of the write that is under way on a tenant.
    pub fn outstanding_effect(&self, key: &TenantKey) -> Option<&Effect> {
        // The common case first: without writes under way no key needs to be built.
        if self.outstanding.is_empty() {
            return None;
        }
        self.outstanding.get(&ObjectKey::Tenant(key.clone())).map(|outstanding| &outstanding.effect)
    }
}

//! What one pass over the fleet shares: the time, the releases, the places that are taken, the next instant that matters.

pub mod awaited;
mod claims;
mod copies;
pub mod depends;
mod links;
pub mod neighbours;
mod places;
pub mod qualified;
pub mod queue;
pub mod rings;
pub mod runways;
pub mod share;
mod starts;
pub mod stock;
mod turn;
mod upcoming;
pub mod wake;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::{
    api::{TenantInstanceStatus, Version, reason::Reason, tenant::WorkloadRef},
    calendar::{Occurrence, Schedule},
    fleet::{Effect, Fleet, JobKey, ObjectKey, Tenant, TenantKey, Window, Workload, WorkloadName},
    plan::{
        output::{
            Class,
            hold::{Gate, Hold},
        },
        pass::{
            depends::Depends,
            qualified::{Channels, Qualified},
            runways::Runways,
            stock::{Apart, Row, Stock},
            upcoming::Upcoming,
            wake::Wake,
        },
    },
};

/// Questions of one pass: thousands that are refused must neither fill the queue nor be walked at every send.
const QUESTIONS: usize = 64;

/// One pass.
pub struct Pass<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// What they add up to.
    pub stock: &'a Stock,
    /// The time, in whole seconds.
    pub now: Timestamp,
    /// The next instant that matters.
    pub wake: Wake,
    /// What was found of ways out of versions that end.
    pub runways: Runways<'a>,
    channels: Channels<'a>,
    by_image: BTreeMap<&'a str, Vec<Known<'a>>>,
    places: BTreeMap<&'a str, BTreeMap<Timestamp, u32>>,
    running: BTreeMap<&'a str, u32>,
    starting: BTreeSet<&'a TenantKey>,
    upcoming: BTreeMap<&'a str, Upcoming<'a>>,
    too_soon: BTreeMap<&'a str, Option<Occurrence>>,
    asked: BTreeSet<(JobKey, &'a str)>,
    failing: BTreeSet<String>,
    depends: Cell<Depends<'a>>,
    looked_into: RefCell<BTreeSet<&'a str>>,
    unsettled: BTreeSet<&'a str>,
    rings_moved: bool,
    bulk: BTreeMap<Class, usize>,
}

impl<'a> Pass<'a> {
    /// A pass over the fleet, with what it adds up to and these releases.
    pub fn new(fleet: &'a Fleet, stock: &'a Stock, now: Timestamp, wake: Wake, channels: Channels<'a>) -> Self {
        let mut pass = Self {
            fleet,
            stock,
            now,
            wake,
            by_image: by_image(&channels),
            channels,
            places: BTreeMap::new(),
            running: BTreeMap::new(),
            starting: BTreeSet::new(),
            upcoming: BTreeMap::new(),
            too_soon: BTreeMap::new(),
            runways: Runways::default(),
            asked: BTreeSet::new(),
            failing: fleet.failures_being_told(),
            depends: Cell::default(),
            looked_into: RefCell::default(),
            unsettled: BTreeSet::new(),
            rings_moved: false,
            bulk: BTreeMap::new(),
        };
        for (share, n) in stock.alike() {
            for taken in share.places() {
                *pass.places.entry(&taken.window).or_default().entry(taken.opens_at).or_default() += n;
            }
            share.runs().into_iter().for_each(|taken| *pass.running.entry(&taken.window).or_default() += n);
        }
        pass
    }

    /// Every tenant with its row.
    pub fn tenants(&self) -> impl Iterator<Item = (&'a TenantKey, &'a Tenant, &'a Row)> + use<'a> {
        self.fleet.tenants.iter().zip(self.stock.rows()).map(|((key, tenant), row)| (key, tenant, row))
    }

    /// Those that are looked at one by one, turn or no turn.
    pub fn apart(&self, why: impl Fn(Apart) -> bool) -> impl Iterator<Item = (&'a TenantKey, &'a Tenant)> {
        let fleet = self.fleet;
        let apart = self.stock.apart().filter(move |(_, apart)| why(*apart));
        apart.filter_map(|(key, _)| fleet.tenants.get_key_value(key))
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
        let name = (reference.kind, key.namespace.as_str(), reference.name.as_str());
        if self.stock.claimed_twice().contains(&name as &dyn WorkloadName) {
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

    /// The local date in the window of this name; in UTC where it is not there, or makes no sense.
    pub fn date(&self, window: &str, at: Timestamp) -> Date {
        self.schedule(window).map_or_else(|| Offset::UTC.to_datetime(at).date(), |schedule| schedule.date(at))
    }

    /// An upgrade to the release of this UID has failed, and that is about to be written.
    pub fn fails(&mut self, release_uid: &str) {
        self.depends_on_others();
        self.failing.insert(release_uid.to_owned());
    }

    /// Whether an upgrade to it has failed, and that is not written yet.
    pub fn is_failing(&self, release_uid: &str) -> bool {
        let failing = self.failing.contains(release_uid);
        if failing {
            self.depends_on_others();
        }
        failing
    }

    /// Whether nobody in this pass asks the same, and not too many ask.
    pub fn asks(&mut self, from: JobKey, release: &'a str) -> bool {
        self.depends_on_others();
        self.asked.len() < QUESTIONS && self.asked.insert((from, release))
    }

    /// A date moved that later rings follow: whose turn came before that may come to something else.
    pub fn rings_moved(&mut self) {
        self.rings_moved = true;
    }

    /// Whether one did.
    pub fn have_rings_moved(&self) -> bool {
        self.rings_moved
    }

    /// Takes room in the plan for a status of a tenant. Who finds none waits for it. What cannot be sent now takes no room, so that nobody
    /// waits for it: what the API server refuses, and as many as rest.
    pub fn take_room(&mut self, tenant: &TenantKey, class: Class) -> bool {
        if class < Class::Receipt || self.is_refused(tenant) {
            return true;
        }
        if self.room(class) == 0 {
            self.depends(Depends { room: Some(class), ..Depends::default() });
            return false;
        }
        *self.bulk.entry(class).or_default() += 1;
        true
    }

    /// For how many more statuses the plan has room, of a class in which thousands may be due.
    pub fn room(&self, class: Class) -> usize {
        let planned = self.bulk.get(&class).copied().unwrap_or_default();
        (self.fleet.settings.room + self.fleet.resting).saturating_sub(planned)
    }

    /// Whether the API server refused the tenant's last status.
    pub fn is_refused(&self, tenant: &TenantKey) -> bool {
        let refused = &self.fleet.refused;
        // The common case first: without a refusal no key needs to be built.
        !refused.is_empty() && refused.contains_key(&ObjectKey::Tenant(tenant.clone()))
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

impl Fleet {
    /// The status of a tenant that is under way.
    pub fn status_sent(&self, key: &TenantKey) -> Option<&TenantInstanceStatus> {
        match self.outstanding_effect(key)? {
            Effect::TenantStatus(status) => Some(status),
            _ => None,
        }
    }

    /// The effect of the write that is under way on a tenant.
    pub fn outstanding_effect(&self, key: &TenantKey) -> Option<&Effect> {
        // The common case first: without writes under way no key needs to be built.
        if self.outstanding.is_empty() {
            return None;
        }
        self.outstanding.get(&ObjectKey::Tenant(key.clone())).map(|outstanding| &outstanding.effect)
    }
}

//! What one pass over the fleet shares: the time, the releases, the places that are taken, the next instant that matters.

use std::{collections::BTreeMap, rc::Rc};

use jiff::Timestamp;

use super::{
    gates::{Gate, Hold},
    qualify::{Channels, Qualified, qualify},
    wake::Wake,
};
use crate::{
    api::{TenantInstanceStatus, reasons, tenant::WorkloadRef},
    calendar::{Occurrence, Schedule},
    fleet::{Effect, Fleet, ObjectKey, Tenant, TenantKey, Window, Workload},
};

/// How many occurrences ahead a slot is looked for: ten years of monthly windows.
const HORIZON: usize = 120;

/// One pass.
pub struct Pass<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// The time, in whole seconds.
    pub now: Timestamp,
    /// The next instant that matters.
    pub wake: Wake,
    channels: Channels<'a>,
    claims: BTreeMap<(&'a str, &'a str), u32>,
    places: BTreeMap<(&'a str, Timestamp), u32>,
    running: BTreeMap<&'a str, u32>,
    occurrences: BTreeMap<&'a str, Rc<[Occurrence]>>,
}

impl<'a> Pass<'a> {
    /// Takes stock of the fleet.
    pub fn new(fleet: &'a Fleet, now: Timestamp) -> Self {
        let mut wake = Wake::new(now);
        let channels = qualify(fleet, now, &mut wake);
        let mut pass = Self {
            fleet,
            now,
            wake,
            channels,
            claims: claims(fleet),
            places: BTreeMap::new(),
            running: BTreeMap::new(),
            occurrences: BTreeMap::new(),
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

    /// The releases of a channel, the oldest first.
    pub fn channel(&self, channel: &str) -> &[Qualified<'a>] {
        self.channels.get(channel).map_or(&[], Vec::as_slice)
    }

    /// The release of this name, if it still is the same object.
    pub fn release(&self, name: &str, uid: &str) -> Option<&Qualified<'a>> {
        self.releases().find(|r| r.name == name && r.uid == uid)
    }

    /// A workload that the tenant alone names, or what is wrong.
    pub fn workload(&self, key: &TenantKey, reference: &WorkloadRef) -> Result<&'a Workload, Hold> {
        if self.claims.get(&(key.namespace.as_str(), reference.name.as_str())).is_some_and(|claims| *claims > 1) {
            let message = format!(
                "another TenantInstance of this namespace names Deployment {:?} too; let only one name it",
                reference.name
            );
            return Err(Hold::stalled(Gate::Version, reasons::WORKLOAD_CLAIMED_TWICE, message));
        }
        self.fleet.workloads.get(&key.workload(&reference.name)).ok_or_else(|| {
            let message = format!(
                "Deployment {:?} does not exist in namespace {:?}; create it or correct spec.workloads",
                reference.name, key.namespace
            );
            Hold::stalled(Gate::Version, reasons::WORKLOAD_MISSING, message)
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

    /// The window's occurrences from now on, computed once a pass.
    pub fn occurrences(&mut self, window: &'a str) -> Rc<[Occurrence]> {
        let now = self.now;
        let schedule = self.schedule(window);
        let compute = || schedule.map(|s| s.occurrences(now).take(HORIZON).collect()).unwrap_or_default();
        self.occurrences.entry(window).or_insert_with(compute).clone()
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

    /// How many upgrades of a window run, and how many may.
    pub fn concurrency(&self, window: &str) -> (u32, u32) {
        let limit = self.window(window).and_then(|w| w.spec.as_ref().ok()).map_or(0, |spec| spec.max_concurrent);
        (self.running.get(window).copied().unwrap_or_default(), limit)
    }

    /// Counts a start.
    pub fn start(&mut self, window: &'a str) {
        *self.running.entry(window).or_default() += 1;
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

/// How many tenants name each workload.
fn claims(fleet: &Fleet) -> BTreeMap<(&str, &str), u32> {
    let mut claims = BTreeMap::new();
    for (key, tenant) in &fleet.tenants {
        for workload in tenant.spec.iter().flat_map(|spec| &spec.workloads) {
            *claims.entry((key.namespace.as_str(), workload.name.as_str())).or_default() += 1;
        }
    }
    claims
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

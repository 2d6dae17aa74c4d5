//! What the turns of all tenants depend on: releases, windows, products, settings, and whether the operator may be trusted. Where any of it is not
//! what it was, nobody's last turn counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    api::{DashboardReleaseSpec, UpgradeWindowSpec, product::Cycle, release::Halt},
    fleet::{Parsed, Settings, View},
    plan::{
        output::held::Held,
        pass::{
            Pass,
            qualified::Qualified,
            rings::{Passed, RingFacts},
        },
    },
};

/// All of it, as the last pass found it.
#[derive(Clone, Debug)]
pub struct Common {
    now: Timestamp,
    trust: Trust,
    settings: Settings,
    windows: Arc<BTreeMap<String, WindowRead>>,
    releases: Arc<BTreeMap<String, ReleaseRead>>,
    products: Arc<BTreeMap<String, ProductRead>>,
    /// The places that were taken when the pass began: who looks for one where they have changed may find another.
    places: BTreeMap<String, BTreeMap<Timestamp, u32>>,
    /// So may who does in these windows, where somebody who looked for one found something to do.
    unsettled: BTreeSet<String>,
    /// The releases before the turns began.
    before: Vec<Judged>,
    /// The same once they had: failures that were found may halt a release, and dates that are lost let a ring wait.
    after: Vec<Judged>,
}

/// Whether views, clock and stamps may be relied on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Trust {
    stale: Vec<View>,
    clock: bool,
    /// Where the clock is wrong people are told in which direction.
    behind: Option<bool>,
    stamps: bool,
}

type WindowRead = (Parsed<UpgradeWindowSpec>, Option<String>);
/// A spec is the same as long as its generation is. Cycles may come from elsewhere.
type ProductRead = (String, i64, Arc<BTreeMap<String, Cycle>>);
type ReleaseRead = (String, Timestamp, Option<String>, Parsed<DashboardReleaseSpec>);

/// What a pass finds out about a release.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Judged {
    name: String,
    accepted: Result<(), Held>,
    approved: Result<(), Held>,
    change: Result<(), Held>,
    accepted_issues: Vec<String>,
    brake: Result<(), Held>,
    halt: Option<Halt>,
    usual_minutes: Option<u32>,
    rings: Vec<RingRead>,
}

type RingRead = (Passed, Option<Timestamp>, bool, bool, Option<Timestamp>, Option<Timestamp>);

impl Common {
    /// What it is in this pass; and if that is as it was, the windows whose places are not. What was read of windows and releases is taken
    /// over where none of them may have changed.
    pub fn begin(remembered: Option<&Self>, pass: &Pass) -> (Self, Option<BTreeSet<String>>) {
        let changed = |changed: &BTreeSet<String>| remembered.is_none() || !changed.is_empty();
        let new_windows = changed(pass.fleet.windows.changed()).then(|| Arc::new(windows(pass)));
        let new_releases = changed(pass.fleet.releases.changed()).then(|| Arc::new(releases(pass)));
        let new_products = changed(pass.fleet.products.changed()).then(|| Arc::new(products(pass)));
        let found = Self {
            now: pass.now,
            trust: trust(pass),
            settings: pass.fleet.settings.clone(),
            windows: new_windows.or_else(|| Some(Arc::clone(&remembered?.windows))).unwrap_or_default(),
            releases: new_releases.or_else(|| Some(Arc::clone(&remembered?.releases))).unwrap_or_default(),
            products: new_products.or_else(|| Some(Arc::clone(&remembered?.products))).unwrap_or_default(),
            places: pass.places().iter().map(|(window, taken)| ((*window).to_owned(), taken.clone())).collect(),
            unsettled: BTreeSet::new(),
            before: judged(pass),
            after: remembered.map(|known| known.after.clone()).unwrap_or_default(),
        };
        let moved = remembered.filter(|known| found.is_as(known)).map(|known| &found.moved(known) | pass.stock.unsettled());
        (found, moved)
    }

    fn is_as(&self, known: &Self) -> bool {
        // A clock that was set back brings instants again that have passed.
        known.now <= self.now
            && known.trust == self.trust
            && known.settings == self.settings
            && known.before == self.before
            && (Arc::ptr_eq(&known.windows, &self.windows) || known.windows == self.windows)
            && (Arc::ptr_eq(&known.releases, &self.releases) || known.releases == self.releases)
            && (Arc::ptr_eq(&known.products, &self.products) || known.products == self.products)
    }

    fn moved(&self, known: &Self) -> BTreeSet<String> {
        let windows = self.places.keys().chain(known.places.keys());
        let moved = windows.filter(|window| self.places.get(*window) != known.places.get(*window));
        moved.chain(&known.unsettled).cloned().collect()
    }

    /// The turns have begun: whether the releases are as they were then.
    pub fn go_on(&mut self, pass: &Pass) -> bool {
        let after = judged(pass);
        let same = self.after == after;
        self.after = after;
        same
    }

    /// The pass is over; none: while turns were taken something moved that others depended on.
    pub fn end(self, pass: &Pass) -> Option<Self> {
        (!pass.have_rings_moved()).then(|| Self { unsettled: pass.unsettled(), ..self })
    }
}

fn trust(pass: &Pass) -> Trust {
    let fleet = pass.fleet;
    Trust {
        stale: fleet.views.all_stale(),
        clock: fleet.clock_ahead.is_trusted(),
        behind: fleet.clock_ahead.0.map(|ahead| ahead.is_negative()),
        stamps: fleet.stamps_in_force,
    }
}

fn windows(pass: &Pass) -> BTreeMap<String, WindowRead> {
    let read = |window: &crate::fleet::Window| (window.spec.clone(), window.schedule.as_ref().err().cloned());
    pass.fleet.windows.iter().map(|(name, window)| (name.clone(), read(window))).collect()
}

fn releases(pass: &Pass) -> BTreeMap<String, ReleaseRead> {
    let read = |release: &crate::fleet::Release| {
        let meta = &release.meta;
        (meta.uid.clone(), meta.created_at, release.created_by.clone(), release.spec.clone())
    };
    pass.fleet.releases.iter().map(|(name, release)| (name.clone(), read(release))).collect()
}

fn products(pass: &Pass) -> BTreeMap<String, ProductRead> {
    let read = |product: &crate::fleet::Product| {
        let meta = &product.meta;
        (meta.uid.clone(), meta.generation, Arc::clone(product.cycles()))
    };
    pass.fleet.products.iter().map(|(name, product)| (name.clone(), read(product))).collect()
}

fn judged(pass: &Pass) -> Vec<Judged> {
    let one = |release: &Qualified| Judged {
        name: release.name.into(),
        accepted: release.accepted.clone(),
        approved: release.approved.clone(),
        change: release.change.clone(),
        accepted_issues: release.accepted_issues.iter().map(|accepted| accepted.issue.clone()).collect(),
        brake: release.brake.clone(),
        halt: release.halt.clone(),
        usual_minutes: release.usual_minutes,
        // Nobody waits for the last: what its tenants come to changes all the time while it is their turn.
        rings: release.rings.split_last().map(|(_, before)| before.iter().map(ring).collect()).unwrap_or_default(),
    };
    pass.releases().map(one).collect()
}

fn ring(ring: &RingFacts) -> RingRead {
    let RingFacts { ring: _, passed, last_success, in_flight, alive, closes_at, expected_at } = *ring;
    (passed, last_success, in_flight, alive, closes_at, expected_at)
}

//! What is kept of the fleet from pass to pass: what it adds up to, and which turns came to nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    fleet::{Fleet, ObjectKey, Tenant, TenantKey, WorkloadKey},
    plan::{
        output::hold::Gate,
        pass::{
            awaited::Awaited,
            claims::claimed_twice,
            copies::Copies,
            neighbours::Neighbours,
            share::{Share, has_failed},
        },
    },
};

/// A row for each tenant, in the order of the fleet, and how many count alike.
///
/// What is counted follows from the facts of the tenant alone, so it is counted anew when one of its namespace may have changed
/// ([`Fleet::changed_namespaces`]), and never else.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    rows: Vec<Row>,
    /// The rows of those who are looked at one by one.
    apart: Vec<usize>,
    alike: BTreeMap<Arc<Share>, u32>,
    claimed_twice: BTreeSet<WorkloadKey>,
    neighbours: Neighbours,
    copies: Copies,
    /// Windows in which somebody looked for a place in the last pass who has changed since.
    unsettled: BTreeSet<String>,
    /// How many plans had been made of the facts when this was counted.
    plans: Option<u64>,
}

/// What is kept of a tenant.
#[derive(Clone, Debug)]
pub struct Row {
    key: TenantKey,
    share: Arc<Share>,
    /// Why it is looked at in every pass.
    pub apart: Apart,
    /// Its last turn came to nothing: how long that holds.
    pub rest: Option<Rest>,
}

/// Tenants that are looked at one by one, turn or no turn: there are few.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apart {
    /// Its upgrade runs.
    pub runs: bool,
    /// An upgrade of it has failed, and may count against a release.
    pub failed: bool,
    /// Jobs of its hooks and probes cannot be made.
    pub held: bool,
}

impl Apart {
    fn any(self) -> bool {
        self.runs || self.failed || self.held
    }
}

/// A turn that came to nothing. It would come to nothing again until a fact of its namespace, or what all turns depend on, changes,
/// or one of these is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The next instant that matters to it.
    pub until: Option<Timestamp>,
    /// When it came.
    pub order: Order,
    /// What it waits for.
    pub awaited: Vec<Awaited>,
    /// It found its date among the places of this window.
    pub places: Option<String>,
}

/// When a turn comes (R7); among equals the order is that of the fleet.
pub type Order = (usize, u8, usize);

impl Stock {
    /// What this fleet adds up to. No turn is remembered.
    pub fn of(fleet: &Fleet) -> Self {
        let mut stock = Self::default();
        stock.catch_up(fleet);
        stock
    }

    /// The tenants, in the order of the fleet.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Those who are looked at one by one, turn or no turn, in the order of the fleet.
    pub fn apart(&self) -> impl Iterator<Item = (&TenantKey, Apart)> {
        self.apart.iter().map(|row| (&self.rows[*row].key, self.rows[*row].apart))
    }

    /// What tenants count, and how many count that.
    pub fn alike(&self) -> impl Iterator<Item = (&Share, u32)> {
        self.alike.iter().map(|(share, n)| (&**share, *n))
    }

    /// The workloads that more than one tenant names.
    pub fn claimed_twice(&self) -> &BTreeSet<WorkloadKey> {
        &self.claimed_twice
    }

    /// The tenants that use an interface of this one.
    pub fn consumers(&self, key: &TenantKey) -> impl Iterator<Item = &TenantKey> {
        self.neighbours.consumers(key)
    }

    /// Those, and the ones of which this one uses an interface.
    pub fn neighbours(&self, key: &TenantKey) -> impl Iterator<Item = &TenantKey> {
        self.neighbours.of(key)
    }

    /// Windows in which somebody looked for a place in the last pass who has changed since.
    pub fn unsettled(&self) -> &BTreeSet<String> {
        &self.unsettled
    }

    /// The tenants in these rows had a turn, and those of some came to nothing.
    pub fn had_turns(&mut self, had: &[usize], over: Vec<(usize, Rest)>) {
        self.unsettled.clear();
        for row in had {
            self.rows[*row].rest = None;
        }
        for (row, rest) in over {
            self.rows[row].rest = Some(rest);
        }
    }

    /// Takes in what has changed since the last plan. Facts of which that was not the last plan are counted from the beginning, and
    /// nothing is remembered of them.
    pub fn catch_up(&mut self, fleet: &Fleet) -> bool {
        let follows = self.plans.is_some_and(|plans| plans + 1 == fleet.plans);
        if !follows {
            *self = Self::default();
        }
        self.plans = Some(fleet.plans);
        let is_there = |key: &TenantKey| self.rows.binary_search_by(|row| row.key.cmp(key)).is_ok();
        if !follows || fleet.tenants.changed().iter().any(|key| is_there(key) != fleet.tenants.contains_key(key)) {
            self.line_up(fleet);
        }
        let changed = fleet.changed_namespaces();
        if follows {
            let mut row = 0;
            for namespace in &changed {
                row = self.recount(fleet, namespace, row);
            }
        } else {
            self.claimed_twice = claimed_twice(&fleet.tenants);
            for (key, tenant) in &fleet.tenants {
                self.neighbours.note(key, Some(tenant));
                self.copies.note(key, Some(tenant));
            }
        }
        if follows {
            self.call_neighbours(fleet);
        }
        if !follows || !changed.is_empty() {
            self.apart = (0..self.rows.len()).filter(|row| self.rows[*row].apart.any()).collect();
        }
        follows
    }

    /// Whoever uses an interface of a tenant that changed, or whose interface it uses or used, has a turn; and whose trial changed.
    fn call_neighbours(&mut self, fleet: &Fleet) {
        let mut called: BTreeSet<TenantKey> = BTreeSet::new();
        for key in fleet.tenants.changed() {
            called.extend(self.neighbours.of(key).cloned());
            self.neighbours.note(key, fleet.tenants.get(key));
            called.extend(self.neighbours.of(key).cloned());
            self.copies.note(key, fleet.tenants.get(key));
        }
        let trials = fleet.trials.changed().iter().flat_map(|trial| self.copies.in_namespace(&trial.namespace));
        called.extend(trials.cloned());
        if !self.neighbours.is_empty() {
            let sent = fleet.outstanding.changed().iter().filter_map(ObjectKey::tenant);
            sent.for_each(|key| called.extend(self.neighbours.of(key).cloned()));
        }
        for key in called {
            let Ok(row) = self.rows.binary_search_by(|row| row.key.cmp(&key)) else { continue };
            self.unsettled.extend(self.rows[row].rest.take().and_then(|rest| rest.places));
        }
    }

    /// A row for each tenant that is there, and for no other.
    fn line_up(&mut self, fleet: &Fleet) {
        let mut before = std::mem::take(&mut self.rows).into_iter().peekable();
        let mut rows = Vec::with_capacity(fleet.tenants.len());
        for (key, tenant) in &fleet.tenants {
            while let Some(gone) = before.next_if(|row| row.key < *key) {
                self.gone(gone);
            }
            let row = before.next_if(|row| row.key == *key).unwrap_or_else(|| {
                let share = self.count(Share::of(fleet, key, tenant));
                Row { key: key.clone(), share, apart: apart(fleet, key, tenant), rest: None }
            });
            rows.push(row);
        }
        before.for_each(|gone| self.gone(gone));
        self.rows = rows;
    }

    /// Counts the tenants of a namespace anew: none of them has a row before this one. Says where the next namespace may begin.
    fn recount(&mut self, fleet: &Fleet, namespace: &str, from: usize) -> usize {
        let mut row = self.first_of(namespace, from);
        let tenants = fleet.tenants.range(TenantKey::new(namespace, "")..).take_while(|(key, _)| key.namespace == namespace);
        self.claimed_twice.retain(|key| key.namespace != namespace);
        self.claimed_twice.extend(claimed_twice(tenants.clone()));
        for (key, tenant) in tenants {
            self.recount_row(row, fleet, key, tenant);
            row += 1;
        }
        row
    }

    fn recount_row(&mut self, row: usize, fleet: &Fleet, key: &TenantKey, tenant: &Tenant) {
        let share = Share::of(fleet, key, tenant);
        if share != *self.rows[row].share {
            let before = Arc::clone(&self.rows[row].share);
            self.count_less(&before);
            self.rows[row].share = self.count(share);
        }
        self.rows[row].apart = apart(fleet, key, tenant);
        self.unsettled.extend(self.rows[row].rest.take().and_then(|rest| rest.places));
    }

    /// The first row of a namespace. Namespaces are asked for in their order, and where many have changed the next one is near.
    fn first_of(&self, namespace: &str, from: usize) -> usize {
        let before = |row: &Row| *row.key.namespace < *namespace;
        let mut step = 1;
        while self.rows.get(from + step).is_some_and(before) {
            step *= 2;
        }
        let end = self.rows.len().min(from + step);
        from + self.rows[from..end].partition_point(before)
    }

    fn gone(&mut self, row: Row) {
        self.count_less(&row.share);
        self.unsettled.extend(row.rest.and_then(|rest| rest.places));
    }

    fn count(&mut self, share: Share) -> Arc<Share> {
        let known = self.alike.get_key_value(&share).map(|(known, _)| Arc::clone(known));
        let share = known.unwrap_or_else(|| Arc::new(share));
        *self.alike.entry(Arc::clone(&share)).or_default() += 1;
        share
    }

    fn count_less(&mut self, share: &Arc<Share>) {
        let Some(n) = self.alike.get_mut(share) else { return };
        *n -= 1;
        if *n == 0 {
            self.alike.remove(share);
        }
    }
}

fn apart(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Apart {
    let seen = tenant.status.as_ref().ok();
    Apart {
        runs: seen.and_then(|seen| seen.upgrade.as_ref()).is_some_and(|upgrade| upgrade.started_at.is_some()),
        failed: fleet.status_sent(key).or(seen).is_some_and(has_failed),
        held: seen.is_some_and(|seen| seen.blockers.iter().any(|blocker| blocker.gate == Gate::Hooks.name())),
    }
}

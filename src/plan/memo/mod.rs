//! What is remembered from pass to pass: a tenant whose turn came to nothing has no turn until something that it depends on changes.
//!
//! It changes no plan: the same facts and the same time give the same plan, whatever is remembered. `tests/rules` compares both in every
//! pass of each fourth history.

mod common;

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    fleet::Fleet,
    plan::{
        memo::common::Common,
        output::Plan,
        pass::{
            Pass,
            queue::Short,
            stock::{Rest, Row, Stock},
        },
        release, status,
        tenant::turns::{Recall, Turns, begin_all},
        trial,
    },
};

/// What is remembered. It goes with the facts of one process: of others it remembers nothing.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    stock: Stock,
    common: Option<Common>,
    rested: usize,
}

/// What a pass came to.
struct Passed {
    plan: Plan,
    /// The rows of those who had a turn.
    had: Vec<usize>,
    /// Those of them whose turn came to nothing.
    over: Vec<(usize, Rest)>,
    /// What all turns depended on; none: that moved while they were taken.
    common: Option<Common>,
}

/// Why a pass is made anew.
enum Again {
    /// What all turns depend on is not what it was for those who had none.
    All,
    /// Somebody looks for a place in these windows, and may find another than those who had no turn.
    Windows(BTreeSet<String>),
    /// Of those who were called for what there was, not as many used it.
    Short(Short),
}

impl Memo {
    /// How many tenants had no turn in the last pass.
    pub fn rested(&self) -> usize {
        self.rested
    }

    /// The plan of [`super::plan`], without the turns that would come to nothing.
    pub fn plan(&mut self, fleet: &Fleet, now: Timestamp) -> Plan {
        let follows = self.stock.catch_up(fleet);
        let (mut remembered, mut recall) = (self.common.take().filter(|_| follows), Recall::default());
        // Each time more have a turn, so it ends.
        loop {
            match pass(fleet, &self.stock, now, remembered.as_ref(), &recall) {
                Ok(passed) => return self.remember(passed),
                Err(Again::All) => remembered = None,
                Err(Again::Windows(windows)) => recall.unsettled.extend(windows),
                // Twice as many: those who cannot start may be many, and each pass is a whole one.
                Err(Again::Short(Short { awaited, places })) => {
                    let more = recall.more.entry(awaited).or_default();
                    *more = *more * 2 + places;
                }
            }
        }
    }

    fn remember(&mut self, passed: Passed) -> Plan {
        let Passed { plan, had, over, common } = passed;
        self.rested = self.stock.rows().len() - had.len();
        self.stock.had_turns(&had, over);
        self.common = common;
        plan
    }
}

fn pass(fleet: &Fleet, stock: &Stock, now: Timestamp, remembered: Option<&Common>, recall: &Recall) -> Result<Passed, Again> {
    let early = fleet.clock_ahead.too_early_by();
    let mut pass = release::begin(fleet, stock, now.saturating_sub(early).unwrap_or(now));
    let mut plan = Plan::default();
    release::work(fleet, &mut plan);
    let (mut common, moved) = Common::begin(remembered, &pass);
    let recall = moved.map(|moved| Recall { unsettled: &moved | &recall.unsettled, ..recall.clone() });
    let Turns { begun, had, mut over, rested, mut queues } = begin_all(&mut pass, &mut plan, recall.as_ref());
    if !common.go_on(&pass) && rested {
        return Err(Again::All);
    }
    status::release::releases(&mut pass, &mut plan);
    status::window::windows(&mut pass, &mut plan);
    status::product::products(&mut pass, &mut plan);
    for begun in begun {
        queues.pass_by(&pass, Some(begun.place())).map_err(Again::Short)?;
        over.extend(begun.finish(&mut pass, &mut plan));
    }
    queues.pass_by(&pass, None).map_err(Again::Short)?;
    if rested {
        check(&pass, &had, &recall.unwrap_or_default().unsettled)?;
    }
    status::deleted::deleted(fleet, &mut plan);
    trial::trials(&mut pass, &mut plan);
    plan.wake_at = pass.wake.earliest().map(|at| at.saturating_add(early).unwrap_or(at));
    let common = common.end(&pass);
    Ok(Passed { plan, had, over, common })
}

/// Whether those who had no turn would have found what they found in the last pass.
fn check(pass: &Pass, had: &[usize], unsettled: &BTreeSet<String>) -> Result<(), Again> {
    if pass.have_rings_moved() {
        return Err(Again::All);
    }
    let rows = pass.stock.rows();
    let looks_into = |row: &Row| row.rest.as_ref().and_then(|rest| rest.places.clone());
    // Who looked for a place in the last pass may not do so in this one.
    let mut windows = pass.looked_into();
    windows.extend(had.iter().filter_map(|row| looks_into(&rows[*row])));
    windows.retain(|window| !unsettled.contains(window));
    if !windows.is_empty() {
        let had: BTreeSet<_> = had.iter().collect();
        let rested = rows.iter().enumerate().filter(|(row, _)| !had.contains(row));
        let rested_on: BTreeSet<_> = rested.filter_map(|(_, row)| looks_into(row)).collect();
        windows.retain(|window| rested_on.contains(window));
    }
    if windows.is_empty() { Ok(()) } else { Err(Again::Windows(windows)) }
}

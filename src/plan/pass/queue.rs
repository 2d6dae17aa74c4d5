//! Who waits at the limit of a window in which fewer upgrades run than may.
//!
//! Thousands wait, and each upgrade that ends frees one place. So as many have a turn as places are free, the first in their order. Who
//! comes after them would find the window full: that is checked at the very moment when the first of those would have had its turn.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Pass,
    stock::{AtLimit, Order},
};

/// When a turn comes, with the row of the tenant.
pub type Place = (Order, usize);

/// The tenants that wait in windows that are not full.
#[derive(Default)]
pub struct Queues<'a> {
    called: BTreeSet<usize>,
    /// The first in each window that was not called, the last of them first.
    next: Vec<(Place, &'a str)>,
}

/// A window in which so many more could have started when the turn of the first who was not called would have come.
pub struct Short {
    /// The window.
    pub window: String,
    /// How many.
    pub places: usize,
}

impl<'a> Queues<'a> {
    /// Calls as many in each window as places are free there, and so many more. Only those may wait whose last turn still counts.
    pub fn of(pass: &Pass<'a>, unsettled: &BTreeSet<String>, more: &BTreeMap<String, usize>) -> Self {
        let mut waiting: BTreeMap<&str, (usize, Vec<Place>)> = BTreeMap::new();
        for (row, of_row) in pass.stock.rows().iter().enumerate() {
            let Some(AtLimit { window, order }) = of_row.rest.as_ref().and_then(|rest| rest.at_limit.as_ref()) else { continue };
            if !pass.rests(of_row, unsettled) {
                continue;
            }
            let free = || (pass.free(window), vec![]);
            waiting.entry(window).or_insert_with(free).1.push((*order, row));
        }
        let mut queues = Self::default();
        for (window, (free, places)) in waiting.into_iter().filter(|(_, (free, _))| *free > 0) {
            queues.call(window, places, free + more.get(window).copied().unwrap_or_default());
        }
        queues.next.sort_unstable_by(|one, other| other.cmp(one));
        queues
    }

    fn call(&mut self, window: &'a str, mut places: Vec<Place>, n: usize) {
        if n < places.len() {
            let (_, next, _) = places.select_nth_unstable(n);
            self.next.push((*next, window));
            places.truncate(n);
        }
        self.called.extend(places.iter().map(|(_, row)| row));
    }

    /// Whether the tenant in this row has a turn.
    pub fn calls(&self, row: usize) -> bool {
        self.called.contains(&row)
    }

    /// Before the turn of this place is taken, none: after the last one. Whoever was not called and comes before it must find its window full.
    pub fn pass_by(&mut self, pass: &Pass, place: Option<Place>) -> Result<(), Short> {
        while let Some((_, window)) = self.next.pop_if(|(next, _)| place.is_none_or(|place| *next < place)) {
            match pass.free(window) {
                0 => {}
                places => return Err(Short { window: window.to_owned(), places }),
            }
        }
        Ok(())
    }
}

impl Pass<'_> {
    /// How many more upgrades of a window may run.
    fn free(&self, window: &str) -> usize {
        let (running, limit) = self.concurrency(window);
        limit.saturating_sub(running) as usize
    }
}

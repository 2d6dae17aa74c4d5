//! Who waits for something that thousands wait for, and of which some comes free: a place among the running upgrades of a window, or room
//! in the plan.
//!
//! As many have a turn as there is, the first in their order. Who comes after them would find nothing left: that is checked at the very
//! moment when the first of those would have had its turn.

use std::collections::{BTreeMap, BTreeSet};

use super::{Pass, awaited::Awaited, stock::Order};

/// When a turn comes, with the row of the tenant.
pub type Place = (Order, usize);

/// The tenants that wait for what is not used up.
#[derive(Default)]
pub struct Queues {
    called: BTreeSet<usize>,
    /// The first that was not called, for each thing. The last of them first.
    next: Vec<(Place, Awaited)>,
}

/// So many more could have used what was left when the turn of the first who was not called would have come.
pub struct Short {
    /// What.
    pub awaited: Awaited,
    /// How many.
    pub places: usize,
}

impl Queues {
    /// Calls as many for each thing as there is of it, and so many more. Only those may wait whose last turn still counts.
    pub fn of(pass: &Pass, unsettled: &BTreeSet<String>, more: &BTreeMap<Awaited, usize>) -> Self {
        let mut waiting: BTreeMap<Awaited, (usize, Vec<Place>)> = BTreeMap::new();
        for (row, of_row) in pass.stock.rows().iter().enumerate() {
            let Some(rest) = of_row.rest.as_ref().filter(|rest| !rest.awaited.is_empty()) else { continue };
            if !pass.rests(of_row, unsettled) {
                continue;
            }
            for awaited in &rest.awaited {
                let place = (rest.order, row);
                match waiting.get_mut(awaited) {
                    Some((_, places)) => places.push(place),
                    None => drop(waiting.insert(awaited.clone(), (pass.left(awaited), vec![place]))),
                }
            }
        }
        let mut queues = Self::default();
        for (awaited, (left, places)) in waiting.into_iter().filter(|(_, (left, _))| *left > 0) {
            let n = left + more.get(&awaited).copied().unwrap_or_default();
            queues.call(awaited, places, n);
        }
        queues.next.sort_unstable_by(|one, other| other.cmp(one));
        queues
    }

    fn call(&mut self, awaited: Awaited, mut places: Vec<Place>, n: usize) {
        if n < places.len() {
            let (_, next, _) = places.select_nth_unstable(n);
            self.next.push((*next, awaited));
            places.truncate(n);
        }
        self.called.extend(places.iter().map(|(_, row)| row));
    }

    /// Whether the tenant in this row has a turn.
    pub fn calls(&self, row: usize) -> bool {
        self.called.contains(&row)
    }

    /// Before the turn of this place is taken, none: after the last one. Whoever was not called and comes before it must find nothing left.
    pub fn pass_by(&mut self, pass: &Pass, place: Option<Place>) -> Result<(), Short> {
        while let Some((_, awaited)) = self.next.pop_if(|(next, _)| place.is_none_or(|place| *next < place)) {
            match pass.left(&awaited) {
                0 => {}
                places => return Err(Short { awaited, places }),
            }
        }
        Ok(())
    }
}

impl Pass<'_> {
    /// How much is left.
    fn left(&self, awaited: &Awaited) -> usize {
        match awaited {
            Awaited::Window(window) => {
                let (running, limit) = self.concurrency(window);
                limit.saturating_sub(running) as usize
            }
            Awaited::Room(class) => self.room(*class),
        }
    }
}

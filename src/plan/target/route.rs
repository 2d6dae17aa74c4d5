//! Rule R4: which releases lead from a version to a higher one, in the fewest hops.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{api::Version, plan::pass::qualified::Qualified};

/// The releases that can be reached, each in the fewest hops.
struct Ways<'w, 'r, 'a> {
    newer: &'w [&'r Qualified<'a>],
    /// The one before each; none: it is the first hop.
    before: BTreeMap<usize, Option<usize>>,
    /// In the order of their hops; of those that the same one leads to the newest first.
    reached: Vec<usize>,
}

impl<'w, 'r, 'a> Ways<'w, 'r, 'a> {
    /// Of these, the oldest first.
    fn from(running: &Version, newer: &'w [&'r Qualified<'a>]) -> Self {
        let first = (0..newer.len()).rev().filter(|i| newer[*i].reachable_from(running));
        let reached: Vec<_> = first.collect();
        let mut ways = Self { newer, before: reached.iter().map(|i| (*i, None)).collect(), reached };
        let mut at = 0;
        while let Some(&i) = ways.reached.get(at) {
            at += 1;
            for j in (i + 1..newer.len()).rev().filter(|j| newer[*j].reachable_from(newer[i].version)) {
                if let Entry::Vacant(unreached) = ways.before.entry(j) {
                    unreached.insert(Some(i));
                    ways.reached.push(j);
                }
            }
        }
        ways
    }

    fn to(&self, release: usize) -> Vec<&'r Qualified<'a>> {
        let hops = std::iter::successors(Some(release), |hop| self.before.get(hop).copied().flatten());
        let mut route: Vec<_> = hops.map(|hop| self.newer[hop]).collect();
        route.reverse();
        route
    }
}

/// The fewest hops to the newest release that can be reached; the first hop is taken.
pub fn to_newest<'r, 'a>(running: &Version, newer: &[&'r Qualified<'a>]) -> Option<Vec<&'r Qualified<'a>>> {
    // Straight to the newest is the common case, and needs no search.
    if let Some(newest) = newer.last().filter(|newest| newest.reachable_from(running)) {
        return Some(vec![newest]);
    }
    let ways = Ways::from(running, newer);
    ways.before.keys().last().map(|newest| ways.to(*newest))
}

/// The fewest hops to any of these that will do.
pub fn to_any<'r, 'a>(
    running: &Version,
    newer: &[&'r Qualified<'a>],
    will_do: impl Fn(&Qualified) -> bool,
) -> Option<Vec<&'r Qualified<'a>>> {
    // As above.
    if let Some(straight) = newer.iter().rev().find(|release| release.reachable_from(running) && will_do(release)) {
        return Some(vec![straight]);
    }
    let ways = Ways::from(running, newer);
    let nearest = ways.reached.iter().find(|release| will_do(newer[**release]));
    nearest.map(|release| ways.to(*release))
}

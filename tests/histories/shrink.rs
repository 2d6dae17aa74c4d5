//! Makes a failing history small: everything goes that can go while it still fails for the same reason.

use super::{
    history::History,
    verdict::{Rules, kind, wrong},
};

/// The smallest history that still fails like this.
pub fn shrink(history: &History, rules: Rules, first: &str) -> History {
    let wanted = kind(first);
    let fails = |history: &History| wrong(history, rules).iter().any(|what| kind(what) == wanted);
    let mut small = history.clone();
    loop {
        let before = size(&small);
        drop_each(&mut small, |h| h.events.len(), |h, i| drop(h.events.remove(i)), &fails);
        drop_each(&mut small, |h| h.faults.len(), |h, i| drop(h.faults.remove(i)), &fails);
        drop_each(&mut small, |h| h.manifests.len(), |h, i| drop(h.manifests.remove(i)), &fails);
        if size(&small) == before {
            return small;
        }
    }
}

fn size(history: &History) -> usize {
    history.events.len() + history.faults.len() + history.manifests.len()
}

/// Drops one after the other, the last first.
fn drop_each(
    history: &mut History,
    count: impl Fn(&History) -> usize,
    remove: impl Fn(&mut History, usize),
    fails: &impl Fn(&History) -> bool,
) {
    for i in (0..count(history)).rev() {
        let mut smaller = history.clone();
        remove(&mut smaller, i);
        if fails(&smaller) {
            *history = smaller;
        }
    }
}

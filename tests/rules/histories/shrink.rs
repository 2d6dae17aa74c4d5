//! Makes a failing history small: everything goes that can go while it still fails for the same reason.

use uplift::simulate::engine::Trouble;

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
        drop_each(&mut small, |h| h.platform.len(), |h, i| drop(h.platform.remove(i)), &fails);
        drop_each(&mut small, |h| h.trials.len(), |h, i| drop(h.trials.remove(i)), &fails);
        drop_each(&mut small, |h| h.faults.len(), |h, i| _ = h.faults.remove(i), &fails);
        drop_each(&mut small, |h| h.replicas.len(), |h, i| drop(h.replicas.remove(i)), &fails);
        drop_trouble(&mut small, |h| Some(&mut h.trouble), &fails);
        drop_trouble(&mut small, |h| h.replicas.first_mut().map(|replica| &mut replica.trouble), &fails);
        drop_trouble(&mut small, |h| h.replicas.get_mut(1).map(|replica| &mut replica.trouble), &fails);
        drop_each(&mut small, |h| h.manifests.len(), |h, i| drop(h.manifests.remove(i)), &fails);
        if size(&small) == before {
            return small;
        }
    }
}

fn size(history: &History) -> usize {
    let trouble = |t: &Trouble| t.lags.len() + t.events.len() + t.clock.len() + t.cut_off.len();
    let replicas: usize = history.replicas.iter().map(|replica| 1 + trouble(&replica.trouble)).sum();
    history.events.len()
        + history.platform.len()
        + history.trials.len()
        + history.faults.len()
        + history.manifests.len()
        + trouble(&history.trouble)
        + replicas
}

fn drop_trouble(history: &mut History, of: fn(&mut History) -> Option<&mut Trouble>, fails: &impl Fn(&History) -> bool) {
    let empty = Trouble::default();
    let list = |h: &History, len: fn(&Trouble) -> usize| of(&mut h.clone()).map_or(len(&empty), |trouble| len(trouble));
    drop_each(history, |h| list(h, |t| t.lags.len()), |h, i| _ = of(h).map(|t| t.lags.remove(i)), fails);
    drop_each(history, |h| list(h, |t| t.events.len()), |h, i| _ = of(h).map(|t| t.events.remove(i)), fails);
    drop_each(history, |h| list(h, |t| t.clock.len()), |h, i| _ = of(h).map(|t| t.clock.remove(i)), fails);
    drop_each(history, |h| list(h, |t| t.cut_off.len()), |h, i| _ = of(h).map(|t| t.cut_off.remove(i)), fails);
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

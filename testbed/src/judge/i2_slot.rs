//! I2, where it begins: a slot that is given is an occurrence of its window, with the window's times. An edit later moves nobody (R8).
//! Windows that [`Occurrence`] cannot read are not judged.

use std::collections::BTreeSet;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    occurrence::Occurrence,
    past::Past,
    read::text,
    verdict::Verdict,
};

#[derive(Default)]
pub struct Slots {
    leeway: Leeway,
    /// Tenant's UID and slot: one that comes back is as it was.
    given: BTreeSet<(String, String)>,
}

impl Slots {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let What::Write(before, after) = &record.what else { return };
        let old = before.as_ref().and_then(|before| before.slot());
        let Some(slot) = after.slot().filter(|slot| old != Some(slot)) else { return };
        if !self.given.insert((after.uid.clone(), slot.to_string())) {
            return;
        }
        let windows = past.since(Kind::Window, text(&slot["window"]), self.leeway.others_since(record.from));
        let compare = |window: &Object| Occurrence::of(&window.spec).map(|window| window.wrong(slot));
        // One that cannot be read may be the one that it is of.
        let wrong: Option<Vec<_>> = windows.flatten().map(compare).collect();
        if let Some((latest, others)) = wrong.as_ref().and_then(|wrong| wrong.split_first()) {
            let all = others.iter().all(Option::is_some);
            let what = latest.filter(|_| all).map(|why| format!("{after} got the slot {}, but {why}", slot["opens"]));
            verdict.note("I2-slot", what);
        }
    }
}

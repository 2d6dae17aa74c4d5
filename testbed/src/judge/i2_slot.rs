//! I2, where it begins: a slot that is given is an occurrence of its window, with the window's times, and lies in the change window of its
//! release (R33). An edit later moves nobody (R8).
//! Windows that [`Occurrence`] cannot read are not judged.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    occurrence::Occurrence,
    past::Past,
    read::{text, time},
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
        let release = text(&after.status("upgrade")["release"]);
        let beyond = |release: Option<&Object>| release.filter(|release| lies_beyond(release, slot)).map(|_| ());
        let wrong = past.wrong_since(Kind::Release, release, self.leeway.others_since(record.from), beyond);
        let what =
            wrong.map(|()| format!("{after} got the slot {}, and the change window of {release} is another", slot["opens"]));
        verdict.note("I2-slot", what);
    }
}

/// It opens before the change window of the approval, or closes after it.
fn lies_beyond(release: &Object, slot: &Value) -> bool {
    let change = &release.spec["approval"]["change"];
    let before = time(&change["start"]).zip(time(&slot["opensAt"])).is_some_and(|(begins, opens)| opens < begins);
    before || time(&change["end"]).zip(time(&slot["closesAt"])).is_some_and(|(ends, closes)| closes > ends)
}

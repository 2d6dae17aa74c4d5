//! R7: no occurrence holds more slots than its window has places. Slots that were given before an edit stay.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uplift::{
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

use crate::oracle::Leeway;

type Place = (String, Timestamp);

#[derive(Default)]
struct Places {
    leeway: Leeway,
    /// Window to its capacities, the latest last.
    capacity: BTreeMap<String, Vec<(Timestamp, Option<u32>)>>,
    /// Occurrence to the tenants that hold a slot in it.
    taken: BTreeMap<Place, BTreeSet<ObjectKey>>,
    /// When one was taken last.
    last: BTreeMap<Place, Timestamp>,
}

/// Every slot too many.
pub fn judge(log: &[Record], leeway: Leeway) -> Vec<String> {
    let mut places = Places { leeway, ..Places::default() };
    let mut wrong = vec![];
    for record in log {
        match &record.what {
            What::Edit(before, after) => {
                if let Some(object) = before {
                    places.leave(object);
                }
                if let Some(object) = after {
                    places.take(object, record.at);
                }
            }
            What::Write(before, after) => {
                places.leave(before);
                let moves = place(before) != place(after);
                let many = places.take(after, record.at).filter(|_| moves);
                wrong.extend(many.map(|what| format!("R7 at {}: {what}", record.at)));
            }
            _ => {}
        }
    }
    wrong
}

impl Places {
    /// The most that a window had since an instant.
    fn capacity_since(&self, window: &str, since: Timestamp) -> Option<u32> {
        let all = self.capacity.get(window)?;
        let first = all.iter().rposition(|(at, _)| *at <= since).unwrap_or_default();
        all[first..].iter().map(|(_, capacity)| *capacity).max_by_key(|capacity| capacity.unwrap_or(u32::MAX)).flatten()
    }

    fn leave(&mut self, object: &Object) {
        let Some(place) = place(object) else { return };
        self.taken.entry(place).or_default().remove(&object.key);
    }

    fn take(&mut self, object: &Object, at: Timestamp) -> Option<String> {
        if let (ObjectKey::Window(name), Some((spec, _))) = (&object.key, object.window()) {
            self.capacity.entry(name.clone()).or_default().push((at, spec.capacity));
        }
        let place = place(object)?;
        let capacity = self.capacity_since(&place.0, self.leeway.others_since(at));
        // A deposed replica may commit what it had on the wire: nothing fences a place, since each is another object.
        let on_the_wire = self.last.get(&place).is_some_and(|last| at - self.leeway.deposed < *last);
        let taken = self.taken.entry(place.clone()).or_default();
        let new = taken.insert(object.key.clone());
        if new {
            self.last.insert(place, at);
        }
        let capacity = capacity?;
        let bad = new && taken.len() > capacity as usize && !on_the_wire;
        bad.then(|| format!("{} takes a place where {capacity} may", object.key))
    }
}

fn place(object: &Object) -> Option<Place> {
    let slot = object.tenant()?.1.upgrade.as_ref()?.slot.as_ref()?;
    Some((slot.window.clone(), slot.opens_at))
}

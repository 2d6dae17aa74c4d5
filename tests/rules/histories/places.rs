//! R7: no occurrence holds more slots than its window has places. Nobody edits capacities in these histories.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uplift::{
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

type Place = (String, Timestamp);

#[derive(Default)]
struct Places {
    /// Window to its capacity.
    capacity: BTreeMap<String, Option<u32>>,
    /// Occurrence to the tenants that hold a slot in it.
    taken: BTreeMap<Place, BTreeSet<ObjectKey>>,
}

/// Every slot too many.
pub fn judge(log: &[Record]) -> Vec<String> {
    let mut places = Places::default();
    let mut wrong = vec![];
    for record in log {
        match &record.what {
            What::Edit(before, after) => {
                if let Some(object) = before {
                    places.leave(object);
                }
                if let Some(object) = after {
                    places.take(object);
                }
            }
            What::Write(before, after) => {
                places.leave(before);
                wrong.extend(places.take(after).map(|what| format!("R7 at {}: {what}", record.at)));
            }
            _ => {}
        }
    }
    wrong
}

impl Places {
    fn leave(&mut self, object: &Object) {
        let Some(place) = place(object) else { return };
        self.taken.entry(place).or_default().remove(&object.key);
    }

    fn take(&mut self, object: &Object) -> Option<String> {
        if let (ObjectKey::Window(name), Some((spec, _))) = (&object.key, object.window()) {
            self.capacity.insert(name.clone(), spec.capacity);
        }
        let place = place(object)?;
        let capacity = self.capacity.get(&place.0).copied().flatten()?;
        let taken = self.taken.entry(place).or_default();
        let new = taken.insert(object.key.clone());
        let bad = new && taken.len() > capacity as usize;
        bad.then(|| format!("{} takes a place where {capacity} may", object.key))
    }
}

fn place(object: &Object) -> Option<Place> {
    let slot = object.tenant()?.1.upgrade.as_ref()?.slot.as_ref()?;
    Some((slot.window.clone(), slot.opens_at))
}

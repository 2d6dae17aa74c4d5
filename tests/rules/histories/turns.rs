//! R7: nobody who never declines waits more occurrences than there are tenants before them, however often others decline.
//!
//! Judged is who waits for a place and for nothing else: whatever may be another reason begins the count anew.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uplift::{
    api::{
        annotations,
        tenant::{Management, Slot, SlotResult},
    },
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

/// Who waits: since when, for which version, and which occurrences went to others meanwhile.
#[derive(Clone, Debug, Default)]
struct Waits {
    to: String,
    passed: BTreeSet<Timestamp>,
    /// Who got them, for which version: each hop of somebody before has its turn once.
    hops: BTreeSet<(ObjectKey, String)>,
    told: bool,
}

#[derive(Default)]
struct Turns {
    tenants: BTreeMap<ObjectKey, Object>,
    waits: BTreeMap<ObjectKey, Waits>,
    /// Those that ever declined.
    declined: BTreeSet<ObjectKey>,
    /// Releases that ever had rings: who waits for them may wait for another ring.
    ringed: BTreeSet<String>,
}

/// Everybody who waits too long.
pub fn judge(log: &[Record]) -> Vec<String> {
    let mut turns = Turns::default();
    let mut wrong = vec![];
    for record in log {
        match &record.what {
            What::Edit(before, after) => turns.edit(before.as_deref(), after.as_deref()),
            What::Write(before, after) => wrong.extend(turns.write(before, after, record.at)),
            What::Crashed => turns.waits.clear(),
            _ => {}
        }
    }
    wrong
}

impl Turns {
    /// What people change may be the reason.
    fn edit(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let Some(object) = after.or(before) else { return };
        let only_notes = match (before, after) {
            (Some(a), Some(b)) => a.content == b.content && a.tenant().is_some(),
            _ => false,
        };
        if !only_notes {
            self.waits.clear();
        }
        if let Some((spec, _)) = object.release().filter(|(spec, _)| !spec.rollout.rings.is_empty()) {
            self.ringed.insert(spec.version.clone());
        }
        match after.filter(|after| after.tenant().is_some()) {
            Some(after) => drop(self.tenants.insert(object.key.clone(), after.clone())),
            None => drop(self.tenants.remove(&object.key)),
        }
        if after.is_some_and(|after| after.annotation(annotations::OPT_OUT).is_some()) {
            self.declined.insert(object.key.clone());
        }
    }

    fn write(&mut self, before: &Object, after: &Object, at: Timestamp) -> Vec<String> {
        let Some((spec, status)) = after.tenant() else { return vec![] };
        self.tenants.insert(after.key.clone(), after.clone());
        let slot_before = slot(before).map(|slot| slot.opens_at);
        let window = spec.window_ref.name.clone();
        // Who lost a slot through no doing of their own goes first, as often as that happens.
        let unlucky = [SlotResult::Missed, SlotResult::Moved];
        let first = status.history.first().is_some_and(|last| unlucky.contains(&last.result));
        let given = slot(after).filter(|slot| slot.window == window && slot_before != Some(slot.opens_at) && !first);
        let to = status.upgrade.as_ref().map(|up| up.to.clone()).unwrap_or_default();
        let given = given.map(|slot| (slot.opens_at, (after.key.clone(), to)));
        let keys: Vec<_> = self.tenants.keys().cloned().collect();
        keys.iter().filter_map(|key| self.waits_on(key, &window, given.clone(), at)).collect()
    }

    fn waits_on(
        &mut self,
        key: &ObjectKey,
        window: &str,
        given: Option<(Timestamp, (ObjectKey, String))>,
        at: Timestamp,
    ) -> Option<String> {
        let (spec, status) = self.tenants.get(key)?.tenant()?;
        if spec.window_ref.name != window {
            return None;
        }
        let up = status.upgrade.as_ref();
        let free = spec.management == Management::Managed && status.blockers.is_empty() && !self.declined.contains(key);
        // Who must be tried may wait for that.
        let free = free && !spec.must_be_tried();
        let Some(up) = up.filter(|up| free && up.slot.is_none() && !self.ringed.contains(&up.to)) else {
            self.waits.remove(key);
            return None;
        };
        let waits = self.waits.entry(key.clone()).or_default();
        if waits.to != up.to {
            *waits = Waits { to: up.to.clone(), ..Waits::default() };
        }
        if let Some((opens_at, hop)) = given {
            waits.passed.insert(opens_at);
            waits.hops.insert(hop);
        }
        let others = waits.hops.len();
        let long = waits.passed.len() > others && !waits.told;
        waits.told |= long;
        let n = waits.passed.len();
        long.then(|| format!("R7-turns at {at}: {key} never declined, and {n} occurrences went to {others} hops of others"))
    }
}

fn slot(object: &Object) -> Option<&Slot> {
    object.tenant()?.1.upgrade.as_ref()?.slot.as_ref()
}

//! Who must have been told before a start: whoever was required all the time from when the slot was given until the notice was
//! due, at the address that they had then. Who was dropped, or changed later, is not waited for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uplift::{
    api::tenant::{Contact, Slot},
    simulate::world::Object,
};

use super::{Leeway, Past, upgrade};

#[derive(Default)]
pub struct Required {
    /// Tenant's UID and slot to when it was given first.
    given: BTreeMap<(String, Timestamp), Timestamp>,
}

impl Required {
    pub fn note(&mut self, at: Timestamp, before: &Object, after: &Object) {
        let slot = |object| upgrade(object).and_then(|up| up.slot.as_ref().map(|slot| slot.opens_at));
        if let Some(opens_at) = slot(after).filter(|new| slot(before) != Some(*new)) {
            self.given.entry((after.uid.clone(), opens_at)).or_insert(at);
        }
    }

    /// Names and addresses.
    pub fn of(&self, past: &Past, leeway: Leeway, tenant: &Object, slot: &Slot) -> Vec<(String, String)> {
        let Some(given) = self.given.get(&(tenant.uid.clone(), slot.opens_at)) else { return vec![] };
        let due = slot.notice_until;
        let all = past.versions(&tenant.key).filter(|(_, object)| object.as_ref().is_some_and(|o| o.uid == tenant.uid));
        let all: Vec<_> = all.collect();
        // As it was a moment before the slot was given, and ever since: a view may lag.
        let first = all.iter().rposition(|(at, _)| *at <= leeway.since(*given)).unwrap_or_default();
        let at_due = all.iter().rposition(|(at, _)| *at <= due).unwrap_or(first).max(first);
        let contacts = |nth: usize| all[nth].1.as_ref().map_or(vec![], |object| required(object));
        let now = required(tenant);
        let fit = contacts(at_due)
            .into_iter()
            .filter(|(name, _)| (first..=at_due).all(|nth| contacts(nth).iter().any(|(other, _)| other == name)));
        fit.filter(|contact| now.contains(contact)).collect()
    }
}

fn required(object: &Object) -> Vec<(String, String)> {
    let Some((spec, _)) = object.tenant() else { return vec![] };
    let must = |(i, c): &(usize, &Contact)| c.required.unwrap_or(*i == 0);
    let address = |c: &Contact| c.webhook.clone().or_else(|| c.email.clone());
    let all = spec.contacts.iter().enumerate().filter(must);
    all.filter_map(|(_, c)| Some((c.name.clone(), address(c)?))).collect()
}

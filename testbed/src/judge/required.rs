//! Who must have been told before a start: whoever was required all the time from when the slot was given until the notice was
//! due, at the address that they had then. Who was dropped, or changed later, or while the operator was away over that instant, is not waited for.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{list, text, time},
};

/// So long before the operator goes away, what is edited may not have been acted on.
const UNHEARD: SignedDuration = SignedDuration::from_secs(60);

#[derive(Default)]
pub struct Required {
    /// Tenant's UID and opening to when the slot was given first.
    given: BTreeMap<(String, Timestamp), Timestamp>,
    /// When the operator went away, and its first write afterwards.
    away: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Required {
    pub fn note(&mut self, record: &Record) {
        let What::Write(before, after) = &record.what else {
            if matches!(record.what, What::Crashed) {
                self.away.push((record.from, None));
            }
            return;
        };
        if let Some((_, back @ None)) = self.away.last_mut() {
            *back = Some(record.until);
        }
        let opens = |object: &Object| object.slot().and_then(|slot| time(&slot["opensAt"]));
        let before = before.as_ref().and_then(|before| opens(before));
        if let Some(opens) = opens(after).filter(|opens| before != Some(*opens)) {
            self.given.entry((after.uid.clone(), opens)).or_insert(record.from);
        }
    }

    /// Names and addresses, for the slot that a tenant has or had with this opening and this end of its notice.
    pub fn of(&self, past: &Past, leeway: Leeway, tenant: &Object, opens: Timestamp, due: Timestamp) -> Vec<(String, String)> {
        let Some(given) = self.given.get(&(tenant.uid.clone(), opens)) else { return vec![] };
        let all = past.versions(Kind::Tenant, &tenant.name).iter();
        let all: Vec<_> = all.filter(|(_, object)| object.as_ref().is_some_and(|o| o.uid == tenant.uid)).collect();
        // As it was a moment before the slot was given, and ever since: a view may lag.
        let first = all.iter().rposition(|(at, _)| *at <= leeway.since(*given)).unwrap_or_default();
        let heard = self.heard(due);
        let at_due = all.iter().rposition(|(at, _)| *at <= heard).unwrap_or(first).max(first);
        let contacts = |nth: usize| all.get(nth).and_then(|(_, object)| object.as_deref()).map_or(vec![], required);
        let now = required(tenant);
        let always = |name: &str| (first..=at_due).all(|nth| contacts(nth).iter().any(|(other, _)| other == name));
        contacts(at_due).into_iter().filter(|contact| always(&contact.0) && now.contains(contact)).collect()
    }

    /// Until when edits could be acted on before an instant: who is away then hears of later ones too late to tell anybody.
    fn heard(&self, due: Timestamp) -> Timestamp {
        let during = |(from, back): &&(Timestamp, Option<Timestamp>)| *from <= due && back.is_none_or(|back| due <= back);
        self.away.iter().find(during).map_or(due, |(from, _)| *from - UNHEARD)
    }
}

fn required(tenant: &Object) -> Vec<(String, String)> {
    let all = list(&tenant.spec["contacts"]).iter().enumerate();
    let must = all.filter(|(nth, contact)| contact["required"].as_bool().unwrap_or(*nth == 0));
    let address = |contact: &serde_json::Value| contact["webhook"].as_str().or(contact["email"].as_str()).map(str::to_owned);
    must.filter_map(|(_, contact)| Some((text(&contact["name"]).to_owned(), address(contact)?))).collect()
}

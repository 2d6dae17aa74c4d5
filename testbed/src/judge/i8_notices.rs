//! I8 and the last part of I4: which notices leave, to whom, and how often. A restart never makes a second key; a notice without a
//! written receipt may be repeated under its key, once per restart.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Notice, Record, What},
    i14_digest::PLATFORM,
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    said::Said,
    verdict::Verdict,
};

/// Tenant's UID, key and contact.
type Id = (String, String, String);

#[derive(Default)]
pub struct Notices {
    leeway: Leeway,
    starts: usize,
    /// How often each was accepted.
    accepted: BTreeMap<Id, usize>,
    /// When the receipt of each was written.
    receipts: BTreeMap<Id, Timestamp>,
    /// What a notice is about to its keys.
    keys: BTreeMap<String, BTreeSet<String>>,
    /// Tenant's UID and slot to how often it was lost: given again, it is announced again.
    ended: BTreeMap<(String, String), usize>,
}

impl Notices {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, said: &Said, verdict: &mut Verdict) {
        match &record.what {
            What::Started => self.starts += 1,
            What::Write(before, after) if after.kind == Kind::Tenant => {
                self.receipts(before.as_deref(), after, record.until);
                self.ends(before.as_deref(), after);
                self.written(before.as_deref(), after, verdict);
            }
            What::Notice(notice) => {
                self.repeated(notice, record.from, verdict);
                if notice.tenant == PLATFORM {
                    return; // another judge reads digests
                }
                self.one_key(notice, said, verdict);
                // One that was on its way when the contact changed may still come.
                let since = self.leeway.others_since(record.from);
                let mut ours = past.since(Kind::Tenant, &notice.tenant, since).flatten();
                let foreign = !ours.any(|tenant| has_contact(tenant, notice));
                let wrong = || format!("{} goes to {}, which is no contact of it", name(notice), notice.address);
                verdict.note("I4", foreign.then(wrong));
            }
            _ => {}
        }
    }

    fn repeated(&mut self, notice: &Notice, from: Timestamp, verdict: &mut Verdict) {
        if !notice.accepted {
            return;
        }
        let id = (notice.uid.clone(), notice.key.clone(), notice.contact.clone());
        let late = self.receipts.get(&id).is_some_and(|written| *written <= from - self.leeway.deposed);
        verdict.note("I8", late.then(|| format!("{} is repeated after its receipt was written", name(notice))));
        let count = self.accepted.entry(id).or_default();
        *count += 1;
        let most = self.starts.max(1) + self.leeway.lost;
        verdict.note("I8", (*count > most).then(|| format!("{} was accepted {count} times, with {most} at most", name(notice))));
    }

    fn one_key(&mut self, notice: &Notice, said: &Said, verdict: &mut Verdict) {
        let data = &notice.data;
        let (kind, slot) = (text(&data["kind"]), text(&data["slot"]["opens"]));
        // Reminders are one for each length: the key ends with it. A contact that has another address is told of its date anew.
        let length = (kind == "Reminder").then(|| notice.key.rsplit('-').next());
        let to = matches!(kind, "Planned" | "Moved").then_some(&notice.address);
        let (uid, contact) = (&notice.uid, &notice.contact);
        // What ends is told at each threshold.
        let parts = |end: &Value| ["subject", "version", "dependency", "endsOn", "before"].map(|part| end[part].clone());
        let ends: Vec<_> = list(&data["ends"]).iter().map(parts).collect();
        let about = format!(
            "{uid} {contact} {kind} {} {slot} {} {} {length:?} {to:?} {ends:?} {}",
            data["to"], data["reason"], data["verdict"], data["trial"]["run"]
        );
        let ended = self.ended.get(&(uid.clone(), slot.to_owned())).copied().unwrap_or_default();
        let result = matches!(kind, "Succeeded" | "Failed" | "RolledBack");
        // The same version is upgraded to again when somebody puts the old images back: each try has its result.
        let tries = self.ended.iter().filter(|((of, _), _)| result && of == uid).map(|(_, n)| n).sum();
        let most = if data["verdict"].is_string() { said.words(uid) } else { (1 + ended).max(tries) };
        let keys = self.keys.entry(about).or_default();
        keys.insert(notice.key.clone());
        verdict.note("I8", (keys.len() > most).then(|| format!("{}: the same came under {keys:?}", name(notice))));
    }

    /// Contact, its address, kind, release and slot have one key, in all versions of a status. An answer to an opt-out is about the
    /// opt-out: two of them about one slot are two notices.
    fn written(&mut self, before: Option<&Object>, after: &Object, verdict: &mut Verdict) {
        let old = before.map_or(&[][..], |before| list(before.status("notices")));
        for notice in list(after.status("notices")).iter().filter(|notice| !old.contains(notice)) {
            let slot = text(&notice["slot"]);
            if !matches!(text(&notice["kind"]), "Planned" | "Moved" | "Postponed") || slot.is_empty() {
                continue;
            }
            let parts = ["contact", "kind", "release", "address", "reason"].map(|part| text(&notice[part]));
            let ended = self.ended.get(&(after.uid.clone(), slot.to_owned())).copied().unwrap_or_default();
            let keys = self.keys.entry(format!("written {} {slot} {parts:?}", after.uid)).or_default();
            keys.insert(text(&notice["key"]).to_owned());
            let many = keys.len() > 1 + ended;
            verdict.note("I8", many.then(|| format!("{after}: {parts:?} of {slot} was written down under {keys:?}")));
        }
    }

    fn ends(&mut self, before: Option<&Object>, after: &Object) {
        let first = |object: &Object| list(object.status("history")).first().cloned();
        let old = before.and_then(first);
        if let Some(entry) = first(after).filter(|entry| old.as_ref() != Some(entry)) {
            *self.ended.entry((after.uid.clone(), text(&entry["slot"]).to_owned())).or_default() += 1;
        }
    }

    fn receipts(&mut self, before: Option<&Object>, after: &Object, at: Timestamp) {
        let old = before.map_or(&[][..], |before| list(before.status("notices")));
        let delivered = |notice: &&Value| notice["deliveredAt"].is_string() && !old.contains(notice);
        let new = list(after.status("notices")).iter().filter(delivered);
        for id in new.map(|n| (after.uid.clone(), text(&n["key"]).to_owned(), text(&n["contact"]).to_owned())) {
            self.receipts.entry(id).or_insert(at);
        }
    }
}

fn name(notice: &Notice) -> String {
    format!("{} of {} to {}", notice.key, notice.tenant, notice.contact)
}

fn has_contact(tenant: &Object, notice: &Notice) -> bool {
    let is_there = |address: &Value| address.as_str().is_some_and(|address| address.ends_with(&notice.address));
    let mut contacts = list(&tenant.spec["contacts"]).iter().filter(|contact| text(&contact["name"]) == notice.contact);
    contacts.any(|contact| is_there(&contact["webhook"]) || is_there(&contact["email"]))
}

//! I8 and a part of I4: which notices leave, to whom, and how often.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uplift::{
    api::{
        annotations,
        notice_key::NoticeKey,
        tenant::{Contact, NoticeKind},
    },
    fleet::ObjectKey,
    plan::Address,
    simulate::world::{Object, Record, What},
};

use super::{Leeway, Past, Tell};

#[derive(Default)]
pub struct Notices {
    leeway: Leeway,
    starts: usize,
    /// Tenant's UID, key and contact to how often it was accepted.
    accepted: BTreeMap<(String, NoticeKey, String), usize>,
    /// Those with a written receipt.
    receipts: BTreeSet<(String, NoticeKey, String)>,
    /// What a notice is about to its keys.
    keys: BTreeMap<String, BTreeSet<NoticeKey>>,
    /// Tenant's UID to what people said there, and when: each may have its own answer.
    said: BTreeMap<String, BTreeSet<(String, Timestamp)>>,
    /// Tenant's UID and slot to how often it was lost: given again, it is announced again.
    ended: BTreeMap<(String, String), usize>,
}

impl Notices {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, tell: &mut Tell<'_>) {
        match &record.what {
            What::Started => self.starts += 1,
            What::Write(before, after) => {
                self.receipts(after);
                self.ends(before, after);
            }
            What::Edit(_, Some(object)) => self.hear(object),
            What::Accepted(notice) => {
                let id = (notice.tenant_uid.clone(), notice.key.clone(), notice.contact.clone());
                let name = format!("{} of {} to {}", notice.key, notice.tenant, notice.contact);
                if self.receipts.contains(&id) && !self.leeway.twins {
                    tell("I8", format!("{name} is repeated after its receipt was written"));
                }
                let count = self.accepted.entry(id).or_default();
                *count += 1;
                if *count > self.starts.max(1) + self.leeway.lost {
                    tell("I8", format!("{name} is accepted {count} times"));
                }
                let slot = notice.message.slot.as_ref().map(|slot| slot.opens.as_str());
                let m = &notice.message;
                // Reminders are one for each length: the key ends with it. A contact that has another address is told of its date anew.
                let length =
                    (m.kind == NoticeKind::Reminder).then(|| notice.key.to_string().rsplit('-').next().map(str::to_owned));
                let to = matches!(m.kind, NoticeKind::Planned | NoticeKind::Moved).then_some(&notice.address);
                let about = format!(
                    "{} {} {:?} {:?} {slot:?} {:?} {:?} {length:?} {to:?}",
                    notice.tenant_uid, notice.contact, m.kind, m.to, m.reason, m.verdict
                );
                let said = self.said.get(&notice.tenant_uid).map_or(0, BTreeSet::len);
                let ended = slot.and_then(|slot| self.ended.get(&(notice.tenant_uid.clone(), slot.to_owned())));
                let result = matches!(m.kind, NoticeKind::Succeeded | NoticeKind::Failed);
                // The same version is upgraded to again when somebody puts the old images back: each try has its result.
                let tries = self.ended.iter().filter(|((uid, _), _)| result && *uid == notice.tenant_uid).map(|(_, n)| n).sum();
                let most = if m.verdict.is_some() { said } else { (1 + ended.copied().unwrap_or_default()).max(tries) };
                let keys = self.keys.entry(about).or_default();
                keys.insert(notice.key.clone());
                if keys.len() > most {
                    tell("I8", format!("{name}: the same was told under {keys:?}"));
                }
                let mut ours = past.since(&ObjectKey::Tenant(notice.tenant.clone()), self.leeway.since(record.at)).flatten();
                let known = ours.any(|tenant| {
                    let mut contacts = tenant.tenant().into_iter().flat_map(|(spec, _)| &spec.contacts);
                    contacts.any(|c| c.name == notice.contact && is_of(&notice.address, c))
                });
                if !known {
                    tell("I4", format!("{name} goes to {}, which is no contact of the tenant", address(&notice.address)));
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, object: &Object) {
        for key in [annotations::OPT_OUT, annotations::OPT_IN] {
            if let Some(note) = object.annotations.get(key) {
                self.said.entry(object.uid.clone()).or_default().insert((note.value.clone(), note.at));
            }
        }
    }

    fn ends(&mut self, before: &Object, after: &Object) {
        let (Some((_, old)), Some((_, new))) = (before.tenant(), after.tenant()) else { return };
        if let Some(entry) = new.history.first().filter(|entry| old.history.first() != Some(entry)) {
            *self.ended.entry((after.uid.clone(), entry.slot.clone())).or_default() += 1;
        }
    }

    fn receipts(&mut self, after: &Object) {
        let Some((_, status)) = after.tenant() else { return };
        let delivered = status.notices.iter().filter(|n| n.delivered_at.is_some());
        self.receipts.extend(delivered.map(|n| (after.uid.clone(), n.key.clone(), n.contact.clone())));
    }
}

fn address(address: &Address) -> &str {
    match address {
        Address::Webhook(address) | Address::Email(address) => address,
    }
}

fn is_of(address: &Address, contact: &Contact) -> bool {
    match address {
        Address::Webhook(url) => contact.webhook.as_ref() == Some(url),
        Address::Email(email) => contact.email.as_ref() == Some(email),
    }
}

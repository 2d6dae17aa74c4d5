//! I3: no start without a delivered notice for exactly this tenant, release and slot, at least `notice` before it opens. Judged by
//! what contacts accepted, not by what the operator wrote down.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    evidence::{Leeway, Notice, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{duration, list, text, time},
    required::Required,
    verdict::Verdict,
};

#[derive(Default)]
pub struct Told {
    leeway: Leeway,
    /// What announced a date, and when it was accepted.
    accepted: Vec<(Notice, Timestamp)>,
    /// Tenant's UID and slot to the notice, in seconds, that the window had when the slot was given: an edit moves nobody (R8).
    notice: BTreeMap<(String, String), i64>,
    required: Required,
}

impl Told {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn note(&mut self, past: &Past, record: &Record) {
        self.required.note(record);
        match &record.what {
            What::Write(before, after) => self.give(past, record.from, before.as_deref(), after),
            What::Notice(notice) if notice.accepted && ["Planned", "Moved"].contains(&text(&notice.data["kind"])) => {
                self.accepted.push((notice.clone(), record.from));
            }
            _ => {}
        }
    }

    fn give(&mut self, past: &Past, at: Timestamp, before: Option<&Object>, after: &Object) {
        let Some(new) = after.slot().filter(|new| before.and_then(Object::slot) != Some(new)) else { return };
        let windows = past.since(Kind::Window, text(&new["window"]), self.leeway.since(at));
        let notice = |window: Option<&Object>| duration(window?.spec["notice"].as_str().unwrap_or("48h"));
        let least = windows.map(|window| notice(window).map_or(0, |notice| notice.as_secs())).min().unwrap_or_default();
        let known = self.notice.entry((after.uid.clone(), text(&new["opens"]).to_owned())).or_insert(least);
        *known = least.min(*known);
    }

    /// Who must have accepted is fixed when the notice is written; whoever was dropped is not waited for, but one must have.
    pub fn judge(&self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let Some((tenant, up)) = record.start() else { return };
        let slot = &up["slot"];
        let Some((opens, due)) = time(&slot["opensAt"]).zip(time(&slot["noticeUntil"])) else { return };
        for (contact, _) in self.required.of(past, self.leeway, tenant, opens, due) {
            let told = self.told(tenant, up, opens, Some(&contact));
            let wrong = || format!("{tenant} starts, but {contact} was not told in time of {} at {}", up["to"], slot["opens"]);
            verdict.note("I3", (!told).then(wrong));
        }
        let nobody = list(&tenant.spec["contacts"]).is_empty() || !self.told(tenant, up, opens, None);
        verdict.note("I3", nobody.then(|| format!("{tenant} starts, but nobody was told in time")));
    }

    fn told(&self, tenant: &Object, up: &Value, opens: Timestamp, contact: Option<&str>) -> bool {
        let slot = &up["slot"];
        let notice = self.notice.get(&(tenant.uid.clone(), text(&slot["opens"]).to_owned())).copied().unwrap_or(i64::MAX);
        self.accepted.iter().any(|(told, at)| {
            let data = &told.data;
            let this = told.uid == tenant.uid && contact.is_none_or(|contact| told.contact == contact);
            let same = data["slot"]["opens"] == slot["opens"] && data["to"] == up["to"];
            this && same && opens.as_second() - at.as_second() >= notice - self.leeway.clock.as_secs()
        })
    }
}

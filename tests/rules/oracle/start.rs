//! I2, I3 and I7: what must be so when an upgrade starts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use uplift::{
    api::{
        annotations,
        release::{CheckResult, Decision},
        tenant::{Management, NoticeKind, Slot, Upgrade},
    },
    fleet::ObjectKey,
    simulate::world::{Object, Record, What},
};

use super::{Leeway, Past, Tell, numbers, required::Required, start, upgrade};

/// A running operator has read an object by then, whatever became of its writes.
const SEEN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// What people said and what contacts accepted, although the annotation may be gone and the receipt unwritten.
#[derive(Default)]
pub struct Starts {
    leeway: Leeway,
    /// Tenant's UID to the values that it declined, and when.
    noes: BTreeMap<String, Vec<(String, Timestamp)>>,
    /// Tenant's UID to the value that stands, when it was said, and since when a running operator could see it.
    standing: BTreeMap<String, (String, Timestamp, Timestamp)>,
    /// How many processes of the operator are up.
    up: usize,
    /// Tenant's UID to the values that it took back, and when.
    yeses: BTreeMap<String, Vec<(String, Timestamp)>>,
    /// Tenant's UID, contact, slot, version, and when it was told.
    told: Vec<(String, String, String, String, Timestamp)>,
    /// Tenant's UID and slot to the notice, in seconds, that the window had when the slot was given: an edit moves nobody (R8).
    notice: BTreeMap<(String, String), i64>,
    required: Required,
}

impl Starts {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, tell: &mut Tell<'_>) {
        match &record.what {
            What::Edit(_, Some(object)) => self.hear(object, record.at),
            What::Write(before, after) => {
                self.required.note(record.at, before, after);
                self.give(past, record.at, before, after);
            }
            What::Started => {
                self.up += 1;
                self.standing.values_mut().for_each(|(_, _, since)| *since = record.at);
            }
            What::Crashed => {
                self.standing.keys().cloned().collect::<Vec<_>>().iter().for_each(|uid| self.keep(uid, record.at));
                self.up = self.up.saturating_sub(1);
            }
            What::Accepted(notice) if [NoticeKind::Planned, NoticeKind::Moved].contains(&notice.message.kind) => {
                let slot = notice.message.slot.as_ref().map(|s| s.opens.clone()).unwrap_or_default();
                let told = (
                    notice.tenant_uid.clone(),
                    notice.contact.clone(),
                    slot,
                    notice.message.to.clone().unwrap_or_default(),
                    record.at,
                );
                self.told.push(told);
            }
            _ => {}
        }
        if let Some((tenant, up)) = start(record) {
            let name = tenant.key.to_string();
            self.gates(past, record.at, tenant, up, &mut |what| tell("I2", format!("{name} starts, but {what}")));
            self.notices(past, tenant, up, &mut |what| tell("I3", format!("{name} starts, but {what}")));
            if !self.leeway.twins {
                self.in_flight(past, record.at, tenant, up, &mut |what| tell("I7", format!("{name} starts, but {what}")));
            }
        }
    }

    fn hear(&mut self, object: &Object, now: Timestamp) {
        let note = |key: &str| object.annotations.get(key).map(|note| (note.value.clone(), note.at));
        if let Some(yes) = note(annotations::OPT_IN) {
            let yeses = self.yeses.entry(object.uid.clone()).or_default();
            if !yeses.contains(&yes) {
                yeses.push(yes);
            }
        }
        let before = self.standing.get(&object.uid).map(|(value, at, _)| (value.clone(), *at));
        let no = note(annotations::OPT_OUT);
        if before == no {
            return;
        }
        self.keep(&object.uid, now);
        match no {
            Some((value, at)) => drop(self.standing.insert(object.uid.clone(), (value, at, now))),
            None => drop(self.standing.remove(&object.uid)),
        }
    }

    fn give(&mut self, past: &Past, at: Timestamp, before: &Object, after: &Object) {
        let slot = |object| upgrade(object).and_then(|up| up.slot.clone());
        let Some(new) = slot(after).filter(|new| slot(before).as_ref() != Some(new)) else { return };
        let windows = past.since(&ObjectKey::Window(new.window), self.leeway.since(at));
        let notices = windows.map(|w| w.and_then(|w| w.window()).map_or(0, |(w, _)| w.notice.as_secs()));
        let notice = notices.min().unwrap_or_default();
        let least = self.notice.entry((after.uid.clone(), new.opens)).or_insert(notice);
        *least = notice.min(*least);
    }

    /// An opt-out that stood long enough for a running operator to see it counts, although it is removed. One that nobody could see,
    /// because another overwrote it or the operator was down all the time, is nowhere.
    fn keep(&mut self, uid: &str, now: Timestamp) {
        let Some((value, at, since)) = self.standing.get(uid) else { return };
        if self.up > 0 && now.duration_since(*since) >= SEEN_AFTER + self.leeway.unseen {
            self.noes.entry(uid.to_owned()).or_default().push((value.clone(), *at));
        }
    }

    fn gates(&self, past: &Past, at: Timestamp, tenant: &Object, up: &Upgrade, tell: &mut dyn FnMut(String)) {
        let Some(slot) = &up.slot else { return tell("it has no slot".into()) };
        let window = ObjectKey::Window(slot.window.clone());
        let zone =
            past.latest(&window).and_then(|w| w.window()).map_or(TimeZone::UTC, |(w, _)| TimeZone::get(&w.time_zone).unwrap());
        let mut check = |bad: bool, what: &str| {
            if bad {
                tell(what.to_owned());
            }
        };
        let (clock, late, since) = (self.leeway.clock, self.leeway.late, self.leeway.others_since(at));
        check(!(slot.opens_at <= at + clock && at < slot.closes_at + clock + late), "its slot is not open");
        check(past.wrong_since(&window, since, |w| frozen(w, slot, &zone)), "its slot is frozen");
        let suspended = |w: Option<&Object>| w.and_then(Object::window).is_none_or(|(w, _)| w.suspend.is_some());
        check(past.wrong_since(&window, since, suspended), "its window is suspended or gone");
        let (spec, status) = tenant.tenant().unwrap();
        check(spec.suspend.is_some(), "it is suspended");
        let riddle = |value: &str| value.parse::<Date>().is_err() && !is_version(value);
        check(tenant.annotation(annotations::OPT_OUT).is_some_and(riddle), "its opt-out is neither a day nor a version");
        check(spec.management == Management::Unmanaged, "it is unmanaged");
        let pinned = spec.pin.as_ref().is_some_and(|pin| {
            let over = pin.until.is_some_and(|date| date.to_zoned(zone.clone()).unwrap().timestamp() <= at + clock);
            !over && numbers(&up.to) > numbers(&pin.version)
        });
        check(pinned, "it is pinned");
        let release = ObjectKey::Release(up.release.clone());
        check(past.wrong_since(&release, since, |r| r.is_none_or(|r| unfit(r, up, at + clock))), "its release may not start");
        let limit = past.latest(&window).and_then(|w| w.window()).and_then(|(w, _)| w.deferral.as_ref().map(|d| d.max));
        let count = status.deferrals.as_ref().map_or(0, |d| d.count);
        let may_decline = limit.is_none_or(|max| count < max);
        let own = TimeZone::get(&slot.time_zone).unwrap_or(zone);
        check(may_decline && self.declined(tenant, up, slot, &own), "the customer said no in time");
    }

    /// Whether an opt-out in time stands against this slot.
    fn declined(&self, tenant: &Object, up: &Upgrade, slot: &Slot, zone: &TimeZone) -> bool {
        let in_time = |at: &Timestamp| at.as_second() <= slot.opt_out_until.as_second();
        let said = |said: &BTreeMap<String, Vec<(String, Timestamp)>>| said.get(&tenant.uid).cloned().unwrap_or_default();
        let back = said(&self.yeses);
        let standing = self.standing.get(&tenant.uid).map(|(value, at, _)| (value.clone(), *at));
        said(&self.noes).iter().chain(&standing).any(|(value, at)| {
            let local = |at: Timestamp| at.to_zoned(zone.clone()).date();
            let fits = match value.parse::<Date>() {
                // From the day of the cut-off to the last that the slot lies on: a close at midnight belongs to the day before.
                Ok(day) => (local(slot.opt_out_until)..=local(slot.closes_at - SignedDuration::from_secs(1))).contains(&day),
                Err(_) => is_version(value) && numbers(value) == numbers(&up.to),
            };
            let undone = back.iter().any(|(v, t)| v == value && t >= at && in_time(t));
            fits && in_time(at) && !undone
        })
    }

    /// Who must have accepted is fixed when the notice is written; whoever was dropped is not waited for, but one must have.
    fn notices(&self, past: &Past, tenant: &Object, up: &Upgrade, tell: &mut dyn FnMut(String)) {
        let (Some(slot), Some((spec, _))) = (&up.slot, tenant.tenant()) else { return };
        let notice = self.notice.get(&(tenant.uid.clone(), slot.opens.clone())).copied().unwrap_or(i64::MAX);
        let told = |name: Option<&str>| {
            self.told.iter().any(|(uid, contact, opens, to, at)| {
                let this = *uid == tenant.uid && name.is_none_or(|name| contact == name) && *opens == slot.opens && *to == up.to;
                this && slot.opens_at.as_second() - at.as_second() >= notice - self.leeway.clock.as_secs()
            })
        };
        for (contact, _) in self.required.of(past, self.leeway, tenant, slot) {
            if !told(Some(&contact)) {
                tell(format!("{contact} was not told of {} at {} in time", up.to, slot.opens));
            }
        }
        if spec.contacts.is_empty() || !told(None) {
            tell("nobody was told in time".into());
        }
    }

    fn in_flight(&self, past: &Past, at: Timestamp, tenant: &Object, up: &Upgrade, tell: &mut dyn FnMut(String)) {
        let Some(window) = up.slot.as_ref().map(|slot| &slot.window) else { return };
        let runs = |object: &&std::sync::Arc<Object>| {
            let up = upgrade(object).filter(|u| u.started_at.is_some());
            object.key != tenant.key && up.and_then(|u| u.slot.as_ref()).is_some_and(|slot| slot.window == *window)
        };
        let others = past.all().filter(runs).count();
        let windows = past.since(&ObjectKey::Window(window.clone()), self.leeway.since(at));
        let cap = windows.map(|w| w.and_then(|w| w.window()).map_or(0, |(w, _)| w.max_concurrent)).max().unwrap_or_default();
        if others + 1 > cap as usize {
            tell(format!("{others} upgrades of {window} run already, and {cap} may"));
        }
    }
}

fn is_version(value: &str) -> bool {
    value.contains('.') && value.split('.').all(|part| part.parse::<u64>().is_ok())
}

fn frozen(window: Option<&Object>, slot: &Slot, zone: &TimeZone) -> bool {
    let Some((spec, _)) = window.and_then(Object::window) else { return false };
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    // The close is the first second that is not open any more.
    let (first, last) = (day(slot.opens_at), day(slot.closes_at - SignedDuration::from_secs(1)));
    spec.freezes.iter().any(|freeze| freeze.from <= last && first <= freeze.to)
}

fn unfit(release: &Object, up: &Upgrade, at: Timestamp) -> bool {
    let Some((spec, _)) = release.release() else { return true };
    let passed = |check: &str| spec.acceptance.sign_offs.iter().any(|s| s.check == check && s.result == CheckResult::Passed);
    let since = spec.acceptance.soak_from.map(|day| day.to_zoned(TimeZone::UTC).unwrap().timestamp());
    let soaked = at.as_second() - since.unwrap_or(release.created_at).as_second() >= spec.acceptance.minimum_soak.as_secs();
    let approved = spec.approval.as_ref().is_some_and(|a| a.decision == Decision::Approved);
    let accepted = soaked && spec.acceptance.checks.iter().all(|check| passed(&check.name));
    let stopped = spec.suspend.is_some() || spec.withdrawn.is_some();
    !(accepted && approved) || stopped || release.uid != up.release_uid || numbers(&spec.version) != numbers(&up.to)
}

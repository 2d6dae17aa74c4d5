//! The customer: reads letters and calendar entries in the order in which they came, does what they say, and expects it to be
//! true. What a status says is nothing to them.
//!
//! - **C1** at each start the last that they were told is that this date goes ahead;
//! - **C2** and it stands in their calendar; what was called off does not;
//! - **C3** an instruction that was followed to the letter in time has the effect that it promised; a day declines the dates that lie on it only;
//! - **C4** every opt-out and opt-in has an answer, but for stale values;
//! - **C5** nothing is announced that is not planned, and no letter is about a date that nobody announced;
//! - **C6** letters read well: nothing empty, nothing past, nothing that only machines or colleagues understand;
//! - **C7** the letter of a failure says what runs now, and it does; it offers no other try of a release that is halted or taken back; and what is new
//!   stands in each letter about a release.

mod answers;
mod inbox;
pub mod letter;
mod promise;
mod results;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;
use uplift::{
    api::tenant::{CalendarMethod, NoticeKind, NoticeRecord},
    fleet::TenantKey,
    letters::Outgoing,
    simulate::world::{Object, Record, What},
};
use uplift_testbed::judge::{self, Evidence, Kind, Required};

use super::{Broken, Leeway, Tell, start, upgrade, world::place};
use inbox::Inbox;
use letter::Date;

/// What a letter offered stands, although somebody lowers `deferral.max` of the window afterwards, as its times do (R8).
const TERMS_STAND: bool = true;

/// A span in which a tenant's contacts (or everyone's) could not be reached.
#[derive(Clone, Debug)]
pub struct Unreachable {
    pub tenant: Option<TenantKey>,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Every object as the world keeps it. The judge's own is of JSON: letters are about more than what is left there.
type Past = judge::Past<Object>;

/// What is broken in a log, in the eyes of customers. `evidence` is of this log; `until` is the end of the run.
pub fn judge(log: &[Record], evidence: &Evidence, unreachable: &[Unreachable], until: Timestamp) -> Vec<Broken> {
    let (mut past, leeway) = (Past::default(), evidence.leeway);
    let mut customers = Customers::new(leeway);
    let mut broken = vec![];
    for (record, shown) in log.iter().zip(&evidence.records) {
        let mut tell = |invariant, what: String| broken.push(Broken { invariant, at: record.at, what });
        customers.judge(&past, record, &mut tell);
        customers.must_know(shown, &mut tell);
        if let Some((key, object)) = record.changed() {
            let (kind, name) = place(key);
            past.put(kind, &name, record.at, object.ok());
        }
    }
    broken.extend(customers.answers.unanswered(&past, unreachable, leeway, until));
    broken
}

struct Customers {
    leeway: Leeway,
    /// Tenant's UID and address to what was read there.
    inboxes: BTreeMap<(String, String), Inbox>,
    /// Dates that were written down to be announced, whether or not they arrived: tenant's UID and opening.
    written: BTreeSet<(String, Timestamp)>,
    /// What was noted: tenant's UID and value.
    noted: BTreeSet<(String, String)>,
    promises: promise::Promises,
    /// Who must have been told.
    required: Required,
    shown: judge::Past,
    answers: answers::Answers,
    words: wording::Words,
    /// Somebody changed what is agreed on refusals. A date keeps the terms of its letter, the next one has others: they are not counted.
    terms_changed: bool,
}

impl Customers {
    fn new(leeway: Leeway) -> Self {
        Self {
            leeway,
            inboxes: BTreeMap::new(),
            written: BTreeSet::new(),
            noted: BTreeSet::new(),
            promises: promise::Promises::default(),
            required: Required::default(),
            shown: judge::Past::default(),
            answers: answers::Answers::default(),
            words: wording::Words::default(),
            terms_changed: false,
        }
    }

    fn judge(&mut self, past: &Past, record: &Record, tell: &mut Tell<'_>) {
        self.answers.note(record);
        self.words.note(record);
        self.promises.time(record);
        match &record.what {
            What::Accepted(notice) if notice.tenant.is_platform() => {} // no customer reads it
            What::Accepted(notice) => self.read(past, record.at, notice, tell),
            What::Edit(before, Some(after)) => self.hear(before.as_deref(), after, record.at),
            What::Write(_, after) => self.note_written(after),
            _ => {}
        }
        if let Some((tenant, up)) = start(record) {
            let Some(slot) = &up.slot else { return };
            let tell = &mut |what| tell("C3", format!("{} starts, but {what}", tenant.key));
            self.promises.starts(tenant, slot.opens_at, record.at, self.leeway, tell);
        }
    }

    /// Whoever must have been told of a start believes in its date, and has it in their calendar.
    fn must_know(&mut self, shown: &judge::Record, tell: &mut Tell<'_>) {
        self.required.note(shown);
        if let Some((tenant, up)) = shown.start() {
            self.starts(tenant, up, tell);
        }
        self.shown.add(shown);
    }

    fn note_written(&mut self, after: &Object) {
        let slot = upgrade(after).and_then(|up| up.slot.as_ref());
        self.written.extend(slot.map(|slot| (after.uid.clone(), slot.opens_at)));
    }

    fn hear(&mut self, before: Option<&Object>, after: &Object, now: Timestamp) {
        let inboxes = self.inboxes.iter().filter(|((uid, _), _)| *uid == after.uid).map(|(_, inbox)| inbox);
        let told: Vec<_> = inboxes.filter_map(|inbox| inbox.instruction.clone()).collect();
        self.promises.hear(before, after, &told, now);
        if after.window().is_some() || after.tenant().is_some() {
            // What is agreed on refusals may have changed: what letters said of them is counted anew.
            let agreed = |object: &Object| {
                let deferral = object.window().map(|(spec, _)| spec.deferral.clone());
                (deferral, object.tenant().map(|(spec, _)| spec.window_ref.clone()))
            };
            // Dates that pass, and ends that appear, take refusals too where nothing may be declined beyond an end.
            let bound = agreed(after).0.flatten().is_some_and(|deferral| deferral.until_end_of_life);
            self.terms_changed |= bound || before.is_some_and(|before| agreed(before) != agreed(after));
            if before.is_none_or(|before| agreed(before) != agreed(after)) {
                self.inboxes.values_mut().for_each(|inbox| inbox.refusals = None);
                if !TERMS_STAND {
                    self.inboxes.values_mut().for_each(|inbox| inbox.instruction = None);
                }
            }
        }
    }

    fn read(&mut self, past: &Past, at: Timestamp, notice: &Outgoing, tell: &mut Tell<'_>) {
        let id = (notice.tenant_uid.clone(), letter::address(notice));
        let inbox = self.inboxes.entry(id).or_default();
        if !inbox.is_new(notice) {
            return;
        }
        let name = format!("{} {:?}", notice.tenant, notice.message.kind);
        self.words.judge(notice, &mut |what| tell("C6", format!("{what} in a letter {name}\n{}", notice.message.text)));
        results::judge(past, notice, self.leeway, &mut |what| {
            tell("C7", format!("{what}, in a letter {name}\n{}", notice.message.text));
        });
        if let Some(left) = notice.message.refusals_left {
            // What was noted may count much later: against the date that it fits.
            let said = self.answers.said(&notice.tenant_uid);
            inbox.used += inbox.refusals.and_then(|before| before.checked_sub(left)).unwrap_or_default() as usize;
            if inbox.used > said && !self.terms_changed {
                tell("C3", format!("{name}: {} refusals are gone, and only {said} were said", inbox.used));
            }
            inbox.refusals = Some(left);
        }
        inbox.read(notice);
        // Where another date of the version stands, its letter moves the entry: it is on its way.
        let moves = |date: &Date| {
            let mut now = past.since(Kind::Tenant, &notice.tenant.to_string(), self.leeway.since(at)).flatten();
            now.any(|tenant| upgrade(tenant).is_some_and(|up| up.to == date.to && up.slot.is_some()))
        };
        // So is the word that calls it off, where it was written and is not received yet.
        let called_off = |date: &Date| {
            let takes_out = |n: &NoticeRecord| {
                let change = n.facts.as_ref().and_then(|facts| facts.calendar.as_ref());
                n.kind == NoticeKind::Postponed || change.is_some_and(|change| change.method == CalendarMethod::Cancel)
            };
            let waits = |n: &NoticeRecord| n.release == date.to && n.waits() && takes_out(n);
            let now = past.latest(Kind::Tenant, &notice.tenant.to_string()).and_then(Object::tenant);
            now.is_some_and(|(_, status)| status.notices.iter().any(waits))
        };
        if let Some(date) = inbox.phantom(at).filter(|date| !moves(date) && !called_off(date)) {
            tell("C2", format!("{name}: {} is off, and stands in the calendar", date.opens_at));
        }
        if letter::is_noted(&notice.message) {
            let value = letter::repeated(&notice.message.text);
            self.noted.extend(value.map(|value| (notice.tenant_uid.clone(), value)));
        }
        let tell_promise = &mut |what| tell("C3", format!("{name}: {what}\n{}", notice.message.text));
        promise::day_off(notice).into_iter().for_each(&mut *tell_promise);
        self.promises.offered(notice, tell_promise);
        self.announces(past, at, notice, &name, tell);
        self.promises.answered(notice, at, self.leeway, &mut |what| tell("C3", format!("{name}: {what}")));
    }

    fn announces(&self, past: &Past, at: Timestamp, notice: &Outgoing, name: &str, tell: &mut Tell<'_>) {
        let Some(date) = letter::date(&notice.message) else { return };
        let plans = |tenant: &Object| {
            let up = upgrade(tenant).filter(|up| up.to == date.to);
            tenant.uid == notice.tenant_uid && up.and_then(|up| up.slot.as_ref()).is_some_and(|s| s.opens_at == date.opens_at)
        };
        if [NoticeKind::Planned, NoticeKind::Moved].contains(&notice.message.kind) {
            let mut tenants = past.since(Kind::Tenant, &notice.tenant.to_string(), self.leeway.since(at)).flatten();
            if !tenants.any(plans) {
                tell("C5", format!("{name}: {} is announced, and not planned", date.opens_at));
            }
        } else if !self.written.contains(&(notice.tenant_uid.clone(), date.opens_at)) && !self.settles_a_noted_one(notice) {
            tell("C5", format!("{name}: it is about {}, which was never given", date.opens_at));
        }
    }

    /// A day that was noted is answered when it comes up: the customer named that date themselves.
    fn settles_a_noted_one(&self, notice: &Outgoing) -> bool {
        let value = letter::repeated(&notice.message.text);
        value.is_some_and(|value| self.noted.contains(&(notice.tenant_uid.clone(), value)))
    }

    fn starts(&self, tenant: &judge::Object, up: &Value, tell: &mut Tell<'_>) {
        let time = |field: &str| up["slot"][field].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        let Some((opens_at, due)) = time("opensAt").zip(time("noticeUntil")) else { return };
        let date = Date { opens_at, to: up["to"].as_str().unwrap_or_default().to_owned() };
        for (contact, address) in self.required.of(&self.shown, self.leeway, tenant, opens_at, due) {
            let inbox = self.inboxes.get(&(tenant.uid.clone(), address));
            let belief = inbox.map(|inbox| &inbox.belief);
            if !inbox.is_some_and(|inbox| inbox.goes_ahead(&date)) {
                tell("C1", format!("{tenant} starts, but the last that {contact} was told is {belief:?}"));
            } else if !inbox.is_some_and(|inbox| inbox.has_entry(&date)) {
                tell("C2", format!("{tenant} starts, but it does not stand in the calendar of {contact}"));
            }
        }
    }
}

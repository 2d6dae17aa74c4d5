//! C3: an instruction of a letter, followed to the letter and in time, has the effect that it promised: that date is off, and no
//! letter says otherwise, until the customer takes it back.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil};
use uplift::{
    api::{annotations, tenant::NoticeKind},
    letters::{Outgoing, SlotTimes},
    simulate::world::{Note, Object, Record, What},
};

use super::letter::{self, Instruction};
use crate::oracle::Leeway;

/// A day says no to the dates that lie on it, and to no other.
pub fn day_off(notice: &Outgoing) -> Option<String> {
    let (value, day, slot) = declines(notice)?;
    (!letter::days(slot).contains(&day)).then(|| format!("{value:?} is no day of {}", slot.opens))
}

/// An answer to a day that names a date. It may carry another without a word of it: the one that leaves the calendar.
fn declines(notice: &Outgoing) -> Option<(String, civil::Date, &SlotTimes)> {
    let message = &notice.message;
    let slot = message.slot.as_ref().filter(|slot| message.text.contains(&slot.local.opens))?;
    let value = letter::repeated(&message.text).filter(|_| letter::answers_opt_out(message.kind))?;
    let day = value.parse().ok()?;
    Some((value, day, slot))
}

/// A running operator has read an object by then, whatever became of its writes.
const SEEN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// An instruction that somebody followed.
struct Followed {
    told: Instruction,
    said_at: Timestamp,
    /// Until when the annotation stood; none: it stands.
    gone: Option<Timestamp>,
}

/// A date that was declined by its day.
struct Off {
    value: String,
    slot: SlotTimes,
    told_at: Timestamp,
}

#[derive(Default)]
pub struct Promises {
    /// Tenant's UID to what was followed there.
    followed: BTreeMap<String, Vec<Followed>>,
    /// Tenant's UID to what an answer said that it does not take place.
    off: BTreeMap<String, Vec<Off>>,
    /// When processes of the operator ran: since, until.
    ups: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Promises {
    pub fn time(&mut self, record: &Record) {
        match record.what {
            What::Started => self.ups.push((record.at, None)),
            What::Crashed => {
                if let Some(up) = self.ups.iter_mut().find(|(_, until)| until.is_none()) {
                    up.1 = Some(record.at);
                }
            }
            _ => {}
        }
    }

    /// Somebody wrote something on a tenant.
    pub fn hear(&mut self, before: Option<&Object>, after: &Object, told: &[Instruction], now: Timestamp) {
        let all = self.followed.entry(after.uid.clone()).or_default();
        let note = |object: &Object, key: &str| object.annotations.get(key).cloned();
        let (old, new) = (before.and_then(|b| note(b, annotations::OPT_OUT)), note(after, annotations::OPT_OUT));
        if let Some(yes) =
            note(after, annotations::OPT_IN).filter(|yes| before.and_then(|b| note(b, annotations::OPT_IN)).as_ref() != Some(yes))
        {
            all.retain(|followed| followed.told.value != yes.value);
            self.off.entry(after.uid.clone()).or_default().retain(|off| off.value != yes.value);
        }
        if old == new {
            return;
        }
        all.iter_mut().filter(|followed| followed.gone.is_none()).for_each(|followed| followed.gone = Some(now));
        let Some(Note { value, at, .. }) = new else { return };
        let fits = |told: &&Instruction| told.value == value && at.as_second() <= told.until.as_second();
        let new = told.iter().filter(fits).map(|told| Followed { told: told.clone(), said_at: at, gone: None });
        all.extend(new);
    }

    /// The answer says what was promised.
    pub fn answered(&mut self, notice: &Outgoing, now: Timestamp, leeway: Leeway, tell: &mut dyn FnMut(String)) {
        let (kind, date) = (notice.message.kind, letter::date(&notice.message));
        let refuses = [NoticeKind::OptOutTooLate, NoticeKind::OptOutLimitReached].contains(&kind);
        let followed = self.followed.get(&notice.tenant_uid).into_iter().flatten();
        let of_date = followed.filter(|followed| refuses && date.as_ref() == Some(&followed.told.date));
        for followed in of_date.filter(|followed| self.could_be_seen(followed, now, leeway)) {
            tell(format!("{:?} was said in time for {}, as a letter asked", followed.told.value, followed.told.date.opens_at));
        }
        // Announced anew, it may be declined anew.
        let Some(all) = self.followed.get_mut(&notice.tenant_uid) else { return };
        if [NoticeKind::Planned, NoticeKind::Moved].contains(&kind) {
            all.retain(|followed| date.as_ref() != Some(&followed.told.date) || followed.said_at > notice.created_at);
        }
    }

    /// What does not take place is not offered again: not later on, nor shorter.
    pub fn offered(&mut self, notice: &Outgoing, tell: &mut dyn FnMut(String)) {
        let Some(slot) = &notice.message.slot else { return };
        let all = self.off.entry(notice.tenant_uid.clone()).or_default();
        if [NoticeKind::Planned, NoticeKind::Moved].contains(&notice.message.kind) {
            let again = |off: &&Off| {
                off.told_at < notice.created_at && off.slot.opens_at < slot.closes_at && slot.opens_at < off.slot.closes_at
            };
            for off in all.iter().filter(again) {
                tell(format!("{} was declined by {:?}, and is offered again", off.slot.opens, off.value));
            }
        }
        let accepted = notice.message.kind == NoticeKind::OptOutAccepted && !letter::is_noted(&notice.message);
        let day = declines(notice).filter(|_| accepted);
        all.extend(day.map(|(value, _, slot)| Off { value, slot: slot.clone(), told_at: notice.created_at }));
    }

    pub fn starts(&self, tenant: &Object, opens_at: Timestamp, now: Timestamp, leeway: Leeway, tell: &mut dyn FnMut(String)) {
        let all = self.followed.get(&tenant.uid).map_or(&[][..], Vec::as_slice);
        let broken =
            all.iter().filter(|followed| followed.told.date.opens_at == opens_at && self.could_be_seen(followed, now, leeway));
        for followed in broken {
            tell(format!("{:?} was said at {}, as a letter asked to decline it", followed.told.value, followed.said_at));
        }
    }

    /// What stands at the start is seen, by its resourceVersion; what is gone was seen if a process ran long enough meanwhile.
    fn could_be_seen(&self, followed: &Followed, now: Timestamp, leeway: Leeway) -> bool {
        let Some(gone) = followed.gone else { return true };
        let long = |(since, until): &(Timestamp, Option<Timestamp>)| {
            let (from, to) = ((*since).max(followed.said_at), until.unwrap_or(now).min(gone));
            to.duration_since(from) >= SEEN_AFTER + leeway.unseen
        };
        self.ups.iter().any(long)
    }
}

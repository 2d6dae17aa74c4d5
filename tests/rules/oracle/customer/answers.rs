//! C4: every opt-out and opt-in has an answer, but for stale values. What nobody could read or answer is excused.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use uplift::{
    api::{
        annotations,
        tenant::{Management, NoticeKind},
    },
    fleet::ObjectKey,
    letters::{Outgoing, SlotTimes},
    simulate::world::{Note, Object, Record, What},
};
use uplift_testbed::judge::Kind;

use super::{Past, Unreachable, letter};
use crate::oracle::{Broken, Leeway, numbers, world::place};

/// An answer is tried so long.
const TRIED: SignedDuration = SignedDuration::from_hours(24);
/// How long the operator of a history is down at most: two outages of ten days that overlap are one.
const LONGEST_DOWN: SignedDuration = SignedDuration::from_hours(24 * 20);
/// A running operator has read an object by then.
const SEEN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// Something that somebody said.
struct Said {
    uid: String,
    key: ObjectKey,
    yes: bool,
    value: String,
    at: Timestamp,
    /// Until when it stood.
    gone: Option<Timestamp>,
}

#[derive(Default)]
pub struct Answers {
    said: Vec<Said>,
    letters: Vec<(Timestamp, Outgoing)>,
    downs: Vec<Timestamp>,
}

impl Answers {
    pub fn note(&mut self, record: &Record) {
        match &record.what {
            What::Accepted(notice) => self.letters.push((record.at, (**notice).clone())),
            What::Crashed => self.downs.push(record.at),
            What::Edit(before, Some(after)) if after.tenant().is_some() => {
                for (key, yes) in [(annotations::OPT_OUT, false), (annotations::OPT_IN, true)] {
                    let old = before.as_ref().and_then(|b| b.annotations.get(key));
                    self.hear(after, yes, old, after.annotations.get(key), record.at);
                }
            }
            _ => {}
        }
    }

    fn hear(&mut self, after: &Object, yes: bool, old: Option<&Note>, new: Option<&Note>, now: Timestamp) {
        if old == new {
            return;
        }
        let open = self.said.iter_mut().filter(|said| said.uid == after.uid && said.yes == yes && said.gone.is_none());
        open.for_each(|said| said.gone = Some(now));
        let (uid, key) = (after.uid.clone(), after.key.clone());
        let said = new.map(|note| Said { uid, key, yes, value: note.value.clone(), at: note.at, gone: None });
        self.said.extend(said);
    }

    /// How many opt-outs were said on a tenant.
    pub fn said(&self, uid: &str) -> usize {
        self.said.iter().filter(|said| said.uid == uid && !said.yes).count()
    }

    /// What was said and never answered.
    pub fn unanswered(&self, past: &Past, unreachable: &[Unreachable], leeway: Leeway, until: Timestamp) -> Vec<Broken> {
        let silent = self.said.iter().enumerate().filter(|(nth, said)| {
            let due = said.at + SEEN_AFTER + leeway.unseen + TRIED;
            due <= until
                && !self.excused(past, unreachable, leeway, said, due)
                && !self.repeats(*nth)
                && (if said.yes { self.wants_yes(past, said) } else { self.wants_no(past, leeway, said) })
                && !self.has_answer(said, due)
        });
        let what = |said: &Said| {
            let word = if said.yes { "opt-in" } else { "opt-out" };
            format!("{}: the {word} {:?} has no answer", said.key, said.value)
        };
        silent.map(|(_, said)| Broken { invariant: "C4", at: said.at, what: what(said) }).collect()
    }

    fn excused(&self, past: &Past, unreachable: &[Unreachable], leeway: Leeway, said: &Said, due: Timestamp) -> bool {
        let seen = said.gone.is_none_or(|gone| gone >= said.at + SEEN_AFTER + leeway.unseen);
        let down = self.downs.iter().any(|at| *at <= due && *at + LONGEST_DOWN >= said.at);
        let deaf = unreachable.iter().any(|span| {
            let theirs = span.tenant.as_ref().is_none_or(|key| ObjectKey::Tenant(key.clone()) == said.key);
            theirs && span.from <= due && span.until >= said.at
        });
        !seen || down || deaf || !settled(past, said, due)
    }

    /// The same again, with nothing said in between that took it back.
    fn repeats(&self, nth: usize) -> bool {
        let said = &self.said[nth];
        let before = self.said[..nth].iter().rev().filter(|other| other.uid == said.uid);
        before.take_while(|other| !(other.yes != said.yes && other.value == said.value)).any(|other| other.value == said.value)
    }

    fn has_answer(&self, said: &Said, due: Timestamp) -> bool {
        let kind = |kind| if said.yes { kind == NoticeKind::OptOutUndone } else { letter::answers_opt_out(kind) };
        let mut theirs = self.letters.iter().filter(|(at, notice)| notice.tenant_uid == said.uid && *at >= said.at && *at <= due);
        theirs.any(|(_, notice)| kind(notice.message.kind) && names(&notice.message.text, &said.value))
    }

    /// What the customer was told last before an instant, of the date that stands.
    fn standing(&self, said: &Said) -> Option<&Outgoing> {
        let theirs = self.letters.iter().filter(|(at, notice)| notice.tenant_uid == said.uid && *at < said.at);
        let dated = |notice: &&Outgoing| letter::says(&notice.message) != letter::Says::Nothing;
        let last = theirs.map(|(_, notice)| notice).rfind(dated)?;
        matches!(letter::says(&last.message), letter::Says::GoesAhead(_)).then_some(last)
    }

    fn wants_no(&self, past: &Past, leeway: Leeway, said: &Said) -> bool {
        let (kind, name) = place(&said.key);
        let standing = self.standing(said).and_then(|notice| Some((notice, notice.message.slot.as_ref()?)));
        let standing = standing.filter(|(_, slot)| said.at + SEEN_AFTER + leeway.unseen < slot.closes_at);
        if let Ok(day) = said.value.parse::<Date>() {
            // A day that is over everywhere is stale once its upgrade has ended, whether or not the letter of its result arrived.
            let over = day.saturating_add(SignedDuration::from_hours(48)) < utc_day(said.at);
            let stands = |slot: &SlotTimes| {
                let now =
                    past.versions(kind, &name).iter().rfind(|(at, _)| *at <= said.at).and_then(|(_, object)| object.clone());
                let slot_now = now.and_then(|object| object.tenant()?.1.upgrade.as_ref()?.slot.as_ref().map(|s| s.opens_at));
                slot_now == Some(slot.opens_at)
            };
            // So is one that is over where the customer is, once that upgrade has ended in the very moment.
            let seen = said.at + SEEN_AFTER + leeway.unseen;
            let over = over || standing.is_some_and(|(_, slot)| day < letter::day_there(slot, seen));
            // So is the day of one that has ended with a failure, be it in the very moment, although another try may still come.
            let over = over || standing.is_some_and(|(notice, _)| self.has_failed(said, notice, said.at + leeway.unseen));
            let covered = standing.is_some_and(|(_, slot)| letter::days(slot).contains(&day) && (!over || stands(slot)));
            return covered || day > utc_day(said.at).saturating_add(SignedDuration::from_hours(48));
        }
        let is_version = said.value.split('.').count() > 1 && said.value.split('.').all(|part| part.parse::<u64>().is_ok());
        // What runs by the time that it is seen is stale, and so is what is older.
        let soon = said.at + SEEN_AFTER + leeway.unseen;
        let mut by_then =
            past.versions(kind, &name).iter().filter(|(at, _)| *at <= soon).filter_map(|(_, object)| object.clone());
        let is_past = |version: &String| is_version && numbers(version) >= numbers(&said.value);
        if by_then.any(|object| object.tenant().is_some_and(|(_, status)| status.version.as_ref().is_some_and(is_past))) {
            return false;
        }
        let planned = standing.is_some_and(|(notice, _)| notice.message.to.as_ref() == Some(&said.value));
        let highest =
            past.ever(Kind::Release).filter_map(|object| object.release().map(|(spec, _)| numbers(&spec.version))).max();
        is_version && (planned || highest.is_none_or(|highest| numbers(&said.value) > highest))
    }

    /// Whether a letter said by then that the upgrade of this date failed.
    fn has_failed(&self, said: &Said, standing: &Outgoing, by: Timestamp) -> bool {
        let failed = |notice: &Outgoing| matches!(notice.message.kind, NoticeKind::Failed | NoticeKind::RolledBack);
        let theirs = self.letters.iter().filter(|(at, notice)| notice.tenant_uid == said.uid && *at <= by);
        let same = |notice: &Outgoing| letter::date(&notice.message) == letter::date(&standing.message);
        theirs.map(|(_, notice)| notice).any(|notice| failed(notice) && same(notice))
    }

    /// An opt-in takes back what was accepted of a date whose cut-off has not come.
    fn wants_yes(&self, past: &Past, said: &Said) -> bool {
        let theirs = || self.letters.iter().filter(|(at, notice)| notice.tenant_uid == said.uid && *at < said.at);
        let about = |notice: &Outgoing| letter::repeated(&notice.message.text).as_ref() == Some(&said.value);
        let kinds = |kind| letter::answers_opt_out(kind) || kind == NoticeKind::OptOutUndone;
        let Some((_, last)) = theirs().rfind(|(_, notice)| kinds(notice.message.kind) && about(notice)) else { return false };
        if letter::is_noted(&last.message) {
            return false;
        }
        if said.value.parse::<Date>().is_ok() {
            let accepted = last.message.kind == NoticeKind::OptOutAccepted;
            return accepted && last.message.slot.as_ref().is_some_and(|slot| said.at <= slot.opt_out_until);
        }
        let runs = past
            .ever(Kind::Tenant)
            .filter(|object| object.uid == said.uid)
            .filter_map(|object| object.tenant()?.1.version.clone());
        runs.map(|version| numbers(&version)).max().is_some_and(|runs| numbers(&said.value) > runs)
    }
}

/// Whether a letter is about what was said: it repeats it, or repeats nothing. What it asks the customer to write repeats nothing.
fn names(text: &str, value: &str) -> bool {
    let (said, _) = text.split_once("(uplift.dev/").unwrap_or((text, ""));
    text.contains(&format!("{value:?}")) || !said.contains('"')
}

fn utc_day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The tenant was there all the time, managed, with the same contacts, in a window that exists.
fn settled(past: &Past, said: &Said, due: Timestamp) -> bool {
    let during = |key: &ObjectKey| {
        let (kind, name) = place(key);
        let all = past.versions(kind, &name);
        let first = all.iter().rposition(|(at, _)| *at <= said.at).unwrap_or_default();
        let during = all[first..].iter().take_while(|(at, _)| *at <= due).map(|(_, object)| object.clone());
        during.collect::<Vec<_>>()
    };
    let tenants = during(&said.key);
    let Some((first, _)) = tenants.first().and_then(|tenant| tenant.as_ref()?.tenant()) else { return false };
    let same = tenants.iter().all(|tenant| {
        let spec =
            tenant.as_ref().filter(|tenant| tenant.uid == said.uid).and_then(|tenant| tenant.tenant()).map(|(spec, _)| spec);
        spec.is_some_and(|spec| {
            let same = spec.contacts == first.contacts && spec.window_ref == first.window_ref;
            same && spec.management == Management::Managed && !spec.contacts.is_empty()
        })
    });
    let windows = during(&ObjectKey::Window(first.window_ref.name.clone()));
    let open = |object: &Object| object.window().is_some_and(|(_, status)| !status.occurrences.is_empty());
    same && windows.iter().all(|window| window.as_ref().is_some_and(|window| open(window))) && !windows.is_empty()
}

//! What customers said, as far as a running operator could hear it: an annotation may be gone by the time of the start.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    i2_limit,
    object::{Kind, Object},
    read::{is_version, list, numbers, text, time},
};

const OPT_OUT: &str = "uplift.dev/opt-out";
const OPT_IN: &str = "uplift.dev/opt-in";
/// A running operator has read an object by then, whatever became of its writes.
const SEEN_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// A value, and when it was said.
type Word = (String, Timestamp);

/// Everything by tenants' UIDs.
#[derive(Default)]
pub struct Said {
    leeway: Leeway,
    /// How many processes of the operator are up.
    up: usize,
    /// The values that were declined, although the annotation may be gone.
    noes: BTreeMap<String, Vec<Word>>,
    /// The value that stands, and since when a running operator could see it.
    standing: BTreeMap<String, (Word, Timestamp)>,
    /// The values that were taken back.
    yeses: BTreeMap<String, Vec<Word>>,
    /// What was answered to words that met a limit, and were taken back then.
    limits: BTreeMap<String, Vec<Value>>,
    /// All of them: each may have its own answer.
    words: BTreeMap<String, BTreeSet<Word>>,
}

impl Said {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn note(&mut self, record: &Record) {
        match &record.what {
            What::Edit(before, Some(object)) if object.kind == Kind::Tenant => self.hear(before.as_deref(), object, record.until),
            What::Write(Some(before), after) if after.kind == Kind::Tenant => {
                let taken_back = i2_limit::taken_back(before, after).cloned();
                self.limits.entry(after.uid.clone()).or_default().extend(taken_back);
            }
            What::Started => {
                self.up += 1;
                self.standing.values_mut().for_each(|(_, since)| *since = record.until);
            }
            What::Crashed => {
                self.standing.keys().cloned().collect::<Vec<_>>().iter().for_each(|uid| self.keep(uid, record.until));
                self.up = self.up.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// How many words were said.
    pub fn words(&self, uid: &str) -> usize {
        self.words.get(uid).map_or(0, BTreeSet::len)
    }

    fn hear(&mut self, before: Option<&Object>, object: &Object, now: Timestamp) {
        let uid = &object.uid;
        if let Some(yes) = yes(before, object, now) {
            self.yeses.entry(uid.clone()).or_default().push(yes.clone());
            self.words.entry(uid.clone()).or_default().insert(yes);
        }
        let no = no(object, now);
        if self.standing.get(uid).map(|(word, _)| word) == no.as_ref() {
            return;
        }
        self.keep(uid, now);
        match no {
            Some(no) => {
                self.words.entry(uid.clone()).or_default().insert(no.clone());
                self.standing.insert(uid.clone(), (no, now));
            }
            None => drop(self.standing.remove(uid)),
        }
    }

    /// An opt-out that stood long enough for a running operator to see it counts, although it is removed. One that nobody could see,
    /// because another overwrote it or the operator was down all the time, is nowhere.
    fn keep(&mut self, uid: &str, now: Timestamp) {
        let Some((word, since)) = self.standing.get(uid) else { return };
        if self.up > 0 && now.duration_since(*since) >= SEEN_AFTER + self.leeway.unseen {
            self.noes.entry(uid.to_owned()).or_default().push(word.clone());
        }
    }

    /// Whether an opt-out in time stands against this upgrade's slot.
    pub fn declined(&self, tenant: &Object, up: &Value, zone: &TimeZone) -> bool {
        let slot = &up["slot"];
        let Some((until, closes)) = time(&slot["optOutUntil"]).zip(time(&slot["closesAt"])) else { return false };
        let in_time = |at: Timestamp| at.as_second() <= until.as_second();
        let local = |at: Timestamp| at.to_zoned(zone.clone()).date();
        // From the day of the cut-off to the last that the slot lies on: a close at midnight belongs to the day before.
        let days = local(until)..=local(closes - SignedDuration::from_secs(1));
        let fits = |value: &str| match value.parse::<Date>() {
            Ok(day) => days.contains(&day),
            Err(_) => is_version(value) && numbers(value) == numbers(text(&up["to"])),
        };
        let yeses = self.yeses.get(&tenant.uid).map_or(&[][..], Vec::as_slice);
        let undone = |value: &str, at: Timestamp| yeses.iter().any(|(v, t)| v == value && *t >= at && in_time(*t));
        let noes = self.noes.get(&tenant.uid).into_iter().flatten();
        let mut all = noes.chain(self.standing.get(&tenant.uid).map(|(word, _)| word));
        let limits = self.limits.get(&tenant.uid).into_iter().flatten();
        let told: Vec<_> = list(tenant.status("optOuts")).iter().chain(limits).collect();
        let answered = |value: &str, at| told.iter().any(|one| i2_limit::is_answer(one, slot, value, at));
        all.any(|(value, at)| fits(value) && in_time(*at) && !undone(value, *at) && !answered(value, *at))
    }
}

/// An opt-out that is neither a day nor a version: nobody knows what it means, so nothing may start.
pub fn is_riddle(tenant: &Object) -> bool {
    tenant.annotation(OPT_OUT).is_some_and(|value| value.parse::<Date>().is_err() && !is_version(value))
}

/// Admission's stamp says when. Without one it was when it was written.
fn no(object: &Object, now: Timestamp) -> Option<Word> {
    let stamp = time(&object.metadata["annotations"]["uplift.dev/opt-out-at"]);
    Some((object.annotation(OPT_OUT)?.to_owned(), stamp.unwrap_or(now)))
}

/// Nobody stamps an opt-in: it is said when its value is new.
fn yes(before: Option<&Object>, object: &Object, now: Timestamp) -> Option<Word> {
    let value = object.annotation(OPT_IN)?;
    let new = before.and_then(|before| before.annotation(OPT_IN)) != Some(value);
    let second = Timestamp::from_second(now.as_second()).unwrap_or(now); // like a stamp
    new.then(|| (value.to_owned(), second))
}

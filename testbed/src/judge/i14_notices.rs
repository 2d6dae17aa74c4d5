//! I14 for what customers are told of ends (R29): what was to be told by then and nothing else, each end once at each threshold, to the side that is
//! responsible; never what no longer runs; at most one letter a day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    evidence::{Leeway, Notice, Record, What},
    i14_digest::PLATFORM,
    i14_software::{self, End},
    object::{Kind, Object},
    past::Past,
    read::{duration, list, text, time, utc_day},
    verdict::Verdict,
};

/// So long after a letter the next one may wait for its day.
const DAY: SignedDuration = SignedDuration::from_hours(26);

/// Tenant's UID, contact, and what it is told.
type Id = (String, String, String);

#[derive(Default)]
pub struct Ends {
    leeway: Leeway,
    starts: usize,
    /// To the keys under which it was accepted.
    told: BTreeMap<Id, BTreeSet<String>>,
    /// What was told of products: UID, what, when it ends, and how long before.
    of_products: BTreeSet<[String; 4]>,
}

/// What was known at the time of a record.
struct At<'p> {
    past: &'p Past,
    since: Timestamp,
    /// The earliest and the latest that the operator's clock may have shown.
    early: Timestamp,
    late: Timestamp,
}

impl Ends {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let since = self.leeway.since(record.from);
        let at = At { past, since, early: since - self.leeway.clock, late: record.until + self.leeway.clock };
        match &record.what {
            What::Started => self.starts += 1,
            What::Notice(notice) if notice.tenant != PLATFORM && text(&notice.data["kind"]).starts_with("Support") => {
                // What was sent may be on its way while it is taken back.
                let sent = self.leeway.others_since(record.from) - self.leeway.late - self.leeway.deposed;
                self.read(&At { since: sent, ..at }, notice, verdict);
            }
            What::Write(Some(before), after) if after.kind == Kind::Tenant => at.written(before, after, verdict),
            What::Write(Some(before), after) if after.kind == Kind::Product => self.of_product(&at, before, after, verdict),
            _ => {}
        }
    }

    /// What is the platform's: each end once at each threshold, when it has passed, by UTC; and of installations and licences none is left out.
    fn of_product(&mut self, at: &At, before: &Object, after: &Object, verdict: &mut Verdict) {
        let (old, new) = (list(before.status("notices")), list(after.status("notices")));
        let spec = &before.spec;
        // A receipt makes no other word of it.
        let parts = |told: &Value| ["subject", "endsOn", "before", "toldAt"].map(|part| told[part].clone());
        let known = |told: &Value| old.iter().any(|known| parts(known) == parts(told));
        for told in new.iter().filter(|told| !known(told)) {
            let [subject, on, ahead] = ["subject", "endsOn", "before"].map(|part| text(&told[part]).to_owned());
            let early = utc_day(&on).is_some_and(|day| day - duration(&ahead).unwrap_or_default() > at.late);
            verdict.note("I14", early.then(|| format!("{after} tells {told} too early")));
            let first = self.of_products.insert([after.uid.clone(), subject.clone(), on.clone(), ahead]);
            verdict.note("I14", (!first).then(|| format!("{after} tells {told} again")));
            let license = |one: &Value| format!("license/{}", text(&one["name"])) == subject && one["expires"] == on;
            let is = list(&spec["licenses"]).iter().any(license) || i14_software::end_in(spec, &subject) == End::On(on);
            verdict.note("I14", (!is).then(|| format!("{after} tells {told}, and does not say so")));
        }
        let licenses = list(&spec["licenses"])
            .iter()
            .map(|one| (format!("license/{}", text(&one["name"])), text(&one["expires"]).to_owned()));
        let provided = list(&spec["installations"]).iter().filter(|one| one["responsibility"] != "Customer");
        let versions = provided.filter_map(|one| match i14_software::end_in(spec, text(&one["version"])) {
            End::On(on) => Some((text(&one["version"]).to_owned(), on)),
            _ => None,
        });
        for (subject, on) in licenses.chain(versions) {
            let told: Vec<_> = new.iter().filter(|told| told["subject"] == *subject && told["endsOn"] == *on).collect();
            let silent = utc_day(&on).is_some_and(|day| at.is_silent(spec, day, &told));
            verdict.note("I14", silent.then(|| format!("{after} does not tell that {subject} ends on {on}: {told:?}")));
        }
    }

    fn read(&mut self, at: &At, notice: &Notice, verdict: &mut Verdict) {
        let most = self.starts.max(1) + self.leeway.lost;
        let empty = list(&notice.data["ends"]).is_empty();
        verdict.note("I14", empty.then(|| format!("{} of {} tells nothing", notice.key, notice.tenant)));
        for end in list(&notice.data["ends"]) {
            let foreign = at.foreign(&notice.tenant, end);
            verdict.note("I14", foreign.map(|why| format!("{} of {} tells {end}: {why}", notice.key, notice.tenant)));
            let id = (notice.uid.clone(), notice.contact.clone(), format!("{} {}", named(end), end["before"]));
            let keys = self.told.entry(id).or_default();
            if notice.accepted {
                keys.insert(notice.key.clone());
            }
            let again = || format!("{} is told {end} under {keys:?}", notice.tenant);
            verdict.note("I14", (keys.len() > most).then(again));
        }
    }
}

impl At<'_> {
    /// Whether more was due of what ends on this day than these words say.
    fn is_silent(&self, product: &Value, day: Timestamp, told: &[&Value]) -> bool {
        let said = |nearer: SignedDuration| {
            told.iter().any(|told| text(&told["before"]).parse::<SignedDuration>().map_or(true, |said| said <= nearer))
        };
        let passed = |before: &SignedDuration| day - *before <= self.early;
        let due = asked(product).into_iter().filter(passed).min();
        let due = if day <= self.early { Some(SignedDuration::ZERO) } else { due };
        due.is_some_and(|due| !said(due))
    }

    /// Why this end is none of the customer's.
    fn foreign(&self, tenant: &str, end: &Value) -> Option<&'static str> {
        let known: Vec<&Object> = self.past.since(Kind::Tenant, tenant, self.since).flatten().collect();
        let says = |tenant: &&Object| list(tenant.status("support")).iter().any(|said| theirs(said) && is_of(end, said));
        let said = known.iter().any(says);
        let Some(dependency) = end["dependency"].as_str() else {
            return (!said).then_some("it does not run");
        };
        // Nobody knows of a product that is gone: what was written may still be so.
        let lost = |tenant: &&Object| {
            let mut named = list(tenant.status("support")).iter().filter(|said| said["dependency"] == dependency);
            named.any(|said| said["endsOn"].is_null())
        };
        if known.iter().any(lost) {
            return None;
        }
        if !said {
            return Some("it does not run, or is not theirs");
        }
        let declared = |tenant: &&Object| {
            let mut named = list(&tenant.spec["dependencies"]).iter().filter(|one| one["name"] == dependency);
            named.any(|one| self.is_customers(one) && self.ends(one, end))
        };
        (!known.iter().any(declared)).then_some("they do not have to replace it, or it does not end then")
    }

    fn is_customers(&self, dependency: &Value) -> bool {
        let Some(installation) = dependency["installation"].as_str() else { return dependency["responsibility"] == "Customer" };
        let mut products = self.past.all_since(Kind::Product, self.since);
        products.any(|product| {
            let mut named = list(&product.spec["installations"]).iter().filter(|one| one["name"] == installation);
            named.any(|one| one["responsibility"] == "Customer")
        })
    }

    fn ends(&self, dependency: &Value, end: &Value) -> bool {
        i14_software::ends(self.past, dependency, self.since).contains(&End::On(text(&end["endsOn"]).to_owned()))
    }

    fn written(&self, before: &Object, after: &Object, verdict: &mut Verdict) {
        let (old, new) = (list(before.status("supportNotices")), list(after.status("supportNotices")));
        // What nobody accepted may be taken back.
        let last = old.iter().filter(|told| new.contains(told)).filter_map(|told| time(&told["toldAt"])).max();
        for told in new.iter().filter(|told| !old.contains(told)) {
            let wrong =
                self.untimely(after, told).or_else(|| self.second_of_a_day(after, told, last)).or_else(|| unwritten(after, told));
            verdict.note("I14", wrong.map(|why| format!("{after} is told {told}: {why}")));
        }
        // While an upgrade runs nobody hears of what it may replace. What a letter has no room for, or the day, comes on the next.
        let busy = after.started().is_some() || before.started().is_some();
        let lately = new.iter().chain(old).filter_map(|told| time(&told["toldAt"])).any(|at| at + DAY > self.early);
        if busy || lately || waits(after) || list(&after.spec["contacts"]).is_empty() {
            return;
        }
        let known = |said: &Value| said["dependency"].is_string() || after.status("version").is_string();
        let silent = |said: &&Value| {
            theirs(said)
                && known(said)
                && self.is_due(after, said)
                && !new.iter().any(|told| is_of(told, said) && !self.more_is_due(after, told))
        };
        let silent = list(after.status("support")).iter().find(silent);
        verdict.note("I14", silent.map(|said| format!("{after} is not told of {said}")));
    }

    /// It was not due, or more was.
    fn untimely(&self, tenant: &Object, told: &Value) -> Option<&'static str> {
        let (days, lists) = (self.days(tenant, text(&told["endsOn"])), self.thresholds(text(&told["subject"])));
        let Some(before) = told["before"].as_str() else {
            return (!days.iter().any(|day| *day <= self.late)).then_some("that day has not come");
        };
        let before = duration(before)?;
        if !lists.iter().any(|list| list.contains(&before)) {
            return Some("nobody asked for it so early");
        }
        if !days.iter().any(|day| *day - before <= self.late) {
            return Some("it is too early");
        }
        self.more_is_due(tenant, told).then_some("more was due")
    }

    /// Whether a threshold after that one has passed, whatever was edited lately.
    fn more_is_due(&self, tenant: &Object, told: &Value) -> bool {
        let Some(before) = told["before"].as_str().and_then(duration) else { return false };
        self.has_passed(tenant, told, before)
    }

    /// Whether it was to be told.
    fn is_due(&self, tenant: &Object, said: &Value) -> bool {
        self.has_passed(tenant, said, SignedDuration::MAX)
    }

    fn has_passed(&self, tenant: &Object, end: &Value, nearer_than: SignedDuration) -> bool {
        let (days, lists) = (self.days(tenant, text(&end["endsOn"])), self.thresholds(text(&end["subject"])));
        let passed = |day: Timestamp| {
            let next = |before: &SignedDuration| *before < nearer_than && day - *before <= self.early;
            day <= self.early || !lists.is_empty() && lists.iter().all(|list| list.iter().any(next))
        };
        !days.is_empty() && days.into_iter().all(passed)
    }

    fn second_of_a_day(&self, tenant: &Object, told: &Value, last: Option<Timestamp>) -> Option<&'static str> {
        let (at, last) = (time(&told["toldAt"])?, last?);
        let same = |zone: &TimeZone| zone.to_datetime(at).date() == zone.to_datetime(last).date();
        (at != last && self.zones(tenant).iter().all(same)).then_some("it is the second letter of a day")
    }

    /// The first instants of that date, by all that the tenant's window may have been taken for.
    fn days(&self, tenant: &Object, date: &str) -> Vec<Timestamp> {
        let Ok(date) = date.parse::<Date>() else { return vec![] };
        let begins = |zone: &TimeZone| Some(date.to_zoned(zone.clone()).ok()?.timestamp());
        self.zones(tenant).iter().filter_map(begins).collect()
    }

    /// UTC, where the window may not be there, or may make no sense: which one does is not judged here.
    fn zones(&self, tenant: &Object) -> Vec<TimeZone> {
        let windows = self.past.since(Kind::Window, text(&tenant.spec["windowRef"]["name"]), self.since).flatten();
        let zones = windows.filter_map(|window| TimeZone::get(text(&window.spec["timeZone"])).ok());
        zones.chain([TimeZone::UTC]).collect()
    }

    /// What each version of the product asked for.
    fn thresholds(&self, subject: &str) -> Vec<Vec<SignedDuration>> {
        if subject == "dashboard" {
            return vec![usual()];
        }
        let products = self.past.since(Kind::Product, subject, self.since).flatten();
        products.map(|product| asked(&product.spec)).collect()
    }
}

/// Two letters never wait: before the next the last one is accepted, or given up.
fn waits(tenant: &Object) -> bool {
    let is_there = |letter: &Value| list(&tenant.spec["contacts"]).iter().any(|contact| contact["name"] == letter["contact"]);
    let open = |letter: &Value| letter["deliveredAt"].is_null() && letter["supersededBy"].is_null();
    list(tenant.status("notices")).iter().any(|one| text(&one["kind"]).starts_with("Support") && open(one) && is_there(one))
}

fn usual() -> Vec<SignedDuration> {
    [90, 60, 30].map(|days| SignedDuration::from_hours(24 * days)).to_vec()
}

/// How long before an end a product asks to be told of.
fn asked(product: &Value) -> Vec<SignedDuration> {
    product["notifyBefore"]
        .as_array()
        .map_or_else(usual, |list| list.iter().filter_map(|before| duration(text(before))).collect())
}

/// Every contact has it before it: a record of its key.
fn unwritten(tenant: &Object, told: &Value) -> Option<&'static str> {
    let has = |contact: &Value| {
        let mut records = list(tenant.status("notices")).iter().filter(|record| record["contact"] == contact["name"]);
        records.any(|record| record["key"] == told["key"])
    };
    (!list(&tenant.spec["contacts"]).iter().all(has)).then_some("there is a contact that no letter is written for")
}

/// The customer's side: the product itself, and what they replace.
fn theirs(said: &Value) -> bool {
    match said["responsibility"].as_str() {
        None => said["subject"] == "dashboard",
        Some(who) => who == "Customer",
    }
}

/// A newer version of a dependency that ends on the same day is the same to the customer.
fn is_of(told: &Value, said: &Value) -> bool {
    let same = ["subject", "dependency", "endsOn"].iter().all(|part| told[part] == said[part]);
    same && (told["dependency"].is_string() || told["version"] == said["version"])
}

fn named(end: &Value) -> String {
    let version = if end["dependency"].is_string() { "" } else { text(&end["version"]) };
    format!("{} {version} {} {}", end["subject"], end["dependency"], end["endsOn"])
}

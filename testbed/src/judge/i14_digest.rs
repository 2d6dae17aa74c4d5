//! I14 and I4 for what the contacts of the platform are told of ends (R29): of what the products said before, and what still runs; each end once at
//! each threshold; one digest a UTC day; to nobody else; and what is written down as accepted was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::Offset};
use serde_json::Value;

use super::{
    evidence::{Leeway, Notice, Record, What},
    i14_software::{self, End},
    object::{Kind, Object},
    past::Past,
    read::{list, text, time},
    verdict::Verdict,
};

/// Whom digests are for, where other notices name their tenant.
pub const PLATFORM: &str = "platform";

/// Who runs a release is counted at most every ten seconds, and what is counted is seen after that.
const COUNTED: SignedDuration = SignedDuration::from_secs(30);

/// Contact, product, what ends, on which day, and how long before.
type Told = [String; 5];

#[derive(Default)]
pub struct Digests {
    leeway: Leeway,
    starts: usize,
    /// Who is told, since when.
    contacts: Vec<(Timestamp, Vec<Value>)>,
    /// To the keys under which it was accepted.
    told: BTreeMap<(String, Told), BTreeSet<String>>,
    accepted: BTreeSet<Told>,
    days: BTreeMap<(String, Date), BTreeSet<String>>,
}

impl Digests {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        match &record.what {
            What::Started => self.starts += 1,
            What::Configured(contacts) => self.contacts.push((record.until, contacts.clone())),
            What::Notice(notice) if notice.tenant == PLATFORM => self.read(past, record, notice, verdict),
            What::Write(Some(before), after) if after.kind == Kind::Product => self.written(before, after, verdict),
            _ => {}
        }
    }

    fn read(&mut self, past: &Past, record: &Record, notice: &Notice, verdict: &mut Verdict) {
        // What was sent may be on its way while it is taken back.
        let sent = self.leeway.others_since(record.from) - self.leeway.late - self.leeway.deposed;
        let ours = self.contacts.iter().rposition(|(at, _)| *at <= sent).unwrap_or_default();
        let mut ours = self.contacts[ours.min(self.contacts.len())..].iter().flat_map(|(_, contacts)| contacts);
        let foreign = !ours.any(|contact| is(contact, notice));
        verdict.note("I4", foreign.then(|| format!("a digest goes to {}, which is no contact of the platform", notice.address)));
        let ends = list(&notice.data["digest"]);
        verdict.note("I14", ends.is_empty().then(|| format!("the digest {} tells nothing", notice.key)));
        for end in ends {
            let wrong = unfounded(past, end, sent);
            verdict.note("I14", wrong.map(|why| format!("the digest to {} tells {end}: {why}", notice.contact)));
            if notice.accepted {
                self.note(past, notice, end, verdict);
            }
        }
        if notice.accepted {
            self.of_a_day(record, notice, verdict);
        }
    }

    /// Once: a product that is made anew says it anew, and a receipt that nobody heard of says nothing.
    fn note(&mut self, past: &Past, notice: &Notice, end: &Value, verdict: &mut Verdict) {
        let told = parts(&notice.contact, text(&end["product"]), end);
        let uid = past.latest(Kind::Product, text(&end["product"])).map(|product| product.uid.clone()).unwrap_or_default();
        let keys = self.told.entry((uid, told.clone())).or_default();
        keys.insert(notice.key.clone());
        let most = self.starts.max(1) + self.leeway.lost;
        verdict.note("I14", (keys.len() > most).then(|| format!("{} is told {end} under {keys:?}", notice.contact)));
        self.accepted.insert(told);
    }

    /// By the operator's clock: what may have been another day there counts for none.
    fn of_a_day(&mut self, record: &Record, notice: &Notice, verdict: &mut Verdict) {
        let day = |at: Timestamp| Offset::UTC.to_datetime(at).date();
        let (early, late) = (day(record.from - self.leeway.clock), day(record.until + self.leeway.clock));
        if early != late {
            return;
        }
        let keys = self.days.entry((notice.contact.clone(), early)).or_default();
        keys.insert(notice.key.clone());
        let most = self.starts.max(1) + self.leeway.lost;
        let many = keys.len() > most;
        verdict.note("I14", many.then(|| format!("{} gets the digests {keys:?} on {early}", notice.contact)));
    }

    fn written(&mut self, before: &Object, after: &Object, verdict: &mut Verdict) {
        let old = list(before.status("notices"));
        for told in list(after.status("notices")) {
            let known = old.iter().find(|known| same(known, told)).map_or(&[][..], |known| list(&known["receipts"]));
            // What was accepted before this was told is of a farther threshold: it says that there was a digest on that day.
            let of_it = |receipt: &&Value| time(&receipt["at"]) >= time(&told["toldAt"]);
            for receipt in list(&told["receipts"]).iter().filter(|receipt| !known.contains(receipt)).filter(of_it) {
                let contact = text(&receipt["contact"]);
                let heard = self.accepted.contains(&parts(contact, &after.name, told));
                verdict.note("I14", (!heard).then(|| format!("{after} says that {contact} accepted {told}, and it did not")));
            }
        }
    }
}

/// Why it should not have been told: the product had not said it, or it is not so.
fn unfounded(past: &Past, end: &Value, since: Timestamp) -> Option<&'static str> {
    let (name, subject, on) = (text(&end["product"]), text(&end["subject"]), text(&end["endsOn"]));
    let products: Vec<_> = past.since(Kind::Product, name, since).flatten().collect();
    let says = |product: &&Object| list(product.status("notices")).iter().any(|told| same(told, end));
    if !products.iter().any(says) {
        return Some("nothing of it stands in the status of the product");
    }
    let license = |product: &&Object| {
        let is = |one: &Value| format!("license/{}", text(&one["name"])) == subject && one["expires"] == on;
        list(&product.spec["licenses"]).iter().any(is)
    };
    let ends = |product: &&Object| i14_software::end_in(&product.spec, subject) == End::On(on.to_owned());
    let installed = |product: &&Object| {
        let is = |one: &Value| one["responsibility"] != "Customer" && one["version"] == subject;
        list(&product.spec["installations"]).iter().any(is)
    };
    let runs = products.iter().any(installed) || in_images(past, name, subject, since);
    let so = products.iter().any(license) || runs && products.iter().any(ends);
    (!so).then_some("it does not run, is not the platform's, or ends on another day")
}

/// Whether somebody runs a release that contains it.
fn in_images(past: &Past, product: &str, version: &str, since: Timestamp) -> bool {
    let since = since - COUNTED;
    let is = |one: &Value| one["product"] == product && one["version"] == version;
    let with = past.all_since(Kind::Release, since).filter(|release| list(&release.spec["contains"]).iter().any(is));
    let versions: BTreeSet<&str> = with.map(|release| text(&release.spec["version"])).collect();
    past.all_since(Kind::Tenant, since).any(|tenant| versions.contains(text(tenant.status("version"))))
}

fn same(one: &Value, other: &Value) -> bool {
    ["subject", "endsOn", "before"].iter().all(|part| one[part] == other[part])
}

fn parts(contact: &str, product: &str, end: &Value) -> Told {
    let [subject, on, before] = ["subject", "endsOn", "before"].map(|part| text(&end[part]).to_owned());
    [contact.to_owned(), product.to_owned(), subject, on, before]
}

fn is(contact: &Value, notice: &Notice) -> bool {
    let there = |address: &Value| address.as_str().is_some_and(|address| address.ends_with(&notice.address));
    contact["name"] == notice.contact && (there(&contact["webhook"]) || there(&contact["email"]))
}

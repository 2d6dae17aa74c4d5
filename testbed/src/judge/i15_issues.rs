//! I15 of issues, and I20: nothing starts while an issue stands that nobody accepted; the issues of a status are those that releases, tenants and
//! products declare, all of them; and no status of a tenant names another one.
//!
//! What somebody else edited a moment ago may be unseen: then nothing is judged. What the operator wrote itself it knows.

use std::{cell::Cell, collections::BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    eyes::Eyes,
    object::{Kind, Object},
    past::Past,
    range::{Range, leading},
    read::{list, numbers, text, utc_day},
    verdict::Verdict,
};

/// Parts of a status in which words stand.
const WORDS: [&str; 5] = ["blockers", "issues", "support", "conditions", "history"];

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(before, after) = &record.what else { return };
    if after.kind != Kind::Tenant {
        return;
    }
    let tenant = before.as_ref().unwrap_or(after);
    let doubtful = leeway.unseen > SignedDuration::ZERO || leeway.deposed > SignedDuration::ZERO;
    let eyes = |doubtful| Eyes { past, since: leeway.others_since(record.from), doubtful, loud: Cell::new(false) };
    if let Some((tenant, up)) = record.start() {
        let (eyes, early) = (eyes(doubtful), record.from - leeway.clock - leeway.late);
        let all = eyes.issues(tenant, up).unwrap_or_default();
        if let Some(one) = all.iter().find(|issue| issue.holds && !eyes.accepted(up, issue, early)).or(all.first()) {
            let stands = one.holds && !eyes.accepted(up, one, early) && !eyes.loud.get();
            verdict.note("I15", stands.then(|| format!("{tenant} starts although {} stands", one.name)));
        }
    } else if after.started().is_none() && after.status("observedGeneration").as_i64() == Some(tenant.generation) {
        // What is written in one moment was decided on what stood there before.
        if !leeway.in_doubt {
            said(&eyes(true), tenant, after, verdict);
        }
    }
    names_another(past, after, verdict);
}

/// What a status says of the planned upgrade, against what is declared.
fn said(eyes: &Eyes, tenant: &Object, after: &Object, verdict: &mut Verdict) {
    let up = after.status("upgrade");
    let Some(declared) = eyes.issues(tenant, up) else { return };
    let declared: BTreeSet<_> = declared.iter().map(|issue| issue.name.as_str()).collect();
    let of = |issue: &&Value| issue["release"] == up["to"];
    let said: BTreeSet<_> = list(after.status("issues")).iter().filter(of).map(|issue| text(&issue["issue"])).collect();
    if !(eyes.loud.get() || said.is_empty() && declared.is_empty()) {
        let wrong = said != declared;
        verdict.note("I15", wrong.then(|| format!("{after} says that its issues are {said:?}, and they are {declared:?}")));
    }
}

fn names_another(past: &Past, tenant: &Object, verdict: &mut Verdict) {
    // One whose name is a part of its own is named with it.
    let mut others = past.all(Kind::Tenant).filter(|other| !tenant.name.contains(&other.name)).peekable();
    if others.peek().is_some() {
        let words: String = WORDS.iter().map(|part| tenant.status(part).to_string()).collect();
        let named = others.find(|other| words.contains(&other.name));
        verdict.note("I20", named.map(|another| format!("{tenant} names {another} in its status: {words}")));
    }
}

struct Issue {
    name: String,
    holds: bool,
}

fn issue(word: &str, about: &str, holds: bool) -> Issue {
    Issue { name: format!("{word}/{about}"), holds }
}

impl<'a> Eyes<'a> {
    /// None: there is no such release, or nobody can say which.
    fn release(&self, up: &Value) -> Option<&'a Object> {
        let release = self.see(Kind::Release, text(&up["release"]))?;
        (up["releaseUid"] == *release.uid && sound(release)).then_some(release)
    }

    fn accepted(&self, up: &Value, issue: &Issue, early: Timestamp) -> bool {
        let accepted = self.release(up).map(|release| list(&release.spec["acceptedIssues"])).unwrap_or_default();
        let until = |one: &Value| utc_day(text(&one["until"]));
        accepted.iter().any(|one| one["issue"] == *issue.name && until(one).is_some_and(|until| early < until))
    }

    fn issues(&self, tenant: &Object, up: &Value) -> Option<Vec<Issue>> {
        let release = self.release(up)?;
        let mut all: Vec<_> = list(&release.spec["requires"]).iter().filter_map(|needed| self.missing(tenant, needed)).collect();
        all.extend(self.broken(tenant, release));
        let met = |risk: &&Value| {
            let (product, range) = (text(&risk["match"]["product"]), Range::read(text(&risk["match"]["versions"])));
            self.used(tenant)
                .into_iter()
                .flatten()
                .any(|(uses, version)| uses == product && leading(&version).is_some_and(|v| range.has(&v)))
        };
        let risks = list(&release.spec["risks"]).iter().filter(met);
        all.extend(risks.map(|risk| issue("NamedRisk", text(&risk["name"]), true)));
        Some(all)
    }

    /// The software of a tenant's dependencies; none: nobody knows what one is.
    fn used(&self, tenant: &Object) -> Vec<Option<(String, String)>> {
        let software = list(&tenant.spec["dependencies"]).iter().filter(|one| !one["tenant"].is_string());
        let one = |one: &Value| {
            let Some(installation) = one["installation"].as_str() else {
                return Some((text(&one["product"]).to_owned(), text(&one["version"]).to_owned()));
            };
            let mut found = vec![];
            for product in self.every(Kind::Product) {
                let here = list(&product.spec["installations"]).iter().filter(|one| one["name"] == installation);
                found.extend(here.map(|one| (product.name.clone(), text(&one["version"]).to_owned())));
            }
            if found.len() == 1 { found.pop() } else { None }
        };
        software.map(one).collect()
    }

    fn missing(&self, tenant: &Object, needed: &Value) -> Option<Issue> {
        let range = Range::read(text(&needed["versions"]));
        let undeclared = |about: &str| Some(issue("DependencyUndeclared", about, needed["undeclared"] == "Hold"));
        if let Some(product) = needed["product"].as_str() {
            let used = self.used(tenant);
            let mut own = used.iter().flatten().filter(|(uses, _)| uses == product).peekable();
            if own.peek().is_none() {
                return if used.contains(&None) { None } else { undeclared(product) };
            }
            let short = own.any(|(_, version)| leading(version).is_some_and(|version| !range.has(&version)));
            return short.then(|| issue("IncompatibleDependency", product, true));
        }
        let interface = text(&needed["interface"]);
        let mut named = list(&tenant.spec["dependencies"]).iter().filter(|one| one["interface"] == interface).peekable();
        if named.peek().is_none() {
            return undeclared(interface);
        }
        let short = named.any(|one| {
            let provider = text(&one["tenant"]);
            let offered = if provider == tenant.name { None } else { self.offered(provider, interface) };
            offered.is_some_and(|offered| !offered.iter().all(|versions| speaks(versions, &range)))
        });
        short.then(|| issue("IncompatibleDependency", interface, true))
    }

    /// What each release that runs there speaks of it; none: nobody can say.
    fn offered(&self, provider: &str, interface: &str) -> Option<Vec<&'a [Value]>> {
        self.runs(provider)?.into_iter().map(|release| speaks_of(release, interface)).collect()
    }

    fn runs(&self, tenant: &str) -> Option<Vec<&'a Object>> {
        self.runs_of(self.see(Kind::Tenant, tenant)?)
    }

    /// The releases of which something may run, by the tenant's status; none: nobody can say.
    pub fn runs_of(&self, tenant: &Object) -> Option<Vec<&'a Object>> {
        let versions: BTreeSet<_> = spoken_of(tenant).map(numbers).collect();
        let channel = |object: &Object| object.spec["channel"].as_str().unwrap_or("stable").to_owned();
        let releases = self.every(Kind::Release);
        let mut runs = vec![];
        for version in &versions {
            let of = |release: &&&Object| numbers(text(&release.spec["version"])) == *version;
            let all: Vec<_> = releases.iter().filter(of).copied().collect();
            let own: Vec<_> = all.iter().copied().filter(|release| channel(release) == channel(tenant)).collect();
            let found = if own.is_empty() { all } else { own };
            // Of several the one that ends first: not judged here.
            if found.len() > 1 {
                self.loud.set(true);
            }
            runs.push(*found.first()?);
        }
        let goes = tenant
            .started()
            .and_then(|up| self.see(Kind::Release, text(&up["release"])).filter(|one| up["releaseUid"] == *one.uid));
        runs.extend(goes);
        Some(runs).filter(|runs| !runs.is_empty())
    }

    /// Interfaces that others use, and that the release does not speak any more as they need it.
    fn broken(&self, tenant: &Object, release: &Object) -> Vec<Issue> {
        let names = |other: &Object| list(&other.spec["dependencies"]).iter().any(|one| one["tenant"] == *tenant.name);
        // The common case first.
        if !self.past.all_since(Kind::Tenant, self.since).any(names) {
            return vec![];
        }
        let mut broken = BTreeSet::new();
        for consumer in self.every(Kind::Tenant).into_iter().filter(|consumer| consumer.name != tenant.name) {
            let uses = list(&consumer.spec["dependencies"]).iter().filter(|one| one["tenant"] == *tenant.name);
            broken.extend(uses.filter(|one| self.breaks(tenant, release, consumer, one)).map(|one| text(&one["interface"])));
        }
        broken.into_iter().map(|interface| issue("BreaksConsumer", interface, true)).collect()
    }

    fn breaks(&self, tenant: &Object, release: &Object, consumer: &Object, uses: &Value) -> bool {
        let interface = text(&uses["interface"]);
        let now = self.runs(&tenant.name).unwrap_or_default();
        let Some(versions) = speaks_of(release, interface) else {
            return now.iter().any(|one| speaks_of(one, interface).is_some());
        };
        let mut ranges: Vec<_> =
            uses["versions"].as_str().map(Range::read).into_iter().filter(|range| !range.is_nothing()).collect();
        for release in self.runs(&consumer.name).unwrap_or_default().into_iter().filter(|release| sound(release)) {
            let needs = list(&release.spec["requires"]).iter().filter(|one| one["interface"] == interface);
            ranges.extend(needs.map(|one| Range::read(text(&one["versions"]))));
        }
        let had = |range: &Range| now.iter().all(|one| speaks_of(one, interface).is_none_or(|versions| speaks(versions, range)));
        ranges.iter().any(|range| !speaks(versions, range) && had(range))
    }
}

/// The versions that a status says to run, or to have run: what a failure left is in it.
fn spoken_of(tenant: &Object) -> impl Iterator<Item = &str> {
    let ended = |entry: &&Value| matches!(text(&entry["result"]), "Succeeded" | "Failed" | "RolledBack" | "RollbackFailed");
    let last = list(tenant.status("history")).iter().find(ended);
    let failed = last.filter(|last| matches!(text(&last["result"]), "Failed" | "RollbackFailed"));
    let runs = tenant.status("version").as_str().map(numbers);
    let left = failed
        .filter(|last| runs != Some(numbers(text(&last["from"]))))
        .into_iter()
        .flat_map(|last| [text(&last["from"]), text(&last["to"])]);
    ["version", "lastKnownVersion"].into_iter().filter_map(|part| tenant.status(part).as_str()).chain(left)
}

/// What a release says of an interface.
fn speaks_of<'a>(release: &'a Object, interface: &str) -> Option<&'a [Value]> {
    let found = list(&release.spec["interfaces"]).iter().find(|one| one["name"] == interface)?;
    Some(list(&found["versions"]))
}

fn speaks(versions: &[Value], range: &Range) -> bool {
    versions.iter().filter_map(|version| leading(text(version))).any(|version| range.has(&version))
}

/// No range of it contradicts itself: else it is no release.
pub fn sound(release: &Object) -> bool {
    let requires = list(&release.spec["requires"]).iter().map(|one| &one["versions"]);
    let risks = list(&release.spec["risks"]).iter().map(|one| &one["match"]["versions"]);
    !requires.chain(risks).any(|range| Range::read(text(range)).is_nothing())
}

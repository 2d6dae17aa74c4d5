//! What does not fit together, by chance: what releases need and offer, risks, whose interface a tenant uses, and issues that somebody takes on.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Value, json};
use uplift::simulate::world::Content;

use super::{
    chance::Chance,
    events::{Draw, patch},
};

/// Interfaces that releases may offer; of one of them nobody ever hears.
const INTERFACES: [&str; 4] = ["reports", "reports", "billing", "unheard"];
/// Ranges of interfaces, and of software: two of which contradict themselves.
const RANGES: [&str; 9] = [">=1", ">=2, <3", ">=3", "<2", ">=1.2, <2.1", "=2", ">=22", ">=3, <2", "> 1, <= 2.0.1"];

/// Versions that will do.
pub fn range(chance: &mut Chance) -> &'static str {
    // Mostly one that something lies in.
    let sound = chance.percent(92);
    loop {
        let range = chance.pick(&RANGES);
        if !sound || range != ">=3, <2" {
            return range;
        }
    }
}

/// What a release needs.
pub fn requires(chance: &mut Chance) -> Value {
    let mut all = vec![];
    if chance.percent(60) {
        all.push(
            json!({"product": chance.pick(&["postgresql", "postgresql", "nodejs", "wordpress"]), "versions": range(chance)}),
        );
    }
    if chance.percent(60) {
        all.push(json!({"interface": chance.pick(&INTERFACES), "versions": range(chance)}));
    }
    for one in &mut all {
        if chance.percent(40) {
            one["undeclared"] = chance.pick(&["Warn", "Hold"]).into();
        }
    }
    all.into()
}

/// What a release offers.
pub fn interfaces(chance: &mut Chance) -> Value {
    let versions = chance.pick(&[&["1.4", "2.9"][..], &["2.9", "3.1"], &["3"], &["2"], &["1", "2.0", "3.0"]]);
    let mut all = vec![json!({"name": "reports", "versions": versions})];
    if chance.percent(40) {
        all.push(json!({"name": "billing", "versions": chance.pick(&[["1.2"], ["2.0"]])}));
    }
    all.into()
}

/// Risks that people know of.
pub fn risks(chance: &mut Chance) -> Value {
    let mut risk = json!({
        "name": chance.pick(&["LegacyLogin", "SlowIndex"]),
        "match": {"product": chance.pick(&["postgresql", "nodejs", "wordpress"]), "versions": range(chance)},
        "message": chance.pick(&["logins fail after it", "the first start takes an hour"]),
    });
    if chance.percent(50) {
        risk["url"] = chance.pick(&["https://docs.example.test/a", "https://docs.example.test/b"]).into();
    }
    json!([risk])
}

fn day(chance: &mut Chance, at: Timestamp) -> String {
    (at + SignedDuration::from_hours(24 * chance.between(-3, 60))).to_zoned(TimeZone::UTC).date().to_string()
}

/// An issue that somebody took on, or whose day has come.
pub fn accepted(chance: &mut Chance, at: Timestamp) -> Value {
    let issue = chance.pick(&[
        "IncompatibleDependency/postgresql",
        "IncompatibleDependency/reports",
        "DependencyUndeclared/postgresql",
        "BreaksConsumer/reports",
        "BreaksConsumer/billing",
        "NamedRisk/LegacyLogin",
    ]);
    accepted_one(chance, at, issue)
}

fn accepted_one(chance: &mut Chance, at: Timestamp, issue: &str) -> Value {
    let by = chance.pick(&["bob@corp.example", "eve@corp.example"]);
    json!([{"issue": issue, "by": by, "until": day(chance, at), "reason": chance.pick(&["the customer knows", "tested"])}])
}

/// Whose interface a tenant uses: another's, its own, or that of nobody.
pub fn neighbour(chance: &mut Chance) -> Value {
    let tenant = chance.pick(&["t1/t1", "t1/t1", "t2/t2", "t3/t3", "nobody/nobody"]);
    let mut one = json!({"name": "peer", "tenant": tenant, "interface": chance.pick(&INTERFACES)});
    if chance.percent(70) {
        one["versions"] = range(chance).into();
    }
    one
}

impl Draw<'_> {
    /// Takes on what holds somebody.
    pub(super) fn accept_issue(&mut self) -> Option<Value> {
        let held = self.any(|object| object.tenant().is_some_and(|(_, status)| !status.issues.is_empty()))?;
        // A service that moves is no issue of a release.
        let issue = held.tenant()?.1.issues.iter().find(|issue| issue.release.is_some())?.clone();
        let is = |version: &str| issue.release.as_deref() == Some(version);
        let release = self.any(|object| matches!(&object.content, Content::Release(spec, _) if is(&spec.version)))?;
        let accepted = accepted_one(self.chance, self.at, &issue.issue);
        Some(patch(&release.key, &json!({"acceptedIssues": accepted})))
    }
}

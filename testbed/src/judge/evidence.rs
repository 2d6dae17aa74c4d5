//! The audit log as a history of objects, in the order of etcd.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// The operator, as the API server names it.
pub const OPERATOR: &str = "system:serviceaccount:uplift-system:uplift";

/// All that a judgement may rest on.
pub struct Evidence {
    /// Each committed version of each object that the log holds whole, in the order in which they were committed.
    pub versions: Vec<Version>,
    /// The operator's requests, committed or not.
    pub requests: Vec<Value>,
    pub deliveries: Vec<Delivery>,
    /// How often the operator was killed.
    pub restarts: usize,
    clock: Vec<Entry>,
}

/// An object as one write left it.
#[derive(Clone, Debug)]
pub struct Version {
    /// etcd's revision: one order for all objects.
    pub revision: u64,
    pub kind: String,
    /// `namespace/name`, or the name of what has no namespace.
    pub name: String,
    pub by: String,
    pub object: Value,
    /// It was committed between these instants, virtual time.
    pub from: Timestamp,
    pub until: Timestamp,
    /// The version before, as an index; none: it is the first.
    pub before: Option<usize>,
}

/// A notice as the customers' server saw it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub at: Timestamp,
    pub path: String,
    pub webhook_id: String,
    pub status: u16,
    pub data: Value,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Entry {
    real: Timestamp,
    offset: i64,
}

impl Evidence {
    /// Reads the audit events, the clock's journal and the deliveries.
    pub fn read(audit: &[Value], journal: &Value, deliveries: &Value, restarts: usize) -> Result<Self> {
        let clock = Vec::<Entry>::deserialize(journal).context("parsing the clock's journal")?;
        let deliveries = Vec::<Delivery>::deserialize(deliveries).context("parsing the deliveries")?;
        let requests = audit.iter().filter(|event| event["user"]["username"] == OPERATOR).cloned().collect();
        let mut evidence = Self { versions: vec![], requests, deliveries, restarts, clock };
        let mut versions: Vec<Version> = audit.iter().filter_map(|event| evidence.version(event)).collect();
        versions.extend(evidence.unanswered(&versions));
        versions.sort_by_key(|version| version.revision);
        evidence.versions = linked(versions);
        Ok(evidence)
    }

    /// The version before this one of the same object.
    pub fn before(&self, version: &Version) -> &Value {
        version.before.map_or(&Value::Null, |at| &self.versions[at].object)
    }

    /// The versions of one kind that the operator wrote.
    pub fn written<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Version> {
        self.versions.iter().filter(move |version| version.kind == kind && version.by == OPERATOR)
    }

    /// An object as it was just before a revision.
    pub fn at(&self, kind: &str, name: &str, revision: u64) -> Option<&Version> {
        self.versions.iter().rev().find(|v| v.revision < revision && v.kind == kind && v.name == name)
    }

    /// An object as it was at any moment of the last second before a write: what was committed a second before counts for
    /// certain, what came later may or may not have been seen.
    pub fn lately<'a>(&'a self, kind: &'a str, name: &'a str, write: &'a Version) -> Vec<&'a Value> {
        let second_before = write.from - SignedDuration::from_secs(1);
        let mut all: Vec<_> =
            self.versions.iter().filter(|v| v.revision < write.revision && v.kind == kind && v.name == name).collect();
        let certain = all.iter().rposition(|version| version.until <= second_before).unwrap_or(0);
        all.drain(certain..).map(|version| &version.object).collect()
    }

    /// Virtual time of a stamp that the API server wrote: whole seconds, rounded down, so the offset at the second's end.
    pub fn stamped(&self, stamp: Timestamp) -> Timestamp {
        stamp + SignedDuration::from_secs(self.offset(stamp + SignedDuration::from_nanos(999_999_999)))
    }

    fn shown(&self, real: Timestamp) -> Timestamp {
        real + SignedDuration::from_secs(self.offset(real))
    }

    fn offset(&self, real: Timestamp) -> i64 {
        let entry = self.clock.iter().rev().find(|entry| entry.real <= real).or(self.clock.first());
        entry.map_or(0, |entry| entry.offset)
    }

    /// Statuses whose writer was killed, or timed out, before the answer: the log has them with 504, committed or not. That one was
    /// committed shows in the next write: its precondition is a version that no answer in the log has.
    fn unanswered(&self, seen: &[Version]) -> Vec<Version> {
        let mut found: Vec<Version> = vec![];
        for event in self.requests.iter().filter(|event| event["responseStatus"]["code"].as_u64() >= Some(500)) {
            let Some((kind, name, on)) = target(event) else { continue };
            let of_it = |v: &&Version| v.kind == kind && v.name == name;
            let Some(before) = seen.iter().filter(of_it).find(|v| v.revision == on) else { continue };
            let next = self.requests.iter().filter_map(target).filter(|(k, n, at)| (k, n) == (&kind, &name) && *at > on);
            let Some(revision) = next.map(|(.., at)| at).min() else { continue };
            let known = seen.iter().chain(&found).filter(of_it).any(|v| v.revision == revision);
            let status = &event["requestObject"]["status"];
            if known || !status.is_object() {
                continue;
            }
            let time = |field: &str| event[field].as_str().and_then(|at| at.parse().ok()).map(|at| self.shown(at));
            let (Some(from), Some(until)) = (time("requestReceivedTimestamp"), time("stageTimestamp")) else { continue };
            let mut object = before.object.clone();
            object["status"] = status.clone();
            object["metadata"]["resourceVersion"] = revision.to_string().into();
            found.push(Version { revision, object, from, until, by: OPERATOR.into(), before: None, ..before.clone() });
        }
        found
    }

    /// What a request left behind; nothing when it changed nothing, or the log doesn't hold the object.
    fn version(&self, event: &Value) -> Option<Version> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (verb, target) = (text(&event["verb"]), &event["objectRef"]);
        let tried = text(&event["requestURI"]).contains("dryRun=");
        if tried || !matches!(verb.as_str(), "create" | "update" | "patch") || event["responseStatus"]["code"].as_u64()? >= 300 {
            return None;
        }
        let object = event["responseObject"].clone();
        let revision = object["metadata"]["resourceVersion"].as_str()?.parse().ok()?;
        let time = |field: &str| Some(self.shown(event[field].as_str()?.parse().ok()?));
        let names = [&object["metadata"]["namespace"], &object["metadata"]["name"]].map(|v| v.as_str().unwrap_or_default());
        Some(Version {
            revision,
            kind: text(&target["resource"]),
            name: names.join("/").trim_start_matches('/').to_owned(),
            by: text(&event["user"]["username"]),
            object,
            from: time("requestReceivedTimestamp")?,
            until: time("stageTimestamp")?,
            before: None,
        })
    }
}

/// The object of a request, and the version that it was to change.
fn target(request: &Value) -> Option<(String, String, u64)> {
    let reference = &request["objectRef"];
    let on = request["requestObject"]["metadata"]["resourceVersion"].as_str()?.parse().ok()?;
    let names = [&reference["namespace"], &reference["name"]].map(|v| v.as_str().unwrap_or_default());
    Some((reference["resource"].as_str()?.into(), names.join("/").trim_start_matches('/').into(), on))
}

/// Each version knows the one before. A write that changed nothing has the revision of what it found, and is no version.
fn linked(versions: Vec<Version>) -> Vec<Version> {
    let (mut last, mut linked) = (BTreeMap::new(), Vec::<Version>::new());
    for mut version in versions {
        let key = (version.kind.clone(), version.name.clone());
        version.before = last.get(&key).copied();
        if version.before.is_none_or(|at: usize| linked[at].revision < version.revision) {
            last.insert(key, linked.len());
            linked.push(version);
        }
    }
    linked
}

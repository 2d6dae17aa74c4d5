//! The API server's audit log, and what the customers' server received, as evidence. Deletions are no part of it: nobody deletes in
//! the demo, and their answers do not hold the object.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::{
    evidence::{Asked, Evidence, Leeway, Notice, Record, What},
    i14_digest::PLATFORM,
    object::{Kind, Object, workload_name},
    read::{text, time},
};

/// The operator, as the API server names it.
const OPERATOR: &str = "system:serviceaccount:uplift-system:uplift";
const STAMP: &str = "uplift.dev/opt-out-at";

/// An object as one write left it.
#[derive(Clone)]
struct Version {
    /// etcd's revision: one order for all objects.
    revision: u64,
    kind: Kind,
    name: String,
    by_operator: bool,
    object: Value,
    /// It was committed between these instants, virtual time.
    from: Timestamp,
    until: Timestamp,
}

/// A notice as the customers' server saw it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delivery {
    at: Timestamp,
    path: String,
    webhook_id: String,
    status: u16,
    data: Value,
}

/// From an instant of real time on, virtual time is so many seconds ahead.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Entry {
    real: Timestamp,
    offset: i64,
}

struct Clock(Vec<Entry>);

impl Evidence {
    /// Reads the audit events, the clock's journal and the deliveries; `restarts`: how often the operator was killed.
    pub fn of_audit(audit: &[Value], journal: &Value, deliveries: &Value, restarts: usize) -> Result<Self> {
        let clock = Clock(Vec::deserialize(journal).context("parsing the clock's journal")?);
        let mut deliveries = Vec::<Delivery>::deserialize(deliveries).context("parsing the deliveries")?;
        deliveries.sort_by_key(|delivery| delivery.at);
        let requests: Vec<_> = audit.iter().filter(|event| event["user"]["username"] == OPERATOR).collect();
        let mut versions: Vec<_> = audit.iter().filter_map(|event| clock.version(event)).collect();
        let asked: Vec<_> = requests.iter().filter_map(|event| clock.asked(event)).collect();
        versions.extend(clock.unanswered(&requests, &versions));
        versions.extend(clock.unanswered_images(&requests, &versions));
        versions.sort_by_key(|version| version.revision);

        // Which restart allowed which repetition is not known, so each counts from the beginning.
        let begin = versions.iter().map(|version| version.from).min().unwrap_or_default();
        let at_first = |what| Record { from: begin, until: begin, what };
        let mut records: Vec<_> = (0..=restarts).map(|_| at_first(What::Started)).collect();
        records.extend(requests.into_iter().map(|request| at_first(What::Request(request.clone()))));
        records.extend(merged(linked(versions, &clock), &deliveries, asked));
        Ok(Self { records, leeway: Leeway::default() })
    }
}

impl Clock {
    /// Virtual time of a stamp that the API server wrote: whole seconds, rounded down, so the offset at the second's end.
    fn stamped(&self, stamp: Timestamp) -> Timestamp {
        stamp + SignedDuration::from_secs(self.offset(stamp + SignedDuration::from_nanos(999_999_999)))
    }

    fn shown(&self, real: Timestamp) -> Timestamp {
        real + SignedDuration::from_secs(self.offset(real))
    }

    fn offset(&self, real: Timestamp) -> i64 {
        let entry = self.0.iter().rev().find(|entry| entry.real <= real).or(self.0.first());
        entry.map_or(0, |entry| entry.offset)
    }

    /// What a request left behind; nothing when it changed nothing, or the log doesn't hold the object.
    fn version(&self, event: &Value) -> Option<Version> {
        let tried = text(&event["requestURI"]).contains("dryRun=");
        let writes = matches!(text(&event["verb"]), "create" | "update" | "patch");
        if tried || !writes || event["responseStatus"]["code"].as_u64()? >= 300 {
            return None;
        }
        let object = event["responseObject"].clone();
        let time = |field: &str| Some(self.shown(time(&event[field])?));
        Some(Version {
            revision: text(&object["metadata"]["resourceVersion"]).parse().ok()?,
            kind: kind(text(&event["objectRef"]["resource"]))?,
            name: name(text(&event["objectRef"]["resource"]), &object["metadata"]),
            by_operator: event["user"]["username"] == OPERATOR,
            object,
            from: time("requestReceivedTimestamp")?,
            until: time("stageTimestamp")?,
        })
    }

    /// Whether a Job would be taken: the question, with its answer.
    fn asked(&self, event: &Value) -> Option<Record> {
        let asks = text(&event["requestURI"]).contains("dryRun=") && event["verb"] == "create";
        if !asks || event["objectRef"]["resource"] != "jobs" {
            return None;
        }
        // Of one that was killed before the answer nobody heard anything.
        let code = event["responseStatus"]["code"].as_u64().filter(|code| *code < 500)?;
        let (namespace, job) = (text(&event["objectRef"]["namespace"]), &event["requestObject"]);
        let containers = job["spec"]["template"]["spec"]["containers"].as_array().into_iter().flatten();
        let mut told = containers.filter_map(|container| container["env"].as_array()).flatten();
        let to = told.find(|variable| variable["name"] == "UPLIFT_TO").map(|variable| text(&variable["value"]).to_owned());
        let asked = Asked {
            from: format!("{namespace}/{}", text(&job["metadata"]["labels"]["uplift.dev/cronjob"])),
            to: to.unwrap_or_default(),
            granted: code < 300,
        };
        let time = |field: &str| Some(self.shown(time(&event[field])?));
        let (from, until) = (time("requestReceivedTimestamp")?, time("stageTimestamp")?);
        Some(Record { from, until, what: What::Asked(asked) })
    }

    /// Statuses whose writer was killed, or timed out, before the answer: the log has them with 504, committed or not. That one was
    /// committed shows in the next write: its precondition is a version that no answer in the log has. Of several on one version that is
    /// the last: whoever wrote it had read the version that the ones before would have changed.
    fn unanswered(&self, requests: &[&Value], seen: &[Version]) -> Vec<Version> {
        let killed = requests.iter().filter(|event| event["responseStatus"]["code"].as_u64() >= Some(500));
        // In the order of versions: one may be made on what another left, that nobody was told of either.
        let killed: BTreeMap<_, _> = killed.filter_map(|event| Some((target(event)?, event))).collect();
        let mut found: Vec<Version> = vec![];
        for ((kind, name, on), event) in killed {
            let of_it = |v: &&Version| v.kind == kind && v.name == name;
            let before = seen.iter().chain(&found).filter(of_it).find(|v| v.revision == on).cloned();
            let Some(before) = before else { continue };
            let next =
                requests.iter().filter_map(|event| target(event)).filter(|(k, n, at)| (k, n) == (&kind, &name) && *at > on);
            let Some(revision) = next.map(|(.., at)| at).min() else { continue };
            let known = seen.iter().chain(&found).filter(of_it).any(|v| v.revision == revision);
            let status = &event["requestObject"]["status"];
            if known || !status.is_object() {
                continue;
            }
            let time = |field: &str| time(&event[field]).map(|at| self.shown(at));
            let (Some(from), Some(until)) = (time("requestReceivedTimestamp"), time("stageTimestamp")) else { continue };
            let mut object = before.object.clone();
            object["status"] = status.clone();
            found.push(Version { revision, object, from, until, by_operator: true, ..before });
        }
        found
    }

    /// Changes of images whose writer was killed before the answer. That one was committed shows in the next version of the workload,
    /// whoever wrote it: it bears the intent that the change was to leave.
    fn unanswered_images(&self, requests: &[&Value], seen: &[Version]) -> Vec<Version> {
        let unanswered = requests.iter().filter(|event| event["responseStatus"]["code"].as_u64() >= Some(500));
        let committed = |event: &&Value| {
            let (kind, name, on) = target(event).filter(|(kind, ..)| *kind == Kind::Workload)?;
            let of_it = || seen.iter().filter(|v| v.kind == kind && v.name == name);
            let before = of_it().find(|v| v.revision == on)?;
            let next = of_it().filter(|v| v.revision > on).min_by_key(|v| v.revision)?;
            let intent = |object: &Value| object["metadata"]["annotations"]["uplift.dev/intent"].clone();
            let wanted = intent(&event["requestObject"]);
            let is_it =
                !next.by_operator && wanted.is_string() && intent(&next.object) == wanted && intent(&before.object) != wanted;
            let time = |field: &str| time(&event[field]).map(|at| self.shown(at));
            // Its controller has written since: of that only what the change itself left is taken.
            let mut object = before.object.clone();
            object["spec"] = next.object["spec"].clone();
            object["metadata"]["generation"] = next.object["metadata"]["generation"].clone();
            object["metadata"]["annotations"]["uplift.dev/intent"] = wanted.clone();
            Some(Version {
                // Whichever it was, it lies between the two.
                revision: next.revision - 1,
                object,
                from: time("requestReceivedTimestamp")?,
                until: time("stageTimestamp")?,
                by_operator: true,
                ..before.clone()
            })
            .filter(|_| is_it)
        };
        unanswered.filter_map(committed).collect()
    }

    /// The object without what the API server counts, its stamps in virtual time.
    fn object(&self, version: &Version) -> Object {
        let mut metadata = version.object["metadata"].clone();
        let text_of = |value: &Value| value.as_str().map(str::to_owned);
        let uid = text_of(&metadata["uid"]).unwrap_or_else(|| version.name.clone());
        let generation = metadata["generation"].as_i64().unwrap_or_default();
        let created_at = time(&metadata["creationTimestamp"]).map(|at| self.stamped(at)).unwrap_or_default();
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.retain(|part, _| !["managedFields", "resourceVersion", "generation"].contains(&part.as_str()));
        }
        if let Some(stamp) = time(&metadata["annotations"][STAMP]) {
            metadata["annotations"][STAMP] = self.stamped(stamp).to_string().into();
        }
        let status = version.object["status"].as_object().into_iter().flatten();
        Object {
            kind: version.kind,
            name: version.name.clone(),
            uid,
            generation,
            created_at,
            metadata: Arc::new(metadata),
            spec: Arc::new(version.object["spec"].clone()),
            status: status.map(|(part, value)| (part.clone(), Arc::new(value.clone()))).collect(),
        }
    }
}

fn kind(resource: &str) -> Option<Kind> {
    match resource {
        "dashboardreleases" => Some(Kind::Release),
        "upgradewindows" => Some(Kind::Window),
        "softwareproducts" => Some(Kind::Product),
        "tenantinstances" => Some(Kind::Tenant),
        "upgradetrials" => Some(Kind::Trial),
        resource if workload(resource).is_some() => Some(Kind::Workload),
        "cronjobs" => Some(Kind::Template),
        "jobs" => Some(Kind::Job),
        _ => None,
    }
}

/// The kind of a workload.
fn workload(resource: &str) -> Option<&'static str> {
    match resource {
        "deployments" => Some("Deployment"),
        "statefulsets" => Some("StatefulSet"),
        "daemonsets" => Some("DaemonSet"),
        _ => None,
    }
}

fn name(resource: &str, reference: &Value) -> String {
    let names = [&reference["namespace"], &reference["name"]].map(text);
    let plain = || names.join("/").trim_start_matches('/').to_owned();
    workload(resource).map_or_else(plain, |kind| workload_name(names[0], kind, names[1]))
}

/// The object of a request, and the version that it was to change.
fn target(request: &Value) -> Option<(Kind, String, u64)> {
    let reference = &request["objectRef"];
    let on = text(&request["requestObject"]["metadata"]["resourceVersion"]).parse().ok()?;
    let resource = text(&reference["resource"]);
    Some((kind(resource)?, name(resource, reference), on))
}

/// Each with the version before. A write that changed nothing has the revision of what it found, and is no version.
fn linked(versions: Vec<Version>, clock: &Clock) -> Vec<Record> {
    let (mut last, mut records) = (BTreeMap::<(Kind, String), (u64, Arc<Object>)>::new(), vec![]);
    for version in versions {
        let key = (version.kind, version.name.clone());
        let known = last.get(&key).cloned();
        if known.as_ref().is_some_and(|(revision, _)| *revision >= version.revision) {
            continue;
        }
        let (before, after) = (known.map(|(_, before)| before), Arc::new(clock.object(&version)));
        last.insert(key, (version.revision, after.clone()));
        let what = if version.by_operator { What::Write(before, after) } else { What::Edit(before, Some(after)) };
        records.push(Record { from: version.from, until: version.until, what });
    }
    records
}

/// A notice, and an answer, come before all that may have been written after them: what follows from them, a receipt first, cannot be earlier.
fn merged(versions: Vec<Record>, deliveries: &[Delivery], asked: Vec<Record>) -> Vec<Record> {
    let mut uids = BTreeMap::new();
    for record in &versions {
        if let What::Write(_, object) | What::Edit(_, Some(object)) = &record.what {
            uids.entry((object.kind, object.name.clone())).or_insert_with(|| object.uid.clone());
        }
    }
    let mut others: Vec<_> = deliveries.iter().map(|delivery| notice(delivery, &uids)).chain(asked).collect();
    others.sort_by_key(|record| record.until); // stable
    let (mut merged, mut waiting) = (vec![], others.into_iter().peekable());
    for version in versions {
        while let Some(other) = waiting.next_if(|other| other.until <= version.until) {
            merged.push(other);
        }
        merged.push(version);
    }
    merged.extend(waiting);
    merged
}

fn notice(delivery: &Delivery, uids: &BTreeMap<(Kind, String), String>) -> Record {
    let (namespace, name) = (text(&delivery.data["namespace"]), text(&delivery.data["tenant"]));
    let tenant = if namespace.is_empty() { PLATFORM.to_owned() } else { format!("{namespace}/{name}") };
    // `<key>_<contact>`, neither of which has a `_`.
    let (key, contact) = delivery.webhook_id.rsplit_once('_').unwrap_or((&delivery.webhook_id, ""));
    let notice = Notice {
        uid: uids.get(&(Kind::Tenant, tenant.clone())).cloned().unwrap_or_default(),
        tenant,
        key: key.to_owned(),
        contact: contact.to_owned(),
        address: delivery.path.clone(),
        accepted: delivery.status < 300,
        data: delivery.data.clone(),
    };
    Record { from: delivery.at, until: delivery.at, what: What::Notice(notice) }
}

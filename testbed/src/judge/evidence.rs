//! What a judgement rests on: what happened, one thing after the other.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::object::Object;

/// All that a judgement may rest on.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// In the order in which it happened.
    pub records: Vec<Record>,
    /// What may not be demanded.
    pub leeway: Leeway,
}

/// One thing that happened, between two instants: a log of requests does not say exactly when a write was committed.
#[derive(Clone, Debug)]
pub struct Record {
    /// Not before this.
    pub from: Timestamp,
    /// By then.
    pub until: Timestamp,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum What {
    /// The operator's write was committed; nothing before: nobody saw the object made.
    Write(Option<Arc<Object>>, Arc<Object>),
    /// Anybody else created (nothing before), changed or deleted (nothing after) an object.
    Edit(Option<Arc<Object>>, Option<Arc<Object>>),
    /// A notice came to somebody.
    Notice(Notice),
    /// The operator asked whether a Job would be taken (`dryRun`).
    Asked(Asked),
    /// The operator asked this of the API server, which may have refused. A simulated world knows no requests.
    Request(Value),
    /// The operator was told these contacts of the platform. An audit log does not hold its configuration.
    Configured(Vec<Value>),
    /// A process of the operator started.
    Started,
    /// A process of the operator ended.
    Crashed,
}

/// A question, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The CronJob, as `namespace/name`.
    pub from: String,
    /// The version that the Job would be about.
    pub to: String,
    /// Whether it would be taken.
    pub granted: bool,
}

/// A notice as somebody got it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The tenant, as `namespace/name`.
    pub tenant: String,
    /// Its UID.
    pub uid: String,
    /// The notice's key.
    pub key: String,
    /// The contact's name.
    pub contact: String,
    /// Where it came: the end of the contact's address, since a server sees no more of it.
    pub address: String,
    /// Whether it was accepted.
    pub accepted: bool,
    /// What it says, as the `data` of the CloudEvent.
    pub data: Value,
}

/// What may not be demanded of a run. Without faults nothing is excused but the second of I2.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leeway {
    /// Answers of contacts that were lost: each allows one repetition of a notice.
    pub lost: usize,
    /// So long what happens may stay unseen. What stands on the tenant itself counts exactly all the same, by its resourceVersion.
    pub unseen: SignedDuration,
    /// So much the operator's clock may differ.
    pub clock: SignedDuration,
    /// So long after its decision a write may be committed.
    pub late: SignedDuration,
    /// A fault lies on some write, so what the operator takes for written may not be.
    pub in_doubt: bool,
    /// With several replicas, so long after it was deposed one may commit what it had on the wire, unseen by the one that leads.
    pub deposed: SignedDuration,
}

impl Leeway {
    /// Since when what happens to other objects than the tenant may be unseen at this instant (I2).
    pub fn others_since(&self, at: Timestamp) -> Timestamp {
        self.since(at) - SignedDuration::from_secs(1)
    }
    /// Since when what happens may be unseen at this instant, where it is no gate of I2.
    pub fn since(&self, at: Timestamp) -> Timestamp {
        at - self.unseen
    }
}

impl Record {
    /// A start, if this write is one: the tenant as it was, and the upgrade as started.
    pub fn start(&self) -> Option<(&Object, &Value)> {
        let What::Write(before, after) = &self.what else { return None };
        let up = after.started()?;
        let before = before.as_ref().unwrap_or(after);
        let ran = !Arc::ptr_eq(before, after) && before.started().is_some_and(|old| old["id"] == up["id"]);
        (!ran).then_some((before, up))
    }
}

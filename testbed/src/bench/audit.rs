//! The API server's audit log as the bench needs it: who asked for what and when. A line is read at a time: a round of 10,000 tenants
//! leaves hundreds of megabytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;

use crate::control_plane::ControlPlane;

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Request {
    pub user: String,
    pub verb: String,
    /// With its subresource: `deployments/status`.
    pub resource: String,
    pub namespace: String,
    pub received: Timestamp,
    pub answered: Timestamp,
    pub code: u16,
    /// Of a tenant's status: whether its newest slot ended with a success, and of which upgrade.
    pub succeeded: Option<String>,
}

impl Request {
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }

    pub fn is_committed(&self) -> bool {
        self.is_write() && self.code < 300
    }
}

/// Where the log ends now.
pub fn end(plane: &ControlPlane) -> Result<u64> {
    Ok(plane.audit_log().metadata().context("looking at the audit log")?.len())
}

/// What was asked from an offset on.
pub fn since(plane: &ControlPlane, offset: u64) -> Result<Vec<Request>> {
    let mut log = File::open(plane.audit_log()).context("opening the audit log")?;
    log.seek(SeekFrom::Start(offset)).context("going to the offset in the audit log")?;
    let mut requests = vec![];
    for line in BufReader::with_capacity(1 << 20, log).lines() {
        let line = line.context("reading the audit log")?;
        // The last one may be half written at this moment: it belongs to nobody's round.
        requests.extend(serde_json::from_str::<Line>(&line).ok().and_then(Line::request));
    }
    Ok(requests)
}

/// Writes by user and resource, refused ones too.
pub fn writes(requests: &[Request]) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut all = BTreeMap::<String, BTreeMap<String, usize>>::new();
    for request in requests.iter().filter(|request| request.is_write()) {
        let kind = format!("{} {}", request.verb, request.resource);
        *all.entry(request.user.clone()).or_default().entry(kind).or_default() += 1;
    }
    all
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    verb: String,
    user: User,
    #[serde(default)]
    object_ref: ObjectRef,
    response_status: Option<Answer>,
    request_received_timestamp: Timestamp,
    stage_timestamp: Timestamp,
    #[serde(default)]
    request_object: Option<Object>,
}
#[derive(Deserialize)]
struct User {
    username: String,
}
#[derive(Default, Deserialize)]
#[serde(default)]
struct ObjectRef {
    resource: String,
    subresource: String,
    namespace: String,
}
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    code: u16,
}
#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    status: Status,
}
#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    history: Vec<Slot>,
}
#[derive(Deserialize)]
struct Slot {
    #[serde(default)]
    id: String,
    #[serde(default)]
    result: String,
}

impl Line {
    fn request(self) -> Option<Request> {
        let ObjectRef { resource, subresource, namespace } = self.object_ref;
        let newest = self.request_object.and_then(|object| object.status.history.into_iter().next());
        Some(Request {
            user: self.user.username,
            verb: self.verb,
            resource: if subresource.is_empty() { resource } else { format!("{resource}/{subresource}") },
            namespace,
            received: self.request_received_timestamp,
            answered: self.stage_timestamp,
            code: self.response_status?.code,
            succeeded: newest.filter(|slot| slot.result == "Succeeded").map(|slot| slot.id),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

    use super::*;

    fn line(object: &str) -> Request {
        let text = format!(
            r#"{{"kind":"Event","verb":"update","user":{{"username":"system:serviceaccount:uplift-system:uplift","uid":"1"}},
            "objectRef":{{"resource":"tenantinstances","namespace":"t-1","name":"t","subresource":"status"}},
            "responseStatus":{{"metadata":{{}},"code":200}},"requestObject":{object},
            "requestReceivedTimestamp":"2026-12-15T18:00:00.000001Z","stageTimestamp":"2026-12-15T18:00:00.002001Z"}}"#
        );
        serde_json::from_str::<Line>(&text).unwrap().request().unwrap()
    }

    #[test]
    fn a_success_is_read_off_the_newest_slot_only() {
        let newest = line(r#"{"status":{"history":[{"id":"b","result":"Succeeded"},{"id":"a","result":"Failed"}]}}"#);
        assert_eq!((newest.resource.as_str(), newest.succeeded.as_deref()), ("tenantinstances/status", Some("b")));
        assert_eq!(
            line(r#"{"status":{"history":[{"id":"b","result":"Failed"},{"id":"a","result":"Succeeded"}]}}"#).succeeded,
            None
        );
        assert_eq!(line(r#"{"spec":{}}"#).succeeded, None);
    }

    #[test]
    fn writes_are_counted_by_user_and_kind() {
        let write = line("{}");
        let read = Request { verb: "list".into(), ..write.clone() };
        let counted = writes(&[write.clone(), write, read]);
        assert_eq!(
            counted["system:serviceaccount:uplift-system:uplift"],
            BTreeMap::from([("update tenantinstances/status".into(), 2)])
        );
    }
}

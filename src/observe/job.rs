//! The facts of Jobs, of CronJobs that they are made from, and of their pods.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{
    Unreadable,
    object::{MESSAGE, Object, shorten},
};
use crate::{
    api::annotations::{ID_LABEL, STEP_LABEL},
    clock::Clock,
    fleet::{Ended, Job, JobKey, JobRead, Template, job::one_line},
};

/// A CronJob and its key.
pub(super) fn template(raw: &str, clock: &dyn Clock) -> Result<(JobKey, Template), Unreadable> {
    #[derive(Deserialize)]
    struct Spec {
        #[serde(default)]
        suspend: bool,
    }
    let object = Object::read("CronJob", raw, clock)?;
    let spec: Spec = object.spec().map_err(|message| unreadable("CronJob", &object, message))?;
    Ok((JobKey::new(object.namespace, object.name), Template { meta: object.meta, suspended: spec.suspend }))
}

/// A Job and its key.
pub(super) fn job(raw: &str, clock: &dyn Clock) -> Result<(JobKey, Job), Unreadable> {
    let mut object = Object::read("Job", raw, clock)?;
    let status: Status = object.status().map_err(|message| unreadable("Job", &object, message))?;
    let mut label = |key: &str| object.labels.remove(key).unwrap_or_default();
    let (id, step) = (label(ID_LABEL), label(STEP_LABEL));
    let started_at = status.start_time.map(|at| clock.from_server(at));
    let ended = ended(status.conditions, clock);
    let owner = owner(raw);
    Ok((JobKey::new(object.namespace, object.name), Job { meta: object.meta, owner, id, step, started_at, ended }))
}

fn unreadable(kind: &'static str, object: &Object<'_>, message: String) -> Unreadable {
    Unreadable { kind, name: format!("{}/{}", object.namespace, object.name), message }
}

/// `Complete` and `Failed` come after the last pod has ended; `SuccessCriteriaMet` and `FailureTarget` before.
fn ended(conditions: Vec<Condition>, clock: &dyn Clock) -> Option<Ended> {
    let condition = conditions.into_iter().find(|c| c.status == "True" && matches!(&*c.type_, "Complete" | "Failed"))?;
    Some(Ended {
        succeeded: condition.type_ == "Complete",
        deadline_exceeded: condition.reason == "DeadlineExceeded",
        message: shorten(&condition.message, MESSAGE),
        at: clock.from_server(condition.last_transition_time),
    })
}

/// The UID of its owner, if it has one alone.
fn owner(raw: &str) -> Option<String> {
    let object: Owned = serde_json::from_str(raw).ok()?;
    match &object.metadata.owner_references[..] {
        [only] => Some(only.uid.clone()),
        _ => None,
    }
}

/// What the API server answered to a read of a Job (none: it is not there), and to a list of the pods that bear its name.
pub fn job_read(raw: Option<&str>, pods: &str, clock: &dyn Clock) -> Result<JobRead, Unreadable> {
    let job = raw.map(|raw| job(raw, clock)).transpose()?.map(|(_, job)| job);
    let message = job.as_ref().map(|job| message(pods, &job.meta.uid)).unwrap_or_default();
    Ok(JobRead { job, message })
}

/// The termination message of the first container that has one, of the Job's own pod: whoever may create pods may give them its name.
fn message(pods: &str, job_uid: &str) -> String {
    let list: Value = serde_json::from_str(pods).unwrap_or_default();
    let owned = |pod: &&Value| list_of(&pod["metadata"]["ownerReferences"]).any(|owner| owner["uid"] == job_uid);
    let pods = list_of(&list["items"]).filter(owned).map(|pod| &pod["status"]);
    let all = pods.flat_map(|status| list_of(&status["containerStatuses"]).chain(list_of(&status["initContainerStatuses"])));
    let said = all.filter_map(|status| status["state"]["terminated"]["message"].as_str());
    said.map(one_line).find(|message| !message.is_empty()).unwrap_or_default()
}

fn list_of(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    start_time: Option<Timestamp>,
    conditions: Vec<Condition>,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    last_transition_time: Timestamp,
}
#[derive(Deserialize)]
struct Owned {
    metadata: Owners,
}
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owners {
    #[serde(default)]
    owner_references: Vec<Owner>,
}
#[derive(Deserialize)]
struct Owner {
    uid: String,
}

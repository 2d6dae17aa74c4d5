//! Jobs: made from a CronJob that is read first, and read with their pods once they are over (R26).

use http::Request as HttpRequest;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Resource,
    api::{ListParams, PostParams, Request},
};
use serde_json::{Value, json};

use super::{
    Denial, Outcome, Seen,
    outcome::chain,
    request::{GIVE_UP, Unsendable, api_version, build, is_job, kind, names, url, with_parameter},
};
use crate::{
    api::{
        FIELD_MANAGER,
        annotations::{CRON_JOB_LABEL, ID_LABEL, MANAGED_BY_LABEL, STEP_LABEL},
    },
    fleet::{JobKey, ObjectKey},
    plan::{Change, NewJob, Write},
};

/// Seconds that a Job is kept after its end: a week for people to look at its logs.
const KEPT: u32 = 7 * 24 * 3600;
/// A policy looks at every Job: a large one costs the API server seconds.
const LARGEST: usize = 64 * 1024;

/// What a Job is made from.
pub(super) fn template(key: &JobKey, new: &NewJob) -> ObjectKey {
    ObjectKey::Template(JobKey::new(&key.namespace, &new.template))
}

/// The request that makes a Job of what was read, or only asks whether it would be taken. Its CronJob must be as it was when that was decided: what was looked at is what runs.
pub(super) fn request(key: &JobKey, new: &NewJob, read: &str, dry_run: bool) -> Result<HttpRequest<Vec<u8>>, Outcome> {
    let template = template(key, new);
    let cron_job: Value = serde_json::from_str(read).map_err(|e| Outcome::NotSent(e.to_string()))?;
    if cron_job["metadata"]["resourceVersion"] != new.template_version.as_str() {
        return Err(Outcome::Conflict(format!("{template} was changed")));
    }
    let body = body(key, new, &cron_job).to_string();
    if body.len() > LARGEST {
        let message = format!("{template} makes Jobs of {} bytes; at most {LARGEST} are taken", body.len());
        return Err(Outcome::Refused(Denial::of_request(message)));
    }
    create(key, body.into_bytes(), dry_run).map_err(|error| Outcome::Refused(Denial::of_request(chain(&error))))
}

fn create(key: &JobKey, body: Vec<u8>, dry_run: bool) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let object = ObjectKey::Job(key.clone());
    let params = PostParams { dry_run, field_manager: Some(FIELD_MANAGER.into()) };
    let request = Request::new(url(&object)).create(&params, body).map_err(|e| build(&object, e))?;
    with_parameter(request, &object, &format!("timeout={GIVE_UP}"))
}

/// One pod, once. The pod's labels are ours alone: with the template's a Service would take it for an endpoint.
fn body(key: &JobKey, new: &NewJob, cron_job: &Value) -> Value {
    let template = &cron_job["spec"]["jobTemplate"]["spec"]["template"];
    let labels = json!({ID_LABEL: new.id, STEP_LABEL: new.step, CRON_JOB_LABEL: new.template});
    let mut job_labels = labels.clone();
    job_labels[MANAGED_BY_LABEL] = FIELD_MANAGER.into();
    let owner = json!({
        "apiVersion": api_version(&new.owner), "kind": kind(&new.owner), "name": names(&new.owner).1, "uid": new.owner_uid, "controller": true,
    });
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"namespace": key.namespace, "name": key.name, "labels": job_labels, "ownerReferences": [owner]},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": new.deadline,
            "ttlSecondsAfterFinished": KEPT,
            "template": {
                "metadata": {"labels": labels, "annotations": template["metadata"]["annotations"]},
                "spec": pod(new, template["spec"].clone()),
            },
        },
    })
}

fn pod(new: &NewJob, mut pod: Value) -> Value {
    pod["restartPolicy"] = "Never".into();
    // The token of the namespace's default account is of no use to a Job, and the policy refuses it.
    if pod["serviceAccountName"].is_null() && pod["automountServiceAccountToken"].is_null() {
        pod["automountServiceAccountToken"] = false.into();
    }
    for list in ["initContainers", "containers"] {
        pod[list].as_array_mut().into_iter().flatten().for_each(|container| fill(new, container));
    }
    pod
}

/// A container that is named like a component runs its image. Ours come first: the template's variables may refer to them.
fn fill(new: &NewJob, container: &mut Value) {
    if let Some(image) = container["name"].as_str().and_then(|name| new.images.get(name)) {
        container["image"] = image.as_str().into();
    }
    let own = new.env.iter().map(|(name, value)| json!({"name": name, "value": value}));
    let others = container["env"].as_array().into_iter().flatten();
    let others = others.filter(|variable| variable["name"].as_str().is_none_or(|name| !new.env.contains_key(name)));
    container["env"] = own.chain(others.cloned()).collect();
}

/// How the creation of a Job stands, by what was read after an answer that does not say it.
pub(super) fn settled(write: &Write, outcome: Outcome, read: Option<Seen>) -> (Outcome, Option<Seen>) {
    match (&write.change, &read) {
        (Change::Job { new, .. }, Some(Seen::Present(text))) if !is_job(new, text) => (Outcome::Refused(Denial::another()), None),
        (Change::Job { .. }, Some(Seen::Present(text))) => (Outcome::Committed(text.clone()), None),
        _ => (outcome, read),
    }
}

/// The answer to whether a Job would be taken. Nothing was to be written, so nothing is in doubt, and nothing is read. A webhook that hangs
/// is an answer too: else the whole queue would wait for it, and nobody would be told.
pub(super) fn asked(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Unknown(error) => Outcome::Refused(Denial::of_request(error)),
        Outcome::Gone => Outcome::Refused(Denial::of_request("its namespace is gone".into())),
        outcome => outcome,
    }
}

/// The request for the pods that bear the Job's name.
pub(super) fn pods(key: &JobKey) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let params = ListParams::default().labels(&format!("batch.kubernetes.io/job-name={}", key.name));
    let list = Request::new(Pod::url_path(&(), Some(&key.namespace))).list(&params);
    list.map_err(|e| build(&ObjectKey::Job(key.clone()), e))
}

/// Whether one of these pods has not ended. What is no list says nothing of them.
pub(super) fn run(pods: &str) -> bool {
    let list: Value = serde_json::from_str(pods).unwrap_or_default();
    let over = |pod: &Value| matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    list["items"].as_array().is_none_or(|pods| !pods.iter().all(over))
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;

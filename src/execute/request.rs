//! A write as one HTTP request, with its precondition inside.

use std::collections::BTreeSet;

use http::Request as HttpRequest;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use kube::{
    Resource,
    api::{GetParams, Patch, PatchParams, PostParams, Request},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Seen;
use crate::{
    api::{
        DashboardRelease, FIELD_MANAGER, SoftwareProduct, TenantInstance, UpgradeTrial, UpgradeWindow,
        annotations::{ID_LABEL, INTENT, MANAGED_BY_LABEL, STEP_LABEL},
        tenant::WorkloadKind,
    },
    fleet::{ObjectKey, WorkloadKey},
    plan::{Change, ImageChange, NewJob, Write},
};

/// So long after it got a write the API server gives up on it (it would be 34 s): before its client does, so that most doubts end
/// with an answer, and none lasts long.
pub const GIVE_UP: &str = "8s";

/// The write cannot be put into a request.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// The API server takes such a resourceVersion as no precondition.
    #[error("{object}: resourceVersion {version:?} is no precondition; the write would be blind")]
    NoPrecondition {
        /// The object.
        object: ObjectKey,
        /// What stood there.
        version: String,
    },
    /// A Job is made from what is read first.
    #[error("{object}: a Job is not made by a write alone")]
    NotByItself {
        /// The object.
        object: ObjectKey,
    },
    /// The body does not serialise.
    #[error("{object}: serialise the write")]
    Serialise {
        /// The object.
        object: ObjectKey,
        /// Why.
        source: serde_json::Error,
    },
    /// The request could not be built.
    #[error("{object}: build the request")]
    Build {
        /// The object.
        object: ObjectKey,
        /// Why.
        source: kube::core::request::Error,
    },
}

/// The request of a write.
pub fn write(write: &Write) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    check_precondition(write)?;
    let object = write.object();
    let request = match &write.change {
        Change::ReleaseStatus { .. }
        | Change::WindowStatus { .. }
        | Change::ProductStatus { .. }
        | Change::TenantStatus { .. }
        | Change::TrialStatus { .. } => status_put(write, &object),
        Change::Images { images, .. } => images_patch(write, &object, images),
        // What it is made of is read first; a read is no write.
        Change::Job { .. } | Change::AskJob { .. } | Change::ReadJob { .. } | Change::ReadPods { .. } => {
            Err(Unsendable::NotByItself { object: object.clone() })
        }
    }?;
    with_parameter(request, &object, &format!("timeout={GIVE_UP}"))
}

// kube's own parameters have no place for it.
pub(super) fn with_parameter(
    mut request: HttpRequest<Vec<u8>>,
    object: &ObjectKey,
    parameter: &str,
) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let longer = format!("{}&{parameter}", request.uri());
    let invalid = |error: http::uri::InvalidUri| build(object, kube::core::request::Error::BuildRequest(error.into()));
    *request.uri_mut() = longer.parse().map_err(invalid)?;
    Ok(request)
}

/// The request that reads an object, from the API server's newest state: without a resourceVersion the read is consistent.
pub fn read(object: &ObjectKey) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let name = names(object).1;
    Request::new(url(object)).get(name, &GetParams::default()).map_err(|source| build(object, source))
}

/// Whether this object, as it was read, holds what the write wrote.
pub fn shows(write: &Write, text: &str) -> bool {
    match &write.change {
        Change::ReleaseStatus { status, .. } => status_in(text).as_ref() == Some(&**status),
        Change::WindowStatus { status, .. } => status_in(text).as_ref() == Some(&**status),
        Change::ProductStatus { status, .. } => status_in(text).as_ref() == Some(&**status),
        Change::TenantStatus { status, .. } => status_in(text).as_ref() == Some(&**status),
        Change::TrialStatus { status, .. } => status_in(text).as_ref() == Some(&**status),
        Change::Images { images, .. } => intent_in(text).as_ref() == Some(&images.intent),
        Change::Job { new, .. } => is_job(new, text),
        Change::AskJob { .. } | Change::ReadJob { .. } | Change::ReadPods { .. } => true,
    }
}

/// The parts of the status that the object does not show as they were sent, or `metadata.annotations`.
pub fn differences(write: &Write, text: &str) -> Vec<String> {
    if let Change::Images { .. } = &write.change {
        return vec![format!("metadata.annotations[{INTENT}]")];
    }
    let sent = write.change.to_json().unwrap_or_default();
    let object: Value = serde_json::from_str(text).unwrap_or_default();
    let parts = [&sent, &object["status"]].into_iter().filter_map(Value::as_object).flat_map(|status| status.keys());
    let parts: BTreeSet<_> = parts.filter(|part| sent.get(part) != object["status"].get(part)).collect();
    parts.into_iter().map(|part| format!("status.{part}")).collect()
}

/// A start or a change of images: committed after its place was given away, or after the start was taken back, it does harm.
pub fn must_not_come_late(write: &Write) -> bool {
    match &write.change {
        Change::Images { .. } => true,
        Change::TenantStatus { status, .. } => status.upgrade.as_ref().is_some_and(|upgrade| upgrade.started_at.is_some()),
        // A Job, whenever it comes, is the one of its name; a question or a read does nothing.
        Change::ReleaseStatus { .. }
        | Change::WindowStatus { .. }
        | Change::ProductStatus { .. }
        | Change::TrialStatus { .. }
        | Change::Job { .. }
        | Change::AskJob { .. }
        | Change::ReadJob { .. }
        | Change::ReadPods { .. } => false,
    }
}

/// Whether the object was seen as the write's precondition wants it: the write may still be committed.
pub fn stands_still(write: &Write, seen: &Seen) -> bool {
    let Seen::Present(text) = seen else { return false };
    let object: Option<Value> = serde_json::from_str(text).ok();
    object.is_some_and(|object| object["metadata"]["resourceVersion"] == write.resource_version.as_str())
}

// Trap: the API server takes "" and "0" as "whatever version", and answers 500 to what is no number.
fn check_precondition(write: &Write) -> Result<(), Unsendable> {
    match write.resource_version.as_str() {
        version @ ("" | "0") => Err(Unsendable::NoPrecondition { object: write.object(), version: version.into() }),
        _ => Ok(()),
    }
}

// By PUT, since an apply takes away only what nobody else owns: one foreign entry in managedFields, and a field that is left out would
// stay for ever. The status is always a whole. These six keys and no more: the API server takes nothing but the status from a PUT of the
// subresource. The resourceVersion is the precondition; with it an object that was deleted and made anew is a conflict.
fn status_put(write: &Write, object: &ObjectKey) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let (namespace, name) = names(object);
    let unserialised = |source| Unsendable::Serialise { object: object.clone(), source };
    let status = write.change.to_json().map_err(unserialised)?;
    let mut body = json!({
        "apiVersion": api_version(object),
        "kind": kind(object),
        "metadata": {"name": name, "resourceVersion": write.resource_version},
        "status": status,
    });
    if let Some(namespace) = namespace {
        body["metadata"]["namespace"] = namespace.into();
    }
    let params = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    let body = serde_json::to_vec(&body).map_err(unserialised)?;
    let request = Request::new(url(object)).replace_subresource("status", name, &params, body).map_err(|e| build(object, e))?;
    // Else a field that an older definition does not know is dropped in silence.
    with_parameter(request, object, "fieldValidation=Strict")
}

// A strategic merge, since it alone merges containers by name: a plain merge patch replaces the list, env and all. Trap: a name
// that the object does not have adds a container; the names are those of the object in this very version, and the
// policy on the operator's account refuses an added one.
fn images_patch(write: &Write, object: &ObjectKey, change: &ImageChange) -> Result<HttpRequest<Vec<u8>>, Unsendable> {
    let intent =
        serde_json::to_string(&change.intent).map_err(|source| Unsendable::Serialise { object: object.clone(), source })?;
    let list = |init: bool| -> Vec<Value> {
        let images = change.intent.images.iter().filter(|(name, _)| change.init.contains(name) == init);
        images.map(|(name, image)| json!({"name": name, "image": image})).collect()
    };
    let mut body = json!({
        "metadata": {"resourceVersion": write.resource_version, "annotations": {INTENT: intent}},
        "spec": {"template": {"spec": {}}},
    });
    if let Some(replicas) = change.replicas {
        body["spec"]["replicas"] = replicas.into();
    }
    for (field, containers) in [("containers", list(false)), ("initContainers", list(true))] {
        if !containers.is_empty() {
            body["spec"]["template"]["spec"][field] = containers.into();
        }
    }
    let params = PatchParams { field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
    Request::new(url(object)).patch(names(object).1, &params, &Patch::Strategic(&body)).map_err(|e| build(object, e))
}

pub(super) fn build(object: &ObjectKey, source: kube::core::request::Error) -> Unsendable {
    Unsendable::Build { object: object.clone(), source }
}

/// The namespace, if any, and the name.
pub(super) fn names(object: &ObjectKey) -> (Option<&str>, &str) {
    match object {
        ObjectKey::Release(name) | ObjectKey::Window(name) | ObjectKey::Product(name) => (None, name),
        ObjectKey::Tenant(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Trial(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Workload(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Template(key) | ObjectKey::Job(key) => (Some(&key.namespace), &key.name),
    }
}

/// The kind.
pub(super) fn kind(object: &ObjectKey) -> &'static str {
    match object {
        ObjectKey::Release(_) => "DashboardRelease",
        ObjectKey::Window(_) => "UpgradeWindow",
        ObjectKey::Product(_) => "SoftwareProduct",
        ObjectKey::Tenant(_) => "TenantInstance",
        ObjectKey::Trial(_) => "UpgradeTrial",
        ObjectKey::Workload(key) => key.kind.name(),
        ObjectKey::Template(_) => "CronJob",
        ObjectKey::Job(_) => "Job",
    }
}

/// The API version.
pub(super) fn api_version(object: &ObjectKey) -> String {
    match object {
        ObjectKey::Workload(_) => WorkloadKind::API_VERSION.into(),
        ObjectKey::Template(_) | ObjectKey::Job(_) => "batch/v1".into(),
        _ => format!("{}/{}", crate::api::GROUP, crate::api::VERSION),
    }
}

pub(super) fn url(object: &ObjectKey) -> String {
    match object {
        ObjectKey::Release(_) => DashboardRelease::url_path(&(), None),
        ObjectKey::Window(_) => UpgradeWindow::url_path(&(), None),
        ObjectKey::Product(_) => SoftwareProduct::url_path(&(), None),
        ObjectKey::Tenant(key) => TenantInstance::url_path(&(), Some(&key.namespace)),
        ObjectKey::Trial(key) => UpgradeTrial::url_path(&(), Some(&key.namespace)),
        ObjectKey::Workload(WorkloadKey { kind, namespace, .. }) => {
            format!("/apis/{}/namespaces/{namespace}/{}", WorkloadKind::API_VERSION, kind.plural())
        }
        ObjectKey::Template(key) => CronJob::url_path(&(), Some(&key.namespace)),
        ObjectKey::Job(key) => Job::url_path(&(), Some(&key.namespace)),
    }
}

/// Whether this is the Job: nobody else may give one the operator's label, and another owner's is another's.
pub(super) fn is_job(new: &NewJob, text: &str) -> bool {
    let job: Value = serde_json::from_str(text).unwrap_or_default();
    let (labels, owners) = (&job["metadata"]["labels"], &job["metadata"]["ownerReferences"]);
    let labelled = labels[MANAGED_BY_LABEL] == FIELD_MANAGER
        && labels[ID_LABEL] == new.id.as_str()
        && labels[STEP_LABEL] == new.step.as_str();
    labelled && owners[1].is_null() && owners[0]["uid"] == new.owner_uid.as_str()
}

fn status_in<T: DeserializeOwned + Default>(text: &str) -> Option<T> {
    #[derive(serde::Deserialize)]
    struct WithStatus<T> {
        status: Option<T>,
    }
    serde_json::from_str::<WithStatus<T>>(text).ok()?.status
}

fn intent_in(text: &str) -> Option<crate::api::annotations::Intent> {
    let object: Value = serde_json::from_str(text).ok()?;
    serde_json::from_str(object["metadata"]["annotations"][INTENT].as_str()?).ok()
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;

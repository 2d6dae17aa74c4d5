//! Applying the way Flux does it: take over what kubectl wrote, then server-side apply by force.

use anyhow::{Context, Result};
use http::Request;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{FieldsV1, ManagedFieldsEntry};
use kube::api::DynamicObject;
use kube::{Client, Resource, ResourceExt};
use serde_json::{Value, json};

use super::ControlPlane;
use super::cluster::{api_of, apply_as};
use super::users::GITOPS;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl ControlPlane {
    /// Syncs one manifest (YAML or JSON) as Flux's kustomize-controller.
    pub async fn gitops_apply(&self, manifest: &str) -> Result<DynamicObject> {
        let object: Value = serde_saphyr::from_str(manifest).context("parsing the manifest")?;
        let client = self.gitops().await?.client().await?;
        take_over(&client, &object).await?;
        apply_as(&client, GITOPS.1, &object).await
    }
}

/// Makes the tool the owner of whatever kubectl owns, so that the apply removes what Git doesn't name.
async fn take_over(client: &Client, object: &Value) -> Result<()> {
    let name = object["metadata"]["name"].as_str().context("an object without metadata.name")?;
    let (api, resource) = api_of(client, object).await?;
    let Some(live) = api.get_opt(name).await.with_context(|| format!("reading {name}"))? else {
        return Ok(());
    };
    let Some(patch) = take_over_patch(&live) else {
        return Ok(());
    };
    let folder = DynamicObject::url_path(&resource, live.namespace().as_deref());
    let request = Request::patch(format!("{folder}/{name}"))
        .header("content-type", "application/json-patch+json")
        .body(serde_json::to_vec(&patch)?)?;
    client.request::<Value>(request).await.with_context(|| format!("taking over {name}"))?;
    Ok(())
}

/// The JSON patch, tied to the object that was read; `None` when kubectl owns nothing.
fn take_over_patch(live: &DynamicObject) -> Option<Value> {
    let fields = taken_over(live.managed_fields())?;
    let mut steps = vec![
        json!({"op": "test", "path": "/metadata/resourceVersion", "value": live.resource_version()}),
        json!({"op": "replace", "path": "/metadata/managedFields", "value": fields}),
    ];
    if live.annotations().contains_key(LAST_APPLIED) {
        let path = format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"));
        steps.push(json!({"op": "remove", "path": path}));
    }
    Some(json!(steps))
}

/// The managers after the take-over: one Apply entry of the tool with the fields of all that it took.
pub fn taken_over(entries: &[ManagedFieldsEntry]) -> Option<Vec<ManagedFieldsEntry>> {
    if !entries.iter().any(is_kubectl) {
        return None;
    }
    let (taken, mut rest): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|e| is_kubectl(e) || is_own(e));
    let fields = taken.iter().filter_map(|e| e.fields_v1.clone()).map(|f| f.0).fold(json!({}), union);
    let base = taken.into_iter().next()?;
    rest.push(ManagedFieldsEntry {
        manager: Some(GITOPS.1.to_owned()),
        operation: Some("Apply".to_owned()),
        fields_v1: Some(FieldsV1(fields)),
        ..base
    });
    Some(rest)
}

/// Every manager whose name begins with kubectl, so also a careless `kubectl-uplift`. Statuses are left alone.
fn is_kubectl(entry: &ManagedFieldsEntry) -> bool {
    let name = entry.manager.as_deref().unwrap_or_default();
    (name.starts_with("kubectl") || name == "before-first-apply") && entry.subresource.is_none()
}

fn is_own(entry: &ManagedFieldsEntry) -> bool {
    entry.manager.as_deref() == Some(GITOPS.1) && entry.operation.as_deref() == Some("Apply") && entry.subresource.is_none()
}

/// A set of fields is a tree of objects, so the union is a deep merge.
fn union(mut left: Value, right: Value) -> Value {
    if let (Some(into), Value::Object(from)) = (left.as_object_mut(), right) {
        for (key, value) in from {
            let merged = union(into.remove(&key).unwrap_or(json!({})), value);
            into.insert(key, merged);
        }
    }
    left
}

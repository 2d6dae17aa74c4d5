//! What the API server would refuse: types, unknown fields, the schema's limits, and the rules of the definitions.

mod field_error;
mod meta;
mod parse;
mod path;
mod rules;
mod schema;
mod workload;

use k8s_openapi::api::{
    apps::v1::{DaemonSetSpec, DeploymentSpec, StatefulSetSpec},
    batch::v1::CronJobSpec,
};
use serde_json::Value;

pub use field_error::FieldError;
pub use meta::{annotations, generation, label, labels, name};
pub use parse::{read, read_loosely};
pub use schema::check_status;
pub use workload::status_numbers;

use super::world::{Content, Workload};
use crate::{api::tenant::WorkloadKind, fleet::ObjectKey};

/// Reads a spec strictly. `old` is the spec that it would replace.
pub fn admit(key: &ObjectKey, spec: &Value, old: Option<&Value>) -> Result<Content, FieldError> {
    let content = match key {
        ObjectKey::Release(_) => Content::Release(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Window(_) => Content::Window(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Product(_) => Content::Product(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Tenant(_) => Content::Tenant(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Trial(_) => Content::Trial(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Workload(key) => return workload(key.kind, spec),
        ObjectKey::Template(_) => {
            read::<CronJobSpec>(spec, "spec")?;
            return Ok(Content::Template(spec.clone()));
        }
        ObjectKey::Job(_) => return Err(FieldError::new("kind", "only the operator makes Jobs here")),
    };
    if let ObjectKey::Product(name) = key
        && (name.chars().count() > 63 || name == "dashboard")
    {
        let message =
            "the name of a product has at most 63 characters, and is not dashboard: so statuses call what Uplift upgrades";
        return Err(FieldError::new("metadata.name", message));
    }
    schema::check(key, spec, old)?;
    rules::check(&content, old)?;
    Ok(content)
}

/// Kubernetes checks workloads by code; here are those checks without which nothing can run.
fn workload(kind: WorkloadKind, spec: &Value) -> Result<Content, FieldError> {
    match kind {
        WorkloadKind::Deployment => drop(read::<DeploymentSpec>(spec, "spec")?),
        WorkloadKind::StatefulSet => drop(read::<StatefulSetSpec>(spec, "spec")?),
        WorkloadKind::DaemonSet => drop(read::<DaemonSetSpec>(spec, "spec")?),
    }
    let missing = |field: &str| FieldError::new(field, "missing field");
    if !spec["selector"].is_object() {
        return Err(missing("spec.selector"));
    }
    if spec["template"]["spec"]["containers"].as_array().is_none_or(Vec::is_empty) {
        return Err(missing("spec.template.spec.containers"));
    }
    workload::containers(spec)?;
    workload::numbers(spec)?;
    workload::strategy(spec)?;
    Ok(Content::Workload(Workload::new(kind, spec.clone())))
}

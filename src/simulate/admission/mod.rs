//! What the API server would refuse: types, unknown fields, the schema's limits, and the rules of the definitions.

mod field_error;
mod parse;
mod path;
mod rules;
mod schema;

use k8s_openapi::api::apps::v1::DeploymentSpec;
use serde_json::Value;

pub use field_error::FieldError;
pub use parse::{read, read_loosely};

use super::world::{Content, Deployment, DeploymentStatus};
use crate::fleet::ObjectKey;

/// Reads a spec strictly. `old` is the spec that it would replace.
pub fn admit(key: &ObjectKey, spec: &Value, old: Option<&Value>) -> Result<Content, FieldError> {
    let content = match key {
        ObjectKey::Release(_) => Content::Release(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Window(_) => Content::Window(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Tenant(_) => Content::Tenant(Box::new(read(spec, "spec")?), Box::default()),
        ObjectKey::Workload(_) => return deployment(spec),
    };
    schema::check(key, spec, old)?;
    rules::check(&content)?;
    Ok(content)
}

/// Kubernetes checks Deployments by code; here are those checks without which nothing can run.
fn deployment(spec: &Value) -> Result<Content, FieldError> {
    read::<DeploymentSpec>(spec, "spec")?;
    let missing = |field: &str| FieldError::new(field, "missing field");
    if !spec["selector"].is_object() {
        return Err(missing("spec.selector"));
    }
    let containers = spec["template"]["spec"]["containers"].as_array().filter(|list| !list.is_empty());
    let containers = containers.ok_or_else(|| missing("spec.template.spec.containers"))?;
    for (i, container) in containers.iter().enumerate() {
        for key in ["name", "image"] {
            if !container[key].is_string() {
                return Err(missing(&format!("spec.template.spec.containers[{i}].{key}")));
            }
        }
    }
    let status = DeploymentStatus::default();
    Ok(Content::Deployment(Deployment { spec: spec.clone(), managers: std::collections::BTreeMap::new(), status }))
}

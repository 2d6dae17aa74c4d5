//! The objects, as they stand in Git.

use serde_json::{Value, json};
use uplift::api::tenant::WorkloadKind;

use crate::consent;

pub fn image(tag: &str) -> String {
    format!("registry.example.test/dashboard:{tag}")
}

/// The name of the one workload of this kind in a namespace.
pub fn name(kind: WorkloadKind) -> &'static str {
    match kind {
        WorkloadKind::Deployment => "web",
        WorkloadKind::StatefulSet => "db",
        WorkloadKind::DaemonSet => "agent",
    }
}

/// The component `broken` has an image of its own. Its failures halt nothing.
pub fn release(version: &str, broken: &str) -> Value {
    let mut release = consent::manifests::release(version);
    release["spec"]["images"]["broken"] = image(broken).into();
    release["spec"]["rollout"] = json!({"maxFailures": 10});
    release
}

/// All its containers run this component. What does not come up within two minutes has failed.
pub fn tenant(namespace: &str, hooks: &str, kinds: &[WorkloadKind], component: &str) -> Value {
    let containers = json!([{"name": "main", "component": component}]);
    let workload = |kind: &WorkloadKind| json!({"kind": kind, "name": name(*kind), "containers": containers});
    let mut tenant = consent::manifests::tenant(namespace, hooks);
    tenant["spec"]["workloads"] = kinds.iter().map(workload).collect();
    tenant["spec"]["rolloutTimeout"] = "2m".into();
    tenant
}

fn workload(namespace: &str, kind: WorkloadKind, more: &Value) -> Value {
    let name = name(kind);
    let mut spec = json!({
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": "main", "image": image(consent::manifests::RUNS)}]},
        },
    });
    spec.as_object_mut().into_iter().for_each(|spec| spec.extend(more.as_object().cloned().unwrap_or_default()));
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec})
}

pub fn deployment(namespace: &str) -> Value {
    workload(namespace, WorkloadKind::Deployment, &json!({"replicas": 1}))
}

pub fn stateful_set(namespace: &str, policy: &str) -> Value {
    workload(namespace, WorkloadKind::StatefulSet, &json!({"replicas": 2, "serviceName": "db", "podManagementPolicy": policy}))
}

pub fn daemon_set(namespace: &str) -> Value {
    workload(namespace, WorkloadKind::DaemonSet, &json!({}))
}

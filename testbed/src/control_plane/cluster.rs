//! What every test finds: a fake node, the people's bindings, the `GitOps` tool's account, and namespaces on demand.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams};
use kube::core::{GroupVersionKind, TypeMeta};
use kube::discovery::{ApiResource, Scope, pinned_kind};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use super::ControlPlane;
use super::users::{GITOPS, PEOPLE};

impl ControlPlane {
    pub(super) async fn furnish(&self) -> Result<()> {
        let admin = self.admin().await?.client().await?;
        for object in furniture() {
            apply_as(&admin, "testbed", &object).await?;
        }
        Ok(())
    }

    /// A namespace of a test's own, with a name that no other test has.
    pub async fn namespace(&self, prefix: &str, labels: &[(&str, &str)]) -> Result<String> {
        let labels: BTreeMap<String, String> = labels.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let metadata = ObjectMeta { generate_name: Some(format!("{prefix}-")), labels: Some(labels), ..ObjectMeta::default() };
        let namespaces = Api::<Namespace>::all(self.admin().await?.client().await?);
        let namespace = Namespace { metadata, ..Namespace::default() };
        let made = namespaces.create(&PostParams::default(), &namespace).await;
        Ok(made.with_context(|| format!("making a namespace {prefix}-…"))?.name_any())
    }
}

/// Server-side apply of any object, by force.
pub(super) async fn apply_as(client: &Client, manager: &str, object: &Value) -> Result<DynamicObject> {
    let name = object["metadata"]["name"].as_str().context("an object without metadata.name")?;
    let api = api_of(client, object).await?.0;
    let applied = api.patch(name, &PatchParams::apply(manager).force(), &Patch::Apply(object)).await;
    applied.with_context(|| format!("applying {} {name} as {manager}", object["kind"]))
}

/// The API for an object's kind and namespace, as the server names it.
pub(super) async fn api_of(client: &Client, object: &Value) -> Result<(Api<DynamicObject>, ApiResource)> {
    let types: TypeMeta = serde_json::from_value(object.clone()).context("an object without apiVersion and kind")?;
    let kind = GroupVersionKind::try_from(&types)?;
    let (resource, capabilities) = pinned_kind(client, &kind).await.with_context(|| format!("finding {kind:?}"))?;
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
    let api = match capabilities.scope {
        Scope::Cluster => Api::all_with(client.clone(), &resource),
        Scope::Namespaced => Api::namespaced_with(client.clone(), namespace, &resource),
    };
    Ok((api, resource))
}

fn furniture() -> Vec<Value> {
    let (namespace, account) = GITOPS;
    let mut objects = vec![
        node("fake-0"),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account, "namespace": namespace}}),
        binding(account, "cluster-admin", &json!({"kind": "ServiceAccount", "name": account, "namespace": namespace})),
    ];
    // A binding may come before its role: the roles come with the chart.
    objects.extend(PEOPLE.map(|(role, group)| {
        binding(role, role, &json!({"kind": "Group", "name": group, "apiGroup": "rbac.authorization.k8s.io"}))
    }));
    objects
}

fn binding(name: &str, role: &str, subject: &Value) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": format!("testbed-{name}")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    })
}

/// A node that KWOK plays. It serves no logs, exec or port-forward.
fn node(name: &str) -> Value {
    let room = json!({"cpu": "10000", "memory": "40Ti", "pods": "50000"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"type": "kwok", "kubernetes.io/hostname": name},
        },
        "status": {"allocatable": room, "capacity": room},
    })
}

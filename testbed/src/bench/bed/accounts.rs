//! Who the contestants are: `ServiceAccount`s, as Uplift is, so that the API server's priority and fairness treat all alike.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::control_plane::{ControlPlane, User};

const NAMESPACE: &str = "bench";

pub struct Accounts {
    pub raw: User,
    pub kubectl: User,
    pub helm: User,
    pub argo: User,
}

impl Accounts {
    pub async fn make(plane: &ControlPlane) -> Result<Self> {
        let admin = plane.admin().await?;
        let names = ["raw", "kubectl", "helm", "argo"];
        let objects: Vec<Value> = names.iter().flat_map(|name| account(name)).collect();
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        let list =
            json!({"apiVersion": "v1", "kind": "List", "items": std::iter::once(namespace).chain(objects).collect::<Vec<_>>()});
        plane.kubectl_with_input(&admin, &["apply", "-f", "-"], &list.to_string()).await?.ok().context("making the accounts")?;
        let user = async |name| plane.service_account((NAMESPACE, name)).await;
        Ok(Self {
            raw: user("raw").await?,
            kubectl: user("kubectl").await?,
            helm: user("helm").await?,
            argo: user("argo").await?,
        })
    }
}

fn account(name: &str) -> [Value; 2] {
    [
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": NAMESPACE}}),
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": format!("bench-{name}")},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}],
        }),
    ]
}

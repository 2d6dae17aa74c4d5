//! The tenants, made in bulk.

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use kube::api::{DynamicObject, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::bench::child::{Kind, resource};

/// Of what the bench made.
pub const LABEL: &str = "bench=web";
/// Made at a time.
const SIDE_BY_SIDE: usize = 32;

/// The namespace of a tenant.
pub fn namespace(n: usize) -> String {
    format!("tenant-{n:05}")
}

/// Makes so many tenants that run this image.
pub async fn make(admin: &Client, tenants: usize, image: &str, hooks: &str) -> Result<()> {
    let each = |n: usize| {
        let objects = objects(n, image, hooks);
        async move {
            for (resource, object) in objects {
                create(admin, &resource, object).await?;
            }
            Ok(())
        }
    };
    in_bulk(tenants, each).await
}

/// Does something for each tenant, side by side.
pub async fn in_bulk<F: Future<Output = Result<()>>>(tenants: usize, each: impl Fn(usize) -> F) -> Result<()> {
    stream::iter(0..tenants).map(each).buffer_unordered(SIDE_BY_SIDE).try_collect().await
}

/// Creates an object in the namespace that it names, if it names one.
pub async fn create(client: &Client, resource: &ApiResource, object: Value) -> Result<()> {
    let named = format!("{} {}", resource.kind, object["metadata"]["name"]);
    let api = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => Api::<DynamicObject>::namespaced_with(client.clone(), namespace, resource),
        None => Api::all_with(client.clone(), resource),
    };
    let object = serde_json::from_value(object).with_context(|| format!("writing {named}"))?;
    api.create(&PostParams::default(), &object).await.with_context(|| format!("creating {named}"))?;
    Ok(())
}

fn objects(n: usize, image: &str, hooks: &str) -> [(ApiResource, Value); 3] {
    let namespace = namespace(n);
    let kind =
        |group, version, kind, plural| ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural);
    let tenant = json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance",
        "metadata": {"name": "dashboard", "namespace": namespace},
        "spec": {
            "customer": {"displayName": format!("Customer {n}")},
            "contacts": [{"name": "it", "webhook": format!("{hooks}/{namespace}")}],
            "windowRef": {"name": "evenings"},
            "workloads": [{"kind": "Deployment", "name": "dashboard"}],
        },
    });
    [
        (
            kind("", "v1", "Namespace", "namespaces"),
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        ),
        (resource(Kind::Deployment), workload("apps/v1", "Deployment", &namespace, image)),
        (kind("uplift.dev", "v1alpha1", "TenantInstance", "tenantinstances"), tenant),
    ]
}

/// One replica. Of the old `ReplicaSet`s one is kept: so each round makes one and removes one, the tenth like the first.
pub fn workload(api_version: &str, kind: &str, namespace: &str, image: &str) -> Value {
    let app = json!({"app": kind.to_lowercase()});
    json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": "dashboard", "namespace": namespace, "labels": {"bench": "web"}},
        "spec": {
            "replicas": 1,
            "revisionHistoryLimit": 1,
            "selector": {"matchLabels": app},
            "template": {"metadata": {"labels": app}, "spec": {"containers": [{"name": "dashboard", "image": image}]}},
        },
    })
}

//! Texts of objects as an API server writes them, and a clock that stands still.

use std::{future::Future, pin::Pin};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::clock::Clock;

/// A clock that runs so many seconds ahead of the API server.
pub struct Ahead(pub i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        at("2026-12-01T00:00:00Z")
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at + SignedDuration::from_secs(self.0)
    }
    fn sleep_until<'a>(&'a self, _: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::ready(()))
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn tenant() -> Value {
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance",
        "metadata": {"namespace": "acme", "name": "dash", "uid": "u1", "resourceVersion": "10", "generation": 3,
            "creationTimestamp": "2026-11-01T10:00:00Z"},
        "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "uk"},
            "contacts": [{"name": "it", "webhook": "https://acme.example/hook"}],
            "workloads": [{"kind": "Deployment", "name": "dashboard"}]},
        "status": {"observedGeneration": 3, "version": "2026.11.0", "conditions": []}
    })
}

/// The tenant with these annotations.
pub fn annotated(annotations: &Value) -> Value {
    let mut tenant = tenant();
    tenant["metadata"]["annotations"] = annotations.clone();
    tenant
}

pub fn owner(manager: &str, time: &str, annotation: &str) -> Value {
    json!({"manager": manager, "operation": "Update", "apiVersion": "uplift.dev/v1alpha1", "fieldsType": "FieldsV1", "time": time,
        "fieldsV1": {"f:metadata": {"f:annotations": {".": {}, format!("f:{annotation}"): {}}}}})
}

pub fn image_owner(manager: &str, time: &str, list: &str, container: &str) -> Value {
    json!({"manager": manager, "operation": "Apply", "time": time, "fieldsV1": {"f:spec": {"f:template": {"f:spec": {
        list: {format!("k:{}", json!({"name": container})): {".": {}, "f:image": {}, "f:name": {}}}}}}}})
}

pub fn deployment() -> Value {
    json!({
        "metadata": {"namespace": "acme", "name": "dashboard", "uid": "d1", "resourceVersion": "20", "generation": 2,
            "creationTimestamp": "2026-11-01T10:00:00Z", "labels": {"app.kubernetes.io/version": "2026.11.0"}},
        "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": {"metadata": {"labels": {"app": "d"}}, "spec": {
            "containers": [{"name": "web", "image": "reg/web:1", "env": [{"name": "A", "value": "b"}]}],
            "initContainers": [{"name": "migrate", "image": "reg/migrate:1"}]}}}
    })
}

//! Texts of objects as an API server writes them, and a clock that stands still.

use std::{future::Future, pin::Pin};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    clock::Clock,
    fleet::{Fleet, ObjectKey, Said, TenantKey, View},
    observe::{Folder, Observation, parse},
};

/// A clock that runs so many seconds ahead of the API server.
pub struct Ahead(pub i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        at("2026-12-01T00:00:00Z")
    }
    fn from_server(&self, at: Timestamp) -> Timestamp {
        at + SignedDuration::from_secs(self.0)
    }
    fn machine(&self) -> Timestamp {
        self.now()
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

/// A fleet and its folder, told in texts.
#[derive(Default)]
pub struct World {
    pub fleet: Fleet,
    pub folder: Folder,
}

impl World {
    /// One whose first list of tenants showed these, complete as of midnight.
    pub fn listed(tenants: &[Value]) -> Self {
        let mut world = Self::default();
        world.list(tenants);
        world.folder.fold(&mut world.fleet, Observation::Current(View::Tenants, at("2026-12-01T00:00:00Z")));
        world
    }
    pub fn list(&mut self, tenants: &[Value]) {
        self.fold(Observation::Listing(View::Tenants));
        for tenant in tenants {
            self.see(tenant, "2026-12-01T00:00:01Z");
        }
        self.fold(Observation::Listed(View::Tenants));
    }
    pub fn fold(&mut self, observation: Observation) -> bool {
        self.folder.fold(&mut self.fleet, observation)
    }
    pub fn see(&mut self, tenant: &Value, arrived_at: &str) -> bool {
        self.fold(seen(tenant, arrived_at))
    }
    pub fn delete(&mut self, uid: &str) -> bool {
        self.fold(Observation::Gone { key: key(), uid: uid.into() })
    }
    /// uid and resourceVersion of the tenant, if there is one.
    pub fn known(&self) -> Option<(&str, &str)> {
        self.fleet.tenants.get(&TenantKey::new("acme", "dash")).map(|t| (t.meta.uid.as_str(), t.meta.resource_version.as_str()))
    }
    pub fn opt_out(&self) -> &Said {
        self.fleet.tenants[&TenantKey::new("acme", "dash")].opt_out.as_ref().unwrap()
    }
}

pub fn key() -> ObjectKey {
    ObjectKey::Tenant(TenantKey::new("acme", "dash"))
}

pub fn seen(tenant: &Value, arrived_at: &str) -> Observation {
    parse::answer(&key(), &tenant.to_string(), &Ahead(0), at(arrived_at)).unwrap()
}

/// The tenant as this object at this resourceVersion.
pub fn version(uid: &str, resource_version: &str) -> Value {
    let mut tenant = tenant();
    tenant["metadata"]["uid"] = json!(uid);
    tenant["metadata"]["resourceVersion"] = json!(resource_version);
    tenant
}

/// The tenant at this resourceVersion with this opt-out.
pub fn opted_out(resource_version: &str, value: &str) -> Value {
    let mut tenant = version("u1", resource_version);
    tenant["metadata"]["annotations"] = json!({"uplift.dev/opt-out": value});
    tenant
}

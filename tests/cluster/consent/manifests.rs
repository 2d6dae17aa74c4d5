//! The objects of the story, as they stand in Git.

use serde_json::{Value, json};

pub const RUNS: &str = "2026.11.0";
pub const COMES: &str = "2026.12.0";

pub fn release(version: &str) -> Value {
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "metadata": {"name": format!("r-{version}")},
        "spec": {
            "version": version,
            "images": {"dashboard": format!("registry.example.test/dashboard:{version}")},
            "approval": {"decision": "Approved", "changeRef": "CHG0031234", "by": "bob@corp.example"},
        },
    })
}

/// The third Tuesday, 18:00 in London; an opt-out counts until 13:00, and twice.
pub fn window() -> Value {
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "UpgradeWindow", "metadata": {"name": "uk-evenings"},
        "spec": {"schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h", "deferral": {"max": 2}},
    })
}

pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// A tenant; its notices go to this server.
pub fn tenant(namespace: &str, hooks: &str) -> Value {
    json!({
        "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": "dashboard", "namespace": namespace},
        "spec": {
            "customer": {"displayName": namespace},
            "contacts": [{"name": "it", "webhook": format!("http://{hooks}/{namespace}")}],
            "windowRef": {"name": "uk-evenings"},
            "workloads": [{"kind": "Deployment", "name": "dashboard"}],
        },
    })
}

/// Its workload. The pods of a slow one take six real seconds.
pub fn workload(namespace: &str, slow: bool) -> Value {
    let notes = if slow { json!({"uplift.test/ready-after": "6s"}) } else { json!({}) };
    let image = format!("registry.example.test/dashboard:{RUNS}");
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "dashboard", "namespace": namespace},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "dashboard"}},
            "template": {
                "metadata": {"labels": {"app": "dashboard"}, "annotations": notes},
                "spec": {"containers": [{"name": "dashboard", "image": image}]},
            },
        },
    })
}

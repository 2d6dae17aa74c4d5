use kube::{
    Resource,
    core::{ObjectList, WatchEvent},
};
use serde_json::json;

use super::texts::{Ahead, at, key, tenant};
use crate::observe::{
    Observation,
    slim::{Slim, Tenants},
};

#[test]
fn a_bad_object_is_one_finding_in_a_page() {
    let mut bad = tenant();
    bad["spec"]["contacts"] = json!("oops");
    bad["metadata"]["name"] = json!("bad");
    let page = json!({"kind": "TenantInstanceList", "apiVersion": "uplift.dev/v1alpha1",
        "metadata": {"resourceVersion": "99"}, "items": [bad, tenant()]});
    let page: ObjectList<Slim<Tenants>> = serde_json::from_str(&page.to_string()).unwrap();
    let specs: Vec<_> = page.items.iter().map(|slim| spec(slim).is_ok()).collect();
    assert_eq!(specs, [false, true]);
}

#[test]
fn a_bad_object_is_one_finding_in_a_watch() {
    let mut bad = tenant();
    bad["spec"] = json!(7);
    // The server sends the type first; serde_json::json! would sort it behind the object.
    let line = format!(r#"{{"type":"MODIFIED","object":{bad}}}"#);
    let event: WatchEvent<Slim<Tenants>> = serde_json::from_str(&line).unwrap();
    let WatchEvent::Modified(slim) = event else { panic!("{event:?}") };
    assert_eq!(slim.meta().resource_version.as_deref(), Some("10"));
    assert_eq!(slim.key(), key());
    assert!(spec(&slim).unwrap_err().starts_with("spec: invalid type"));
}

fn spec(slim: &Slim<Tenants>) -> Result<(), String> {
    match slim.read(&Ahead(0), at("2026-12-01T12:00:00Z")).unwrap() {
        Observation::Tenant(_, tenant) => tenant.spec.map(drop),
        other => panic!("{other:?}"),
    }
}

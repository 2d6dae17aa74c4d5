use std::collections::BTreeMap;

use super::*;
use crate::{
    api::{TenantInstanceStatus, annotations::Intent, tenant::WorkloadKind},
    fleet::{TenantKey, WorkloadKey},
    plan::Class,
};

fn tenant_write(version: &str) -> Write {
    Write {
        change: Change::TenantStatus {
            tenant: TenantKey::new("acme", "dash"),
            status: Box::new(TenantInstanceStatus { version: Some("2026.11.0".into()), ..Default::default() }),
        },
        uid: "u1".into(),
        resource_version: version.into(),
        class: Class::Rest,
        stories: vec![],
    }
}

fn images_write() -> Write {
    let images = [("web", "x:new"), ("migrate", "m:new")].map(|(n, i)| (n.to_string(), i.to_string()));
    let intent = Intent { id: "up-1".into(), to: "2026.12.0".into(), images: BTreeMap::from(images), rollback: false };
    Write {
        change: Change::Images {
            workload: WorkloadKey::new(WorkloadKind::Deployment, "acme", "dashboard"),
            images: ImageChange { intent, init: vec!["migrate".into()], replicas: None },
        },
        ..tenant_write("7")
    }
}

fn body(request: &HttpRequest<Vec<u8>>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

/// Six keys: what else the object has stays as it is, and what the status does not name goes, whoever owns it.
#[test]
fn a_status_is_put_as_a_whole_under_its_version() {
    let request = write(&tenant_write("42")).unwrap();
    let uri = request.uri().to_string();
    assert_eq!(request.method(), http::Method::PUT);
    assert!(uri.starts_with("/apis/uplift.dev/v1alpha1/namespaces/acme/tenantinstances/dash/status?"), "{uri}");
    assert!(uri.contains("fieldManager=uplift") && uri.contains("fieldValidation=Strict"), "{uri}");
    assert!(uri.ends_with("&timeout=8s"), "the API server gives up before its client: {uri}");
    let status = json!({"conditions": [], "observedGeneration": 0, "version": "2026.11.0"});
    let expected = json!({
        "apiVersion": "uplift.dev/v1alpha1",
        "kind": "TenantInstance",
        "metadata": {"name": "dash", "namespace": "acme", "resourceVersion": "42"},
        "status": status,
    });
    assert_eq!(body(&request), expected, "and no spec: the operator writes none (I4)");
}

#[test]
fn images_and_intent_are_one_patch_and_nothing_else_is_in_it() {
    let request = write(&images_write()).unwrap();
    assert_eq!(request.uri(), "/apis/apps/v1/namespaces/acme/deployments/dashboard?&fieldManager=uplift&timeout=8s");
    assert_eq!(request.headers()["content-type"], "application/strategic-merge-patch+json");
    let intent = r#"{"id":"up-1","to":"2026.12.0","images":{"migrate":"m:new","web":"x:new"}}"#;
    let expected = json!({
        "metadata": {"resourceVersion": "7", "annotations": {"uplift.dev/intent": intent}},
        "spec": {"template": {"spec": {
            "containers": [{"name": "web", "image": "x:new"}],
            "initContainers": [{"name": "migrate", "image": "m:new"}],
        }}},
    });
    assert_eq!(body(&request), expected);
}

/// The path is the kind's own, and so is what a read of it asks for.
#[test]
fn each_kind_of_workload_is_patched_where_it_lives() {
    for (kind, plural) in WorkloadKind::ALL.into_iter().zip(["deployments", "statefulsets", "daemonsets"]) {
        let mut change = images_write();
        let Change::Images { workload, .. } = &mut change.change else { panic!("it sets images") };
        workload.kind = kind;
        let path = format!("/apis/apps/v1/namespaces/acme/{plural}/dashboard");
        assert_eq!(write(&change).unwrap().uri().path(), path);
        assert_eq!(read(&change.object()).unwrap().uri().path(), path);
    }
}

#[test]
fn a_version_that_is_no_precondition_is_never_sent() {
    for version in ["", "0"] {
        assert!(matches!(write(&tenant_write(version)), Err(Unsendable::NoPrecondition { .. })), "{version:?}");
    }
}

#[test]
fn a_read_is_consistent() {
    let request = read(&ObjectKey::Release("r".into())).unwrap();
    assert_eq!(request.uri(), "/apis/uplift.dev/v1alpha1/dashboardreleases/r");
}

#[test]
fn what_was_written_is_known_again_in_what_was_read() {
    let (status, images) = (tenant_write("1"), images_write());
    assert!(shows(&status, r#"{"status": {"version": "2026.11.0", "conditions": []}}"#));
    assert!(!shows(&status, r#"{"status": {"version": "2026.10.0"}}"#));
    assert!(!shows(&status, "{}"));
    let sent = body(&write(&images).unwrap());
    assert!(shows(&images, &sent.to_string()));
    assert!(!shows(&images, r#"{"metadata": {"annotations": {}}}"#));
}

#[test]
fn the_parts_of_a_status_that_came_back_otherwise_are_named() {
    let text = r#"{"status": {"version": "2026.11.0", "observedGeneration": 0, "conditions": [], "deferrals": 2}}"#;
    assert_eq!(differences(&tenant_write("1"), text), ["status.deferrals"]);
    assert_eq!(differences(&tenant_write("1"), "{}"), ["status.conditions", "status.observedGeneration", "status.version"]);
    assert_eq!(differences(&images_write(), "{}"), ["metadata.annotations[uplift.dev/intent]"]);
}

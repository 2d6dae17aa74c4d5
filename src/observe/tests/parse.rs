use serde_json::{Value, json};

use super::texts::{Ahead, annotated, at, deployment, image_owner, owner, tenant};
use crate::{
    api::tenant::WorkloadKind,
    fleet::{KeepsOld, Rollout, Tenant, Workload},
    observe::parse,
};

fn read(text: &serde_json::Value) -> Tenant {
    parse::tenant(&text.to_string(), &Ahead(0), at("2026-12-01T12:00:00Z")).unwrap().1
}

fn read_workload(text: &serde_json::Value) -> Workload {
    parse::workload(WorkloadKind::Deployment, &text.to_string(), &Ahead(0)).unwrap().1
}

#[test]
fn a_bad_spec_is_a_finding_that_names_the_field_and_keeps_the_status() {
    let mut text = tenant();
    text["spec"]["contacts"] = json!("oops");
    let tenant = read(&text);
    assert_eq!(tenant.spec.unwrap_err(), "spec.contacts: invalid type: string \"oops\", expected a sequence");
    assert_eq!(tenant.status.unwrap().version.as_deref(), Some("2026.11.0"));
}

#[test]
fn a_bad_status_is_a_finding_and_keeps_the_spec() {
    let mut text = tenant();
    text["status"]["history"] = json!([{"result": "Lost"}]);
    let tenant = read(&text);
    assert!(tenant.status.unwrap_err().starts_with("status.history[0].result: unknown variant `Lost`"));
    assert_eq!(tenant.spec.unwrap().customer.display_name, "Acme Ltd");
}

#[test]
fn a_finding_is_short_whatever_it_quotes() {
    let mut text = tenant();
    text["spec"]["contacts"] = json!("ä".repeat(100_000));
    assert!(read(&text).spec.unwrap_err().chars().count() <= 301);
}

#[test]
fn an_object_without_status_has_an_empty_one_and_without_spec_a_finding() {
    let mut text = tenant();
    text.as_object_mut().unwrap().retain(|key, _| key == "metadata");
    let tenant = read(&text);
    assert_eq!(tenant.status.unwrap(), crate::api::TenantInstanceStatus::default());
    assert_eq!(tenant.spec.unwrap_err(), "spec: missing");
    assert_eq!((tenant.opt_out, tenant.opt_in, tenant.retry), (None, None, None));
}

#[test]
fn an_object_without_a_resource_version_is_unreadable() {
    let mut text = tenant();
    text["metadata"]["resourceVersion"] = json!("");
    let error = parse::tenant(&text.to_string(), &Ahead(0), at("2026-12-01T12:00:00Z")).unwrap_err();
    assert_eq!((error.kind, error.name.as_str()), ("TenantInstance", "dash"));
}

#[test]
fn every_instant_of_the_api_server_is_read_on_the_operators_clock() {
    let mut text = annotated(&json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-at": "2026-12-01T11:00:00Z"}));
    text["metadata"]["managedFields"] = json!([owner("kubectl", "2026-12-01T11:30:00Z", "uplift.dev/opt-out")]);
    let (_, tenant) = parse::tenant(&text.to_string(), &Ahead(3600), at("2026-12-01T12:00:00Z")).unwrap();
    let said = tenant.opt_out.unwrap();
    assert_eq!(tenant.meta.created_at, at("2026-11-01T11:00:00Z"));
    assert_eq!((said.stamped_at, said.managed_at), (Some(at("2026-12-01T12:00:00Z")), Some(at("2026-12-01T12:30:00Z"))));
    assert_eq!(said.arrived_at, at("2026-12-01T12:00:00Z"));
}

#[test]
fn the_earliest_of_several_owners_is_closest_to_the_writing() {
    let mut text =
        annotated(&json!({"uplift.dev/opt-out": "2026.12.0", "uplift.dev/opt-out-by": "tina@acme", "uplift.dev/retry": "x"}));
    text["metadata"]["managedFields"] = json!([
        owner("flux", "2026-12-01T11:30:00Z", "uplift.dev/opt-out"),
        owner("uplift-opt-out", "2026-12-01T11:00:00Z", "uplift.dev/opt-out"),
        owner("other", "2026-12-01T10:00:00Z", "uplift.dev/opt-out-reason"),
    ]);
    let tenant = read(&text);
    let said = tenant.opt_out.unwrap();
    assert_eq!((said.managed_by.as_deref(), said.managed_at), (Some("uplift-opt-out"), Some(at("2026-12-01T11:00:00Z"))));
    assert_eq!((said.stamped_by.as_deref(), said.stamped_at), (Some("tina@acme"), None));
    assert_eq!(tenant.retry.unwrap().managed_at, None);
}

#[test]
fn an_empty_annotation_says_nothing_and_a_stamp_that_is_no_time_is_none() {
    let text = annotated(&json!({"uplift.dev/opt-out": " ", "uplift.dev/opt-in": "2026-12-15", "uplift.dev/opt-out-at": "noon"}));
    let tenant = read(&text);
    assert_eq!(tenant.opt_out, None);
    assert_eq!(tenant.opt_in.unwrap().value, "2026-12-15");
    let text = annotated(&json!({"uplift.dev/opt-out": "2026-12-15", "uplift.dev/opt-out-at": "noon"}));
    assert_eq!(read(&text).opt_out.unwrap().stamped_at, None);
}

#[test]
fn a_deployment_has_the_defaults_of_the_api_server() {
    let workload = read_workload(&deployment());
    assert_eq!((workload.paused, workload.keeps_old, workload.progress_deadline), (false, None, Some(600)));
    assert_eq!(workload.rollout, Rollout { wanted: 1, ..Rollout::default() });
    assert_eq!(workload.version_label.as_deref(), Some("2026.11.0"));
    assert_eq!(workload.intent, None);
    let containers: Vec<_> = workload.containers.iter().map(|c| (c.name.as_str(), c.image.as_str(), c.init)).collect();
    assert_eq!(containers, [("web", "reg/web:1", false), ("migrate", "reg/migrate:1", true)]);
}

#[test]
fn the_latest_owner_of_an_image_is_its_manager() {
    let mut text = deployment();
    text["metadata"]["managedFields"] = json!([
        image_owner("helm", "2026-12-01T10:00:00Z", "f:containers", "web"),
        image_owner("uplift", "2026-12-01T11:00:00Z", "f:containers", "web"),
        image_owner("flux", "2026-12-01T09:00:00Z", "f:containers", "web"),
        image_owner("argo", "2026-12-01T09:00:00Z", "f:initContainers", "migrate"),
        {"manager": "kube-controller-manager", "subresource": "status", "fieldsV1": {"f:status": {"f:replicas": {}}}},
    ]);
    let managers: Vec<_> = read_workload(&text).containers.into_iter().map(|c| c.image_manager.unwrap()).collect();
    assert_eq!(managers, ["uplift", "argo"]);
}

#[test]
fn the_workloads_own_verdict_and_an_unreadable_intent_are_facts() {
    let mut text = deployment();
    text["metadata"]["annotations"] = json!({"uplift.dev/intent": "{oops"});
    text["status"] = json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2, "conditions": [
        {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": ""},
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out",
            "lastTransitionTime": "2026-12-01T10:00:00Z"}]});
    let workload = read_workload(&text);
    let (failed, failed_at) = (Some("timed out".into()), Some("2026-12-01T10:00:00Z".parse().unwrap()));
    assert_eq!(workload.rollout, Rollout { current: true, wanted: 1, updated: 1, available: 2, old: true, failed, failed_at });
    assert!(workload.intent.unwrap().unwrap_err().starts_with("uplift.dev/intent: "));
}

#[test]
fn an_intent_is_read_back_as_it_was_written() {
    let mut text = deployment();
    text["metadata"]["annotations"] = json!({"uplift.dev/intent": r#"{"id":"i","to":"2026.12.0","images":{"web":"reg/web:2"}}"#});
    let intent = read_workload(&text).intent.unwrap().unwrap();
    assert_eq!((intent.id.to_string().as_str(), intent.images["web"].as_str()), ("i", "reg/web:2"));
}

/// A workload of this kind with this spec and status, as far as they differ from a Deployment's.
fn read_kind(kind: WorkloadKind, spec: &Value, status: Value) -> Workload {
    let mut text = deployment();
    text["spec"].as_object_mut().unwrap().extend(spec.as_object().cloned().unwrap());
    text["status"] = status;
    parse::workload(kind, &text.to_string(), &Ahead(0)).unwrap().1
}

/// I6. What the controllers of 1.36 write; `tests/cluster/kinds` sees them write it.
#[test]
fn a_stateful_set_is_done_when_no_pod_of_the_old_revision_is_left() {
    let status = |updated: i32, current: &str| {
        json!({"observedGeneration": 2, "replicas": 3, "updatedReplicas": updated, "availableReplicas": 3,
            "currentRevision": current, "updateRevision": "db-2"})
    };
    let read = |updated, current| read_kind(WorkloadKind::StatefulSet, &json!({"replicas": 3}), status(updated, current));
    assert!(read(3, "db-2").rolled_out());
    assert!(!read(2, "db-1").rolled_out());
    // Each alone says that old pods are left.
    assert!(read(2, "db-2").rollout.old && read(3, "db-1").rollout.old);
    assert_eq!(read(3, "db-2").progress_deadline, None);
}

#[test]
fn a_daemon_set_is_counted_by_nodes_and_one_that_is_misscheduled_is_no_old_one() {
    let status = |updated: i32, available: i32| {
        json!({"observedGeneration": 2, "currentNumberScheduled": 4, "desiredNumberScheduled": 4, "numberReady": 4,
            "updatedNumberScheduled": updated, "numberAvailable": available, "numberMisscheduled": 1})
    };
    let read = |updated, available| read_kind(WorkloadKind::DaemonSet, &json!({}), status(updated, available));
    assert!(read(4, 4).rolled_out());
    assert!(!read(3, 4).rolled_out() && !read(4, 3).rolled_out());
    let nowhere = read_kind(WorkloadKind::DaemonSet, &json!({}), json!({"observedGeneration": 2}));
    assert_eq!(nowhere.rollout, Rollout { current: true, ..Rollout::default() });
}

#[test]
fn what_keeps_old_pods_is_read_off_the_update_strategy() {
    let read = |kind, strategy: Value| read_kind(kind, &json!({"updateStrategy": strategy}), json!({})).keeps_old;
    let (stateful, daemon) = (WorkloadKind::StatefulSet, WorkloadKind::DaemonSet);
    assert_eq!(read(stateful, json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})), Some(KeepsOld::Partition(2)));
    assert_eq!(read(stateful, json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})), None);
    assert_eq!(read(stateful, json!({"type": "OnDelete"})), Some(KeepsOld::OnDelete));
    assert_eq!(read(daemon, json!({"type": "OnDelete"})), Some(KeepsOld::OnDelete));
    assert_eq!(read(daemon, json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "10%"}})), None);
}

//! Who may do what, how Flux applies, and what the audit log keeps of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{Api, Resource, ResourceExt};
use serde_json::Value;

use super::SHARED;
use crate::control_plane::{ControlPlane, User};

/// A chart as small as can be: a kind, a policy on it, the operator's account and the support role.
const CHART: &str = r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tenantinstances.uplift.dev}
spec:
  group: uplift.dev
  scope: Namespaced
  names: {kind: TenantInstance, plural: tenantinstances, singular: tenantinstance}
  versions:
  - name: v1alpha1
    served: true
    storage: true
    subresources: {status: {}}
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true, required: [spec], properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-evil-tenants}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [uplift.dev], apiVersions: ["*"], operations: [CREATE], resources: [tenantinstances]}]}
  validations: [{expression: "object.metadata.name != 'evil'", message: "no evil tenants"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-evil-tenants}
spec: {policyName: no-evil-tenants, validationActions: [Deny]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: uplift, namespace: uplift-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: uplift-operator}
rules: [{apiGroups: [uplift.dev], resources: [tenantinstances, tenantinstances/status], verbs: [get, list, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: uplift-operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: uplift-operator}
subjects: [{kind: ServiceAccount, name: uplift, namespace: uplift-system}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: uplift-support}
rules: [{apiGroups: [uplift.dev], resources: [tenantinstances], verbs: [get, list]}]
"#;

fn write_chart(dir: &Path) -> Result<()> {
    fs::create_dir(dir.join("templates"))?;
    fs::write(dir.join("Chart.yaml"), "{apiVersion: v2, name: uplift, version: 0.0.1}")?;
    fs::write(dir.join("templates/all.yaml"), CHART)?;
    Ok(())
}

async fn create_tenant(plane: &ControlPlane, user: &User, namespace: &str, name: &str) -> Result<String> {
    let manifest = format!(
        "{{apiVersion: uplift.dev/v1alpha1, kind: TenantInstance, metadata: {{name: {name}, namespace: {namespace}}}, spec: {{}}}}"
    );
    let output = plane.kubectl_with_input(user, &["create", "-f", "-"], &manifest).await?;
    Ok(output.stdout + &output.stderr)
}

/// One test for the whole story, since the chart is one for the cluster.
#[tokio::test]
async fn after_the_chart_is_installed_policies_rights_and_the_audit_log_work_at_once() -> Result<()> {
    let plane = SHARED.plane().await?;
    let chart = tempfile::tempdir()?;
    write_chart(chart.path())?;
    plane.install_chart_from(chart.path(), &[]).await?;

    let (namespace, admin) = (plane.namespace("people", &[]).await?, plane.admin().await?);
    let refused = create_tenant(plane, &admin, &namespace, "evil").await?;
    assert!(refused.contains("no evil tenants"), "{refused}");
    let created = create_tenant(plane, &admin, &namespace, "good").await?;
    assert!(created.contains("created"), "{created}");

    support_may_read_and_no_more(plane, &namespace).await?;
    the_operators_status_write_is_audited_whole(plane, &namespace).await
}

async fn support_may_read_and_no_more(plane: &ControlPlane, namespace: &str) -> Result<()> {
    let sue = plane.support("sue@example.com").await?;
    let seen = plane.kubectl(&sue, &["get", "tenantinstances", "-n", namespace, "-o", "name"]).await?;
    assert_eq!(seen.ok()?, "tenantinstance.uplift.dev/good\n");
    let denied = plane.kubectl(&sue, &["delete", "tenantinstances", "-n", namespace, "good"]).await?;
    assert_eq!(denied.code, 1);
    assert!(denied.stderr.contains(r#"User "sue@example.com" cannot delete"#), "{}", denied.stderr);
    Ok(())
}

async fn the_operators_status_write_is_audited_whole(plane: &ControlPlane, namespace: &str) -> Result<()> {
    let operator = plane.operator().await?;
    let before = plane.audit_events(0)?.next;
    let arguments = ["patch", "tenantinstance", "good", "-n", namespace, "--subresource=status", "--type=merge"];
    let patch = r#"--patch={"status": {"version": "1"}}"#;
    plane.kubectl(&operator, &[&arguments[..], &[patch]].concat()).await?.ok()?;

    let page = plane.audit_events(before)?;
    let write = page.events.iter().find(|e| e["verb"] == "patch" && e["objectRef"]["namespace"] == namespace);
    let write = write.context("no such event")?;
    assert_eq!(write["user"]["username"], "system:serviceaccount:uplift-system:uplift");
    assert_eq!(write["objectRef"]["subresource"], "status");
    assert_eq!(write["requestObject"]["status"]["version"], "1");
    assert_eq!(write["responseObject"]["status"]["version"], "1");
    assert!(write["requestReceivedTimestamp"].is_string() && write["stageTimestamp"].is_string());
    assert_eq!((write["stage"].as_str(), page.torn), (Some("ResponseComplete"), 0));
    let read = page.events.iter().find(|e| e["verb"] == "get" && e["user"] == write["user"]);
    assert_eq!(read.context("no read of the operator")?["responseObject"], Value::Null);
    Ok(())
}

/// Applies a `ConfigMap` with this data as kubectl does without server-side apply.
async fn kubectl_apply(plane: &ControlPlane, manifest: &str) -> Result<()> {
    let admin = plane.admin().await?;
    plane.kubectl_with_input(&admin, &["apply", "-f", "-"], manifest).await?.ok()?;
    Ok(())
}

#[tokio::test]
async fn flux_takes_over_what_kubectl_wrote_and_removes_what_git_does_not_name() -> Result<()> {
    let plane = SHARED.plane().await?;
    let namespace = plane.namespace("flux", &[]).await?;
    let manifest =
        |data: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: it, namespace: {namespace}}}, data: {data}}}");
    kubectl_apply(plane, &manifest("{ours: old, theirs: x}")).await?;
    let admin = plane.admin().await?;
    let annotate = |manager: &'static str, key: &'static str| {
        let flag = format!("--field-manager={manager}");
        let (plane, admin, namespace) = (&plane, &admin, &namespace);
        async move { plane.kubectl(admin, &["annotate", "cm", "it", "-n", namespace, key, &flag]).await?.ok() }
    };
    annotate("kubectl-annotate", "lost=1").await?;
    annotate("uplift-opt-out", "kept=1").await?;

    plane.gitops_apply(&manifest("{ours: new}")).await?;

    let map = Api::<ConfigMap>::namespaced(admin.client().await?, &namespace).get("it").await?;
    assert_eq!(map.data.clone().unwrap_or_default().into_iter().collect::<Vec<_>>(), [("ours".into(), "new".into())]);
    assert_eq!(map.annotations().keys().collect::<Vec<_>>(), ["kept"]);
    let managers: Vec<_> = map.meta().managed_fields.iter().flatten().filter_map(|e| e.manager.as_deref()).collect();
    assert_eq!(managers, ["kustomize-controller", "uplift-opt-out"]);
    Ok(())
}

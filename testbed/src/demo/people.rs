//! What people do, by the rights that they have: the chart's roles and admission policies judge each act.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use kube::{
    Api, Client,
    api::{DynamicObject, Patch, PatchParams},
    core::ApiResource,
};
use serde_json::{Value, json};

use super::example::{Annotate, Event, Patch as Edit};
use crate::control_plane::{ControlPlane, User};

/// Whoever syncs Git, for acts that name nobody.
const GIT: &str = "git";

/// The people of the story, each with a client ready: an act at an exact second has no time to make one.
pub struct People(BTreeMap<String, Client>);

impl People {
    pub async fn of(plane: &ControlPlane, events: &[Event]) -> Result<Self> {
        let mut people = BTreeMap::from([(GIT.to_owned(), plane.gitops().await?.client().await?)]);
        for event in events {
            let name = who(event);
            if !people.contains_key(name) {
                people.insert(name.to_owned(), person(plane, name, event).await?.client().await?);
            }
        }
        Ok(Self(people))
    }

    /// Adds, changes and removes annotations, as `kubectl annotate --field-manager=uplift-opt-out` does.
    pub async fn annotate(&self, by: &str, edit: &Annotate) -> Result<()> {
        let (namespace, name) = edit.tenant.split_once('/').context("a tenant is namespace/name")?;
        let removed = edit.remove.iter().map(|key| (key.clone(), Value::Null));
        let annotations: serde_json::Map<_, _> = edit.set.iter().map(|(k, v)| (k.clone(), json!(v))).chain(removed).collect();
        let merge = json!({"metadata": {"annotations": annotations}});
        self.merge(by, "TenantInstance", Some(namespace), name, &merge, "uplift-opt-out").await
    }

    pub async fn patch(&self, by: &str, edit: &Edit) -> Result<()> {
        self.merge(by, &edit.kind, edit.namespace.as_deref(), &edit.name, &edit.merge, "uplift-people").await
    }

    async fn merge(&self, by: &str, kind: &str, namespace: Option<&str>, name: &str, merge: &Value, manager: &str) -> Result<()> {
        let client = self.0.get(by).with_context(|| format!("nobody is called {by}"))?;
        let params = PatchParams { field_manager: Some(manager.into()), ..PatchParams::default() };
        let done = api(client, kind, namespace)?.patch(name, &params, &Patch::Merge(merge)).await;
        done.with_context(|| format!("{by} changes {kind} {name}"))?;
        Ok(())
    }
}

/// The name of whoever acts.
pub fn who(event: &Event) -> &str {
    event.by.as_deref().unwrap_or(GIT)
}

/// Gives a person the role that the first act asks for, and not more.
async fn person(plane: &ControlPlane, name: &str, event: &Event) -> Result<User> {
    let Some(edit) = &event.patch else { return plane.support(name).await };
    match edit.kind.as_str() {
        "DashboardRelease" if edit.merge["spec"].get("approval").is_some() => plane.approver(name).await,
        "TenantInstance" if only_suspends(&edit.merge) => plane.support(name).await,
        _ => plane.platform_engineer(name).await,
    }
}

fn only_suspends(merge: &Value) -> bool {
    merge["spec"].as_object().is_some_and(|spec| spec.keys().all(|key| key == "suspend"))
}

/// The API of a kind. Asking the API server for it would take time that an act at an exact second hasn't.
pub fn api(client: &Client, kind: &str, namespace: Option<&str>) -> Result<Api<DynamicObject>> {
    let (api_version, plural) = match kind {
        "DashboardRelease" => ("uplift.dev/v1alpha1", "dashboardreleases"),
        "UpgradeWindow" => ("uplift.dev/v1alpha1", "upgradewindows"),
        "SoftwareProduct" => ("uplift.dev/v1alpha1", "softwareproducts"),
        "TenantInstance" => ("uplift.dev/v1alpha1", "tenantinstances"),
        "Deployment" => ("apps/v1", "deployments"),
        other => bail!("the demo has no {other}"),
    };
    let (group, version) = api_version.split_once('/').context("an apiVersion has a group")?;
    let (group, version, api_version) = (group.into(), version.into(), api_version.into());
    let resource = ApiResource { group, version, api_version, kind: kind.into(), plural: plural.into() };
    Ok(match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    })
}

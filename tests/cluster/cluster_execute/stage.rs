//! A tenant with its Deployment, and writes of them.

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::Deployment;
use kube::{Api, Client, ResourceExt, api::PostParams};
use serde_json::json;
use tokio::sync::OnceCell;
use uplift::{
    api::{TenantInstance, TenantInstanceStatus, annotations::Intent, tenant::WorkloadKind},
    execute::Writer,
    fleet::{TenantKey, WorkloadKey},
    plan::{Change, Class, ImageChange, Write},
};

use crate::control_plane::{ControlPlane, Shared};

/// The control plane with the chart, once for all tests.
pub async fn plane() -> Result<&'static ControlPlane> {
    static SHARED: Shared = Shared::new();
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let plane = SHARED.plane().await?;
    INSTALLED.get_or_try_init(|| plane.install_chart(&[])).await?;
    Ok(plane)
}

pub struct Stage {
    pub namespace: String,
    pub admin: Client,
    pub writer: Writer,
}

impl Stage {
    pub async fn set() -> Result<Self> {
        Self::on(plane().await?).await
    }

    /// On a control plane with the chart.
    pub async fn on(plane: &ControlPlane) -> Result<Self> {
        let namespace = plane.namespace("execute", &[]).await?;
        let stage = Self {
            namespace,
            admin: plane.admin().await?.client().await?,
            writer: Writer::new(plane.operator().await?.config().await?)?,
        };
        stage.create_tenant().await?;
        stage.deployments().create(&PostParams::default(), &deployment()?).await.context("create the Deployment")?;
        Ok(stage)
    }

    pub fn tenants(&self) -> Api<TenantInstance> {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }

    pub fn deployments(&self) -> Api<Deployment> {
        Api::namespaced(self.admin.clone(), &self.namespace)
    }

    pub async fn create_tenant(&self) -> Result<TenantInstance> {
        let tenant = serde_json::from_value(json!({
            "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": "dash"},
            "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "uk-evenings"},
                "contacts": [{"name": "it", "webhook": "https://acme.example/hook"}],
                "workloads": [{"kind": "Deployment", "name": "web"}]},
        }))?;
        self.tenants().create(&PostParams::default(), &tenant).await.context("create the tenant")
    }

    /// A write of this version to the status of the tenant as it is now.
    pub async fn status_write(&self, version: &str) -> Result<Write> {
        let tenant = self.tenants().get("dash").await?;
        let status = TenantInstanceStatus { version: Some(version.into()), ..TenantInstanceStatus::default() };
        Ok(Write {
            change: Change::TenantStatus { tenant: TenantKey::new(self.namespace.clone(), "dash"), status: Box::new(status) },
            uid: tenant.uid().context("a tenant without a UID")?,
            resource_version: tenant.resource_version().context("a tenant without a version")?,
            class: Class::Rest,
            stories: vec![],
        })
    }

    /// A write of these images to the Deployment as it is now.
    pub async fn images_write(&self, images: &[(&str, &str)]) -> Result<Write> {
        let deployment = self.deployments().get("web").await?;
        let images = images.iter().map(|(name, image)| ((*name).into(), (*image).into())).collect();
        let intent = Intent { id: "up-1".into(), to: "2026.12.0".into(), images, rollback: false };
        Ok(Write {
            change: Change::Images {
                workload: WorkloadKey::new(WorkloadKind::Deployment, &self.namespace, "web"),
                images: ImageChange { intent, init: vec!["migrate".into()], replicas: None },
            },
            uid: deployment.uid().context("a Deployment without a UID")?,
            resource_version: deployment.resource_version().context("a Deployment without a version")?,
            class: Class::StartOrResult,
            stories: vec![],
        })
    }

    pub async fn version(&self) -> Result<Option<String>> {
        Ok(self.tenants().get_status("dash").await?.status.unwrap_or_default().version)
    }
}

// No replica: the Deployment is quiet, so that a conflict is one that the test made.
fn deployment() -> Result<Deployment> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": "web", "annotations": {"example.com/kept": "yes"}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "initContainers": [{"name": "migrate", "image": "m:old", "env": [{"name": "A", "value": "1"}]}],
                    "containers": [
                        {"name": "web", "image": "x:old", "env": [{"name": "B", "value": "2"}], "args": ["--serve"]},
                        {"name": "sidecar", "image": "s:old"},
                    ],
                },
            },
        },
    }))?)
}

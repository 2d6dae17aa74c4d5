//! A tenant that waits for its start, the operator's pods, and people who have other things to do.

use anyhow::{Context, Result};
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        batch::v1::Job,
        coordination::v1::{Lease, LeaseSpec},
    },
    apimachinery::pkg::apis::meta::v1::{ManagedFieldsEntry, MicroTime, Time},
    jiff::SignedDuration,
};
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};
use uplift::{
    api::TenantInstance,
    clock::{Clock, RealClock},
};

use super::SOON;
use crate::{
    admission::acting_as,
    control_plane::{ControlPlane, OPERATOR, eventually},
};

const ACCEPTANCE: &str = "uplift-acceptance";

pub struct Stage {
    pub plane: ControlPlane,
    /// Sets the stage and looks.
    pub admin: Client,
    namespace: String,
    /// Whoever works in the tenant's namespace, with Kubernetes' own role for that.
    eddie: Client,
}

/// In earnest.
pub fn real() -> PostParams {
    PostParams::default()
}

/// Judged like the real thing, and not done.
pub fn asked() -> PostParams {
    PostParams { dry_run: true, ..PostParams::default() }
}

/// What the API server says where it refuses.
pub fn refusal<T>(answer: kube::Result<T>) -> Result<Option<String>> {
    match answer {
        Ok(_) => Ok(None),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(Some(status.message.clone())),
        Err(error) => Err(error.into()),
    }
}

pub fn holder(lease: &Lease) -> &str {
    lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref()).unwrap_or_default()
}

pub fn leases(client: &Client) -> Api<Lease> {
    Api::namespaced(client.clone(), OPERATOR.0)
}

/// The Lease as this pod would write it now.
pub fn lease(pod: &str, seconds: i32) -> Lease {
    let now = Some(MicroTime(RealClock.now()));
    let spec = LeaseSpec {
        holder_identity: Some(pod.to_owned()),
        lease_duration_seconds: Some(seconds),
        acquire_time: now.clone(),
        renew_time: now,
        ..LeaseSpec::default()
    };
    let mut lease = Lease { spec: Some(spec), ..Lease::default() };
    lease.metadata.name = Some("uplift".to_owned());
    lease
}

impl Stage {
    pub async fn set(chart: &[&str]) -> Result<Self> {
        drop(rustls::crypto::ring::default_provider().install_default());
        let plane = ControlPlane::start().await?;
        plane.install_chart(chart).await?;
        let namespace = plane.namespace("led", &[]).await?;
        let (root, admin) = (plane.admin().await?, plane.admin().await?.client().await?);
        let bind = ["create", "rolebinding", "eddie", "-n", &namespace, "--clusterrole=edit", "--user=eddie@acme"];
        plane.kubectl(&root, &bind).await?.ok()?;
        let eddie = plane.user("eddie@acme", "acme").await?.client().await?;
        let stage = Self { plane, admin, namespace, eddie };
        stage.furnish().await?;
        Ok(stage)
    }

    async fn furnish(&self) -> Result<()> {
        let container = json!({"name": "web", "image": "x:1"});
        let deployment = json!({"metadata": {"name": "web"}, "spec": {
            "replicas": 0, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}}});
        self.api::<Deployment>(&self.admin).create(&real(), &serde_json::from_value(deployment)?).await?;
        let tenant = json!({
            "apiVersion": "uplift.dev/v1alpha1", "kind": "TenantInstance", "metadata": {"name": "dash"},
            "spec": {"customer": {"displayName": "Acme Ltd"}, "windowRef": {"name": "uk-evenings"},
                "contacts": [{"name": "it", "webhook": "https://acme.example/hook"}],
                "workloads": [{"kind": "Deployment", "name": "web"}]},
        });
        self.api::<TenantInstance>(&self.admin).create(&real(), &serde_json::from_value(tenant)?).await?;
        let slot = json!({"opens": "2026-12-15T18:00+00:00", "window": "uk-evenings", "opensAt": "2026-12-15T18:00:00Z",
            "closesAt": "2026-12-15T22:00:00Z", "optOutUntil": "2026-12-15T13:00:00Z", "noticeUntil": "2026-12-13T18:00:00Z"});
        let upgrade = json!({"release": "r", "releaseUid": "u", "from": "2026.11.0", "to": "2026.12.0", "slot": slot});
        let announced = json!({"observedGeneration": 1, "conditions": [], "upgrade": upgrade});
        // No start: any pod may write it.
        let operator = self.podless().await?;
        eventually(SOON, "the slot is announced", async || {
            let said = self.writes_status(&operator, &announced, &real()).await?;
            said.map_or(Ok(Some(())), |said| Err(anyhow::anyhow!(said)))
        })
        .await
    }

    fn api<K>(&self, client: &Client) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(client.clone(), &self.namespace)
    }

    /// The operator as this pod.
    pub async fn pod(&self, name: &str) -> Result<Client> {
        self.plane.operator_pod(name).await?.client().await
    }

    /// The operator by a token that somebody asked for.
    pub async fn podless(&self) -> Result<Client> {
        self.plane.service_account(OPERATOR).await?.client().await
    }

    /// A cluster admin who acts as the operator's account.
    pub async fn impersonated(&self) -> Result<Client> {
        acting_as(&self.plane.admin().await?.config().await?, "system:serviceaccount:uplift-system:uplift", &[], None)
    }

    /// Writes the Lease over the one that stands there; what was said where it was refused.
    pub async fn puts(&self, pod: &Client, lease: Lease) -> Result<Option<String>> {
        self.puts_as("uplift", pod, lease).await
    }

    /// The same under any name of a field manager: a writer chooses it.
    pub async fn puts_as(&self, manager: &str, pod: &Client, mut lease: Lease) -> Result<Option<String>> {
        lease.metadata.resource_version = leases(&self.admin).get("uplift").await?.metadata.resource_version;
        let how = PostParams { field_manager: Some(manager.to_owned()), ..real() };
        refusal(leases(pod).replace("uplift", &how, &lease).await)
    }

    pub async fn take(&self, pod: &Client, name: &str, seconds: i32) -> Result<()> {
        let said = self.puts(pod, lease(name, seconds)).await?;
        said.map_or(Ok(()), |said| Err(anyhow::anyhow!(said))).with_context(|| format!("{name:?} takes the Lease"))
    }

    /// The Lease taken for this pod with a record of who wrote what that was set ahead: as if the last renewal, which stays, were yet to come.
    pub async fn forged(&self, pod: &str) -> Result<Lease> {
        let standing = leases(&self.admin).get("uplift").await?;
        let mut forged = lease(pod, 60);
        if let (Some(spec), Some(renewed)) = (&mut forged.spec, standing.spec) {
            spec.renew_time = renewed.renew_time;
        }
        let ahead = Time(RealClock.now() + SignedDuration::from_hours(1));
        let entries = standing.metadata.managed_fields.unwrap_or_default().into_iter();
        forged.metadata.managed_fields =
            Some(entries.map(|entry| ManagedFieldsEntry { time: Some(ahead.clone()), ..entry }).collect());
        Ok(forged)
    }

    /// What keeps this pod from a start, a change of images and a Job, each by itself.
    pub async fn effects(&self, pod: &Client) -> Result<[Option<String>; 3]> {
        let start = json!({"upgrade": {"startedAt": "2026-12-15T18:00:00Z"}});
        Ok([self.writes_status(pod, &start, &asked()).await?, self.sets_an_image(pod).await?, self.makes_a_job(pod).await?])
    }

    /// Writes the status with this in it, as the operator does.
    pub async fn writes_status(&self, pod: &Client, part: &Value, how: &PostParams) -> Result<Option<String>> {
        let mut tenant = serde_json::to_value(self.api::<TenantInstance>(&self.admin).get("dash").await?)?;
        merge(&mut tenant["status"], part);
        let written = self.api::<TenantInstance>(pod).replace_status("dash", how, &serde_json::from_value(tenant)?).await;
        refusal(written)
    }

    async fn sets_an_image(&self, pod: &Client) -> Result<Option<String>> {
        let intent = json!({"id": "up-1", "to": "2026.12.0", "images": {"web": "x:2"}}).to_string();
        let patch = json!({"metadata": {"annotations": {"uplift.dev/intent": intent}},
            "spec": {"template": {"spec": {"containers": [{"name": "web", "image": "x:2"}]}}}});
        let how = PatchParams { dry_run: true, ..PatchParams::default() };
        refusal(self.api::<Deployment>(pod).patch("web", &how, &Patch::Strategic(patch)).await)
    }

    async fn makes_a_job(&self, pod: &Client) -> Result<Option<String>> {
        let spec =
            json!({"restartPolicy": "Never", "automountServiceAccountToken": false, "containers": [{"name": "m", "image": "m"}]});
        let owner = json!({"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "name": "r", "uid": "u"});
        let job = json!({
            "metadata": {"name": "smoke-00000000", "ownerReferences": [owner],
                "labels": {"app.kubernetes.io/managed-by": "uplift", "uplift.dev/cronjob": "smoke"}},
            "spec": {"backoffLimit": 0, "activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 60, "template": {"spec": spec}},
        });
        refusal(Api::<Job>::namespaced(pod.clone(), ACCEPTANCE).create(&asked(), &serde_json::from_value(job)?).await)
    }

    /// An image, replicas and a Job, by whoever may edit in the namespace and by a cluster admin: what of it was refused.
    pub async fn works_of_people(&self) -> Result<Vec<String>> {
        let spec = json!({"restartPolicy": "Never", "containers": [{"name": "m", "image": "m"}]});
        let job: Job = serde_json::from_value(json!({"metadata": {"name": "own"}, "spec": {"template": {"spec": spec}}}))?;
        let image = json!({"spec": {"replicas": 0, "template": {"spec": {"containers": [{"name": "web", "image": "x:9"}]}}}});
        let how = PatchParams { dry_run: true, ..PatchParams::default() };
        let mut refused = vec![];
        for client in [&self.eddie, &self.admin] {
            // Whatever the answer is: 422 is how a missing parameter would stop them.
            let answers = [
                self.api::<Deployment>(client).patch("web", &how, &Patch::Strategic(&image)).await.map(drop),
                self.api::<Job>(client).create(&asked(), &job).await.map(drop),
            ];
            refused.extend(answers.into_iter().filter_map(Result::err).map(|error| error.to_string()));
        }
        Ok(refused)
    }
}

fn merge(into: &mut Value, part: &Value) {
    match part {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| merge(&mut into[key], value)),
        other => *into = other.clone(),
    }
}

//! The operator as one of its pods: the API server knows a pod by the token that is bound to it, and the chart's policies ask which one writes.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::Request;
use k8s_openapi::api::authentication::v1::BoundObjectReference;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::PostParams;
use kube::client::Body;
use kube::{Api, Client, ResourceExt};
use serde_json::{Value, json};

use super::users::OPERATOR;
use super::{ControlPlane, User, eventually};

/// How long the API server may take to know the Lease's holder where it judges writes. Seen: 10 ms, and half a second while the policy is new.
const KNOWN: Duration = Duration::from_secs(20);

impl ControlPlane {
    /// The operator as this pod, which is made unless it is there. The token ends with the pod.
    pub async fn operator_pod(&self, name: &str) -> Result<User> {
        let (namespace, account) = OPERATOR;
        let pods = Api::<Pod>::namespaced(self.admin().await?.client().await?, namespace);
        let pod = match pods.create(&PostParams::default(), &serde_json::from_value(pod(name, account))?).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => pods.get(name).await,
            made => made,
        };
        let pod =
            pod.with_context(|| format!("the operator's account comes with the chart: install it first; making the pod {name}"))?;
        let bound = BoundObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Pod".into()),
            name: Some(name.into()),
            uid: pod.uid(),
        };
        self.by_token(OPERATOR, Some(bound)).await
    }

    /// Takes the Lease for this pod, by its own token, unless somebody holds it. A chart without one asks for nothing.
    pub(super) async fn lead(&self, user: &User, pod: &str) -> Result<()> {
        let client = user.client().await?;
        let (namespace, name) = OPERATOR;
        let leases = Api::<Lease>::namespaced(self.admin().await?.client().await?, namespace);
        let own = Api::<Lease>::namespaced(client.clone(), namespace);
        eventually(KNOWN, &format!("somebody holds the Lease, {pod} if nobody else does"), async || {
            let Some(mut lease) = leases.get_opt(name).await? else { return Ok(Some(())) };
            let spec = lease.spec.get_or_insert_default();
            if spec.holder_identity.as_deref().is_some_and(|holder| !holder.is_empty()) {
                return Ok(Some(()));
            }
            spec.holder_identity = Some(pod.into());
            own.replace(name, &PostParams::default(), &lease).await?;
            is_known(&client).await.map(Some)
        })
        .await
    }
}

/// Waits until the policies judge by the Lease as it is now. Nothing but asking tells; what is asked is not made.
async fn is_known(operator: &Client) -> Result<()> {
    eventually(KNOWN, "the API server knows the holder of the Lease", async || {
        let body = Body::from(serde_json::to_vec(&job())?);
        let path = "/apis/batch/v1/namespaces/uplift-acceptance/jobs?dryRun=All";
        let answer = operator.send(Request::post(path).header("content-type", "application/json").body(body)?).await?;
        let answer = String::from_utf8_lossy(&answer.into_body().collect_bytes().await?).into_owned();
        ensure!(!answer.contains("uplift-leader"), "{answer}");
        Ok(Some(()))
    })
    .await
}

/// As restricted as its namespace may ask for. No controller keeps it.
fn pod(name: &str, account: &str) -> Value {
    let security = json!({"allowPrivilegeEscalation": false, "runAsNonRoot": true, "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"}});
    json!({
        "metadata": {"name": name},
        "spec": {"serviceAccountName": account, "containers": [{"name": "uplift", "image": "uplift", "securityContext": security}]},
    })
}

/// A Job as the operator makes them. Its owner is nobody's.
fn job() -> Value {
    let pod = json!({"restartPolicy": "Never", "automountServiceAccountToken": false, "containers": [{"name": "main", "image": "probe"}]});
    json!({
        "metadata": {
            "name": "probe-00000000",
            "labels": {"app.kubernetes.io/managed-by": "uplift", "uplift.dev/cronjob": "probe"},
            "ownerReferences": [{"apiVersion": "uplift.dev/v1alpha1", "kind": "DashboardRelease", "name": "probe", "uid": "probe"}],
        },
        "spec": {"backoffLimit": 0, "activeDeadlineSeconds": 60, "ttlSecondsAfterFinished": 60, "template": {"spec": pod}},
    })
}

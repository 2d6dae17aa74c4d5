//! Installing the chart with the real Helm, and waiting until what it brought is in force.
//!
//! A new admission policy works some tenths of a second after it was written, and a write to a new kind may be
//! refused for seconds where a policy matches it. A test that writes at once would be judged by no policy.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ListParams, PostParams};
use kube::{Client, Error};
use serde_json::{Value, json};

use super::cluster::{api_of, apply_as};
use super::users::OPERATOR;
use super::{ControlPlane, eventually};

const IN_FORCE: Duration = Duration::from_secs(30);

impl ControlPlane {
    /// Installs or upgrades the project's chart, with more arguments for helm (`&["--set", "replicas=0"]`).
    pub async fn install_chart(&self, arguments: &[&str]) -> Result<()> {
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/uplift");
        self.install_chart_from(&chart, arguments).await
    }

    /// The same for a chart in any folder.
    pub async fn install_chart_from(&self, chart: &Path, arguments: &[&str]) -> Result<()> {
        let chart = chart.to_str().context("the chart's folder is not UTF-8")?;
        let (namespace, release) = OPERATOR;
        let mut all = vec![
            "upgrade",
            "--install",
            release,
            chart,
            "--namespace",
            namespace,
            "--create-namespace",
        ];
        all.extend(arguments);
        self.helm(&self.admin().await?, &all)
            .await?
            .ok()
            .context("installing the chart")?;
        self.in_force().await
    }

    async fn in_force(&self) -> Result<()> {
        let admin = self.admin().await?.client().await?;
        let kinds = established(&admin).await?;
        let probe = Probe::new();
        for policy in probe.policies() {
            apply_as(&admin, "testbed", &policy).await?;
        }
        eventually(IN_FORCE, "admission policies are in force", async || {
            probe.refused(&admin).await
        })
        .await?;
        for kind in &kinds {
            let what = format!("the API server takes {}", kind.spec.names.kind);
            eventually(IN_FORCE, &what, async || probe.judged(&admin, kind).await).await?;
        }
        probe.remove(&admin).await
    }
}

/// The custom kinds, once each of them is served.
async fn established(admin: &Client) -> Result<Vec<CustomResourceDefinition>> {
    let kinds = Api::<CustomResourceDefinition>::all(admin.clone());
    eventually(IN_FORCE, "every CRD is Established", async || {
        let kinds = kinds.list(&ListParams::default()).await?.items;
        Ok(kinds.iter().all(is_established).then_some(kinds))
    })
    .await
}

fn is_established(kind: &CustomResourceDefinition) -> bool {
    let conditions = kind
        .status
        .as_ref()
        .and_then(|status| status.conditions.as_deref())
        .unwrap_or_default();
    conditions
        .iter()
        .any(|c| c.type_ == "Established" && c.status == "True")
}

/// Two policies of our own, written after the chart's. The API server learns of policies in the order in which they
/// were written, so when these work, the chart's work too. The name is new each time: an old probe proves nothing.
struct Probe {
    name: String,
}

impl Probe {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self {
            name: format!("testbed-probe-{}", COUNT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    fn policies(&self) -> [Value; 4] {
        let mine = json!([{"name": "mine", "expression": format!("object.metadata.name == '{}'", self.name)}]);
        let all = json!({"resourceRules": [{
            "apiGroups": ["", "uplift.dev"], "apiVersions": ["*"], "operations": ["CREATE"],
            "resources": ["configmaps", "dashboardreleases", "upgradewindows", "tenantinstances"],
        }]});
        let only_maps = json!({"resourceRules": [{
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"],
        }]});
        // The mark is what the validating policy asks for, so its refusal shows that both work.
        let mark = "Object{metadata: Object.metadata{labels: {'testbed-probe': 'marked'}}}";
        let unmarked = "object.metadata.?labels[?'testbed-probe'].orValue('') != 'marked'";
        [
            self.policy("MutatingAdmissionPolicy", &json!({
                "matchConstraints": all, "matchConditions": mine, "reinvocationPolicy": "Never",
                "failurePolicy": "Fail",
                "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": mark}}],
            })),
            self.policy("ValidatingAdmissionPolicy", &json!({
                "matchConstraints": only_maps, "matchConditions": mine, "failurePolicy": "Fail",
                "validations": [{"expression": unmarked, "message": "the probe is in force"}],
            })),
            self.policy("MutatingAdmissionPolicyBinding", &json!({"policyName": self.name})),
            self.policy(
                "ValidatingAdmissionPolicyBinding",
                &json!({"policyName": self.name, "validationActions": ["Deny"]}),
            ),
        ]
    }

    fn policy(&self, kind: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": self.name}, "spec": spec,
        })
    }

    /// A write that both policies judge is refused with our own message.
    async fn refused(&self, admin: &Client) -> Result<Option<()>> {
        match self.try_to_create(admin, "v1", "ConfigMap").await {
            Err(Error::Api(status)) if status.message.contains("the probe is in force") => {
                Ok(Some(()))
            }
            Err(error) => Err(error.into()),
            Ok(()) => Ok(None),
        }
    }

    /// A write of this kind comes through the policies: taken, or refused for what it lacks (422).
    async fn judged(&self, admin: &Client, kind: &CustomResourceDefinition) -> Result<Option<()>> {
        let version = kind
            .spec
            .versions
            .iter()
            .find(|v| v.served)
            .context("a CRD without a served version")?;
        let version = format!("{}/{}", kind.spec.group, version.name);
        match self
            .try_to_create(admin, &version, &kind.spec.names.kind)
            .await
        {
            Ok(()) => Ok(Some(())),
            Err(Error::Api(status)) if status.code == 422 => Ok(Some(())),
            Err(error) => Err(error.into()),
        }
    }

    async fn try_to_create(&self, admin: &Client, version: &str, kind: &str) -> kube::Result<()> {
        let object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": self.name}});
        let api = match api_of(admin, &object).await {
            Ok((api, _)) => api,
            // The kind is not served yet; said in the error type of the rest.
            Err(error) => return Err(Error::Service(error.into())),
        };
        let dry = PostParams {
            dry_run: true,
            ..PostParams::default()
        };
        let object = serde_json::from_value(object).map_err(Error::SerdeError)?;
        api.create(&dry, &object).await.map(drop)
    }

    async fn remove(&self, admin: &Client) -> Result<()> {
        for policy in self.policies() {
            let api = api_of(admin, &policy).await?.0;
            api.delete(&self.name, &kube::api::DeleteParams::default())
                .await
                .context("removing the probe")?;
        }
        Ok(())
    }
}

//! Finding out whether admission policies are in force: the API server doesn't say it, so one has to try.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{DeleteParams, PostParams};
use kube::{Client, Error};
use serde_json::{Value, json};

use super::cluster::{api_of, apply_as};

/// Two policies of our own, written after the chart's. The API server learns of policies in the order in which they
/// were written, so when these work, the chart's work too. The name is new each time: an old probe proves nothing.
pub struct Probe {
    name: String,
}

impl Probe {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        Self { name: format!("testbed-probe-{}", COUNT.fetch_add(1, Ordering::Relaxed)) }
    }

    pub async fn install(&self, admin: &Client) -> Result<()> {
        for policy in self.policies() {
            apply_as(admin, "testbed", &policy).await?;
        }
        Ok(())
    }

    fn policies(&self) -> [Value; 4] {
        let mine = json!([{"name": "mine", "expression": format!("object.metadata.name == '{}'", self.name)}]);
        let all = json!({"resourceRules": [{
            "apiGroups": ["", "uplift.dev"], "apiVersions": ["*"], "operations": ["CREATE"],
            "resources": ["configmaps", "dashboardreleases", "upgradewindows", "tenantinstances", "softwareproducts", "upgradetrials"],
        }]});
        let only_maps = json!({"resourceRules": [{
            "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"],
        }]});
        // The mark is what the validating policy asks for, so its refusal shows that both work.
        let mark = "Object{metadata: Object.metadata{labels: {'testbed-probe': 'marked'}}}";
        let unmarked = "object.metadata.?labels[?'testbed-probe'].orValue('') != 'marked'";
        [
            self.policy(
                "MutatingAdmissionPolicy",
                &json!({
                    "matchConstraints": all, "matchConditions": mine, "reinvocationPolicy": "Never",
                    "failurePolicy": "Fail",
                    "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": mark}}],
                }),
            ),
            self.policy(
                "ValidatingAdmissionPolicy",
                &json!({
                    "matchConstraints": only_maps, "matchConditions": mine, "failurePolicy": "Fail",
                    "validations": [{"expression": unmarked, "message": "the probe is in force"}],
                }),
            ),
            self.policy("MutatingAdmissionPolicyBinding", &json!({"policyName": self.name})),
            self.policy("ValidatingAdmissionPolicyBinding", &json!({"policyName": self.name, "validationActions": ["Deny"]})),
        ]
    }

    fn policy(&self, kind: &str, spec: &Value) -> Value {
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind,
            "metadata": {"name": self.name}, "spec": spec,
        })
    }

    /// A write that both policies judge is refused with our own message.
    pub async fn refused(&self, admin: &Client) -> Result<Option<()>> {
        match self.try_to_create(admin, "v1", "ConfigMap").await {
            Err(Error::Api(status)) if status.message.contains("the probe is in force") => Ok(Some(())),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(None),
        }
    }

    /// A write of this kind comes through the policies: taken, or refused for what it lacks (422).
    pub async fn judged(&self, admin: &Client, kind: &CustomResourceDefinition) -> Result<Option<()>> {
        let version = kind.spec.versions.iter().find(|v| v.served).context("a CRD without a served version")?;
        let version = format!("{}/{}", kind.spec.group, version.name);
        match self.try_to_create(admin, &version, &kind.spec.names.kind).await {
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
        let dry = PostParams { dry_run: true, ..PostParams::default() };
        let object = serde_json::from_value(object).map_err(Error::SerdeError)?;
        api.create(&dry, &object).await.map(drop)
    }

    pub async fn remove(&self, admin: &Client) -> Result<()> {
        for policy in self.policies() {
            let api = api_of(admin, &policy).await?.0;
            api.delete(&self.name, &DeleteParams::default()).await.context("removing the probe")?;
        }
        Ok(())
    }
}

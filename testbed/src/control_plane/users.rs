//! Who talks to the API server: people by client certificate, `ServiceAccounts` by a real token.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::PostParams;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::json;
use tempfile::NamedTempFile;

use super::ControlPlane;

/// Where the chart puts the operator.
pub const OPERATOR: (&str, &str) = ("uplift-system", "uplift");
/// The pod that a test's operator is, where there is one.
pub const POD: &str = "uplift-0";
/// The `GitOps` tool whose ways `gitops_apply` follows.
pub const GITOPS: (&str, &str) = ("flux-system", "kustomize-controller");
/// The chart's `ClusterRole` of each kind of person, and the group that the testbed binds to it.
pub const PEOPLE: [(&str, &str); 3] = [
    ("uplift-support", "uplift:support"),
    ("uplift-platform-engineer", "uplift:platform-engineers"),
    ("uplift-approver", "uplift:approvers"),
];

/// How a user proves who it is.
pub enum Credential {
    /// Both in PEM.
    Certificate {
        certificate: String,
        key: String,
    },
    Token(String),
}

/// A user of the API server, with a kubeconfig file that a child process can use too.
pub struct User {
    /// The name as the API server sees it.
    pub name: String,
    /// The file, once written.
    pub kubeconfig: PathBuf,
    ca: PathBuf,
    credential: Credential,
}

impl User {
    pub(super) fn new(dir: &Path, name: &str, stem: &str, credential: Credential) -> Self {
        let kubeconfig = dir.join(format!("{stem}.kubeconfig"));
        Self { name: name.to_owned(), kubeconfig, ca: dir.join("ca.crt"), credential }
    }

    pub(super) fn write(self, url: &str) -> Result<Self> {
        let user = match &self.credential {
            Credential::Certificate { certificate, key } => json!({
                "client-certificate-data": BASE64_STANDARD.encode(certificate),
                "client-key-data": BASE64_STANDARD.encode(key),
            }),
            Credential::Token(token) => json!({"token": token}),
        };
        // JSON is YAML.
        let text = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "testbed",
            "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": self.name}}],
            "clusters": [{"name": "testbed", "cluster": {"server": url, "certificate-authority": self.ca}}],
            "users": [{"name": self.name, "user": user}],
        });
        self.put(&text.to_string()).with_context(|| format!("writing the kubeconfig of {}", self.name))?;
        Ok(self)
    }

    /// By renaming: another test may ask for the same user while kubectl reads this file.
    fn put(&self, text: &str) -> Result<()> {
        let folder = self.kubeconfig.parent().context("a kubeconfig without a folder")?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.kubeconfig)?;
        Ok(())
    }

    /// The configuration for a client of one's own making (without retries, with layers).
    pub async fn config(&self) -> Result<Config> {
        let kubeconfig = Kubeconfig::read_from(&self.kubeconfig).context("reading the kubeconfig")?;
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
        // A proxy of the machine's is not for loopback.
        config.proxy_url = None;
        Ok(config)
    }

    /// A client. It lives in the runtime of the test that asks.
    pub async fn client(&self) -> Result<Client> {
        Client::try_from(self.config().await?).with_context(|| format!("making a client for {}", self.name))
    }
}

impl ControlPlane {
    /// Whoever may do everything: for setting the stage, never for what is tested.
    pub async fn admin(&self) -> Result<User> {
        self.user("admin", "system:masters").await
    }

    /// Any person, in one group.
    #[allow(clippy::unused_async)] // asked like the ServiceAccounts
    pub async fn user(&self, name: &str, group: &str) -> Result<User> {
        self.authority.user(&self.dir, name, group)?.write(&self.url())
    }

    /// A support person, with the rights of the chart's `uplift-support`.
    pub async fn support(&self, name: &str) -> Result<User> {
        self.user(name, PEOPLE[0].1).await
    }

    /// A platform engineer, with the rights of the chart's `uplift-platform-engineer`.
    pub async fn platform_engineer(&self, name: &str) -> Result<User> {
        self.user(name, PEOPLE[1].1).await
    }

    /// An approver, with the rights of the chart's `uplift-approver`.
    pub async fn approver(&self, name: &str) -> Result<User> {
        self.user(name, PEOPLE[2].1).await
    }

    /// The operator as its pod `uplift-0`, which holds the Lease unless another does: by the chart's policies only the holder's writes are an
    /// operator's. The chart must be installed. An operator that is to take the Lease by itself is an `operator_pod`.
    pub async fn operator(&self) -> Result<User> {
        let user = self.operator_pod(POD).await?;
        self.lead(&user, POD).await.context("taking the Lease")?;
        Ok(user)
    }

    /// Flux, with its usual rights to everything.
    pub async fn gitops(&self) -> Result<User> {
        self.service_account(GITOPS).await
    }

    /// Any `ServiceAccount`, by a token from the API server. It is bound to no pod.
    pub async fn service_account(&self, account: (&str, &str)) -> Result<User> {
        self.by_token(account, None).await
    }

    pub(super) async fn by_token(&self, (namespace, name): (&str, &str), pod: Option<BoundObjectReference>) -> Result<User> {
        let accounts = Api::<ServiceAccount>::namespaced(self.admin().await?.client().await?, namespace);
        let stem = pod.as_ref().and_then(|pod| pod.name.clone()).map(|pod| format!("-{pod}")).unwrap_or_default();
        let spec = TokenRequestSpec { expiration_seconds: Some(24 * 3600), bound_object_ref: pod, ..TokenRequestSpec::default() };
        let request = TokenRequest { spec, ..TokenRequest::default() };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .with_context(|| format!("asking for a token of {namespace}/{name}"))?;
        let token = Credential::Token(answer.status.context("a token request without an answer")?.token);
        let full = format!("system:serviceaccount:{namespace}:{name}");
        User::new(&self.dir, &full, &format!("account-{namespace}-{name}{stem}"), token).write(&self.url())
    }
}

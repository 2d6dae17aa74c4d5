//! Which cluster, which namespace, how to print.

use std::{io::IsTerminal, time::Duration};

use anyhow::{Context as _, anyhow};
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig},
};
use tower::timeout::TimeoutLayer;

use super::{Failure, Output, flags::Global, warnings::WarningsLayer};
use crate::fleet::TenantKey;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// What every command is told.
#[derive(Clone)]
pub struct Context {
    /// The client of the chosen cluster and user. Each call has an end, and none is repeated by itself.
    pub client: Client,
    /// The namespace of the flags, else of the kubeconfig's context, else `default`.
    pub namespace: String,
    /// Whether `-A` was given: then `namespace` means nothing.
    pub all_namespaces: bool,
    /// Whether `-n` was given: a command that shows the whole fleet then shows that namespace only.
    pub namespace_named: bool,
    /// How to print.
    pub output: Output,
    /// Whether tables are coloured: only on a terminal, and not where `NO_COLOR` is set.
    pub colours: bool,
}

impl Context {
    /// Reads the kubeconfig; nothing is asked of the cluster yet.
    pub async fn new(global: &Global) -> Result<Self, Failure> {
        let config = config(global).await.map_err(Failure::Input)?;
        let namespace = global.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let client = client(config, global.request_timeout.into()).map_err(Failure::Input)?;
        let (all_namespaces, namespace_named) = (global.all_namespaces, global.namespace.is_some());
        let colours = global.no_color.as_ref().is_none_or(String::is_empty) && std::io::stdout().is_terminal();
        Ok(Self { client, namespace, all_namespaces, namespace_named, output: global.output, colours })
    }

    /// The namespace to read; none: all.
    pub fn scope(&self) -> Option<&str> {
        (!self.all_namespaces).then_some(&self.namespace)
    }

    /// The tenant that an argument names: `name` in the namespace, or `namespace/name` as tables show it.
    pub fn tenant(&self, argument: &str) -> Result<TenantKey, Failure> {
        let named = self.namespace_named.then_some(self.namespace.as_str());
        let default = (!self.all_namespaces).then_some(self.namespace.as_str());
        tenant_key(argument, named, default).map_err(|message| Failure::Input(anyhow!(message)))
    }

    /// What is said where nothing was found.
    pub fn none(&self, what: &str) -> String {
        match self.scope() {
            Some(namespace) => format!("No {what} found in namespace {namespace}; -A shows all."),
            None => format!("No {what} found."),
        }
    }
}

/// `named` is the namespace of `-n`, `default` the one to look in where the argument names none.
fn tenant_key(argument: &str, named: Option<&str>, default: Option<&str>) -> Result<TenantKey, String> {
    let (namespace, name) = match argument.split_once('/') {
        Some((namespace, _)) if named.is_some_and(|named| named != namespace) => {
            return Err(format!(
                "{argument} is not in namespace {}: leave -n out, or name the tenant only",
                named.unwrap_or_default()
            ));
        }
        Some(both) => both,
        None => (
            default.ok_or("--all-namespaces does not say which tenant: name its namespace, with -n or as namespace/name")?,
            argument,
        ),
    };
    if let Some(wrong) = [namespace, name].into_iter().find(|part| !is_name(part)) {
        return Err(format!(
            "{argument:?} names no tenant ({wrong:?} is no name of an object): write it as name or namespace/name"
        ));
    }
    Ok(TenantKey::new(namespace, name))
}

/// What Kubernetes allows as a name. Anything else would become a part of the path of a request.
pub fn is_name(text: &str) -> bool {
    let end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    text.len() <= 253 && text.chars().all(allowed) && end(text.chars().next()) && end(text.chars().next_back())
}

async fn config(global: &Global) -> anyhow::Result<Config> {
    let options = KubeConfigOptions { context: global.context.clone(), ..KubeConfigOptions::default() };
    let Some(file) = &global.kubeconfig else {
        if global.context.is_some() {
            return Config::from_kubeconfig(&options).await.context("use the kubeconfig");
        }
        return Config::infer().await.context("find out how to reach the cluster");
    };
    let read = Kubeconfig::read_from(file).with_context(|| format!("read the kubeconfig {}", file.display()))?;
    Config::from_custom_kubeconfig(read, &options).await.with_context(|| format!("use the kubeconfig {}", file.display()))
}

/// kube's own retries are off: they would hide an outage for minutes, and repeat a write.
fn client(mut config: Config, limit: jiff::SignedDuration) -> anyhow::Result<Client> {
    let limit = Duration::try_from(limit).map_err(|_| anyhow!("--request-timeout is negative"))?;
    let limit = (!limit.is_zero()).then_some(limit);
    config.default_retry = false;
    config.connect_timeout = Some(limit.map_or(CONNECT, |limit| limit.min(CONNECT)));
    // Without it a body that stops in the middle would never end.
    config.read_timeout = limit;
    config.reset_reader_on_write = true;
    let builder = ClientBuilder::try_from(config).context("make a client")?.with_layer(&WarningsLayer);
    Ok(match limit {
        Some(limit) => builder.with_layer(&TimeoutLayer::new(limit)).build(),
        None => builder.build(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_once_and_by_a_name() {
        let key = |argument, named| tenant_key(argument, named, Some(named.unwrap_or("default"))).map(|key| key.to_string());
        assert_eq!(key("acme/dash", None).as_deref(), Ok("acme/dash"));
        assert_eq!(key("dash", Some("acme")).as_deref(), Ok("acme/dash"));
        assert_eq!(key("acme/dash", Some("acme")).as_deref(), Ok("acme/dash"));
        assert!(key("acme/dash", Some("birch")).unwrap_err().contains("is not in namespace birch"));
        for wrong in ["/dash", "acme/", "acme/dash/status", "acme/dash?x=1", "Acme/dash", "", "acme/..", "acme/dash#"] {
            assert!(key(wrong, None).unwrap_err().contains("namespace/name"), "{wrong}");
        }
        assert!(tenant_key("dash", None, None).unwrap_err().contains("--all-namespaces"));
    }
}

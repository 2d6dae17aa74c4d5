//! Which cluster, which namespace, how to print.

use std::{io::IsTerminal, time::Duration};

use anyhow::{Context as _, anyhow};
use kube::{
    Client, Config,
    client::ClientBuilder,
    config::{KubeConfigOptions, Kubeconfig},
};
use tower::timeout::TimeoutLayer;

use super::{Failure, Global, Output, warnings::WarningsLayer};
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
    pub fn tenant(&self, argument: &str) -> TenantKey {
        match argument.split_once('/') {
            Some((namespace, name)) => TenantKey::new(namespace, name),
            None => TenantKey::new(&self.namespace, argument),
        }
    }

    /// What is said where nothing was found.
    pub fn none(&self, what: &str) -> String {
        match self.scope() {
            Some(namespace) => format!("No {what} found in namespace {namespace}; -A shows all."),
            None => format!("No {what} found."),
        }
    }
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

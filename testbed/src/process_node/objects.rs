//! What pods take from the API: `ConfigMaps`, `Secrets` and fields of the pod itself.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::{Api, ResourceExt};

use super::{LOOPBACK, node::Node};

/// Where values come from.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    ConfigMap,
    Secret,
}

/// All values of an object; none if it is missing and may be.
pub async fn values(node: &Node, pod: &Pod, kind: Kind, name: &str, optional: Option<bool>) -> Result<BTreeMap<String, Vec<u8>>> {
    let (client, namespace) = (node.client.clone(), pod.namespace().unwrap_or_default());
    let found = match kind {
        Kind::ConfigMap => Api::<ConfigMap>::namespaced(client, &namespace).get_opt(name).await?.map(of_config_map),
        Kind::Secret => Api::<Secret>::namespaced(client, &namespace).get_opt(name).await?.map(of_secret),
    };
    ensure!(found.is_some() || optional == Some(true), "{kind:?} {name} is not there");
    Ok(found.unwrap_or_default())
}

/// One value; none if it is missing and may be.
pub async fn value(node: &Node, pod: &Pod, kind: Kind, name: &str, key: &str, optional: Option<bool>) -> Result<Option<String>> {
    let mut all = values(node, pod, kind, name, optional).await?;
    let found =
        all.remove(key).map(String::from_utf8).transpose().with_context(|| format!("{kind:?} {name}: {key} is no text"))?;
    ensure!(found.is_some() || optional == Some(true), "{kind:?} {name} has no key {key}");
    Ok(found)
}

fn of_config_map(map: ConfigMap) -> BTreeMap<String, Vec<u8>> {
    let text = map.data.into_iter().flatten().map(|(key, text)| (key, text.into_bytes()));
    text.chain(map.binary_data.into_iter().flatten().map(|(key, bytes)| (key, bytes.0))).collect()
}

fn of_secret(secret: Secret) -> BTreeMap<String, Vec<u8>> {
    secret.data.into_iter().flatten().map(|(key, bytes)| (key, bytes.0)).collect()
}

/// A field of the pod, as the downward API names it.
pub fn field(pod: &Pod, path: &str) -> Result<String> {
    let spec = pod.spec.as_ref().context("a pod without a spec")?;
    Ok(match path {
        "metadata.name" => pod.name_any(),
        "metadata.namespace" => pod.namespace().unwrap_or_default(),
        "metadata.uid" => pod.uid().unwrap_or_default(),
        "spec.nodeName" => spec.node_name.clone().unwrap_or_default(),
        "spec.serviceAccountName" => spec.service_account_name.clone().unwrap_or_default(),
        "status.hostIP" => LOOPBACK.to_owned(),
        _ => return keyed(pod, path),
    })
}

/// `metadata.labels['app']`. A key that is not there is empty.
fn keyed(pod: &Pod, path: &str) -> Result<String> {
    let (map, rest) = path.split_once("['").with_context(|| format!("process-node does not know the field {path}"))?;
    let key = rest.trim_end_matches("']");
    let all = match map {
        "metadata.labels" => pod.labels(),
        "metadata.annotations" => pod.annotations(),
        _ => bail!("process-node does not know the field {path}"),
    };
    Ok(all.get(key).cloned().unwrap_or_default())
}

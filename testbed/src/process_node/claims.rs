//! Claims of the node's class are folders: each gets a volume as soon as it is seen.

use std::fs;
use std::pin::pin;

use anyhow::Result;
use futures::TryStreamExt;
use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use kube::ResourceExt;
use kube::api::{Api, PostParams};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::json;

use super::node::Node;
use super::volumes::open_to_all;
use super::{CLASS, KEY, NAME};

/// Gives volumes to claims until the node ends.
pub async fn watch(node: Node) -> Result<()> {
    let claims = Api::<PersistentVolumeClaim>::all(node.client.clone());
    let mut seen = pin!(watcher(claims, watcher::Config::default()).default_backoff().applied_objects());
    loop {
        match seen.try_next().await {
            Ok(Some(claim)) if is_ours(&claim) => {
                if let Err(error) = provide(&node, &claim).await {
                    eprintln!("claim {}: {error:#}", claim.name_any());
                }
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(error) => eprintln!("watching claims: {error}"),
        }
    }
}

fn is_ours(claim: &PersistentVolumeClaim) -> bool {
    let spec = claim.spec.as_ref();
    spec.is_some_and(|spec| spec.storage_class_name.as_deref() == Some(CLASS) && spec.volume_name.is_none())
}

/// A claim of the same name may have been here before. Its folder is emptied, as a new volume is empty.
async fn provide(node: &Node, claim: &PersistentVolumeClaim) -> Result<()> {
    let (namespace, name) = (claim.namespace().unwrap_or_default(), claim.name_any());
    let volumes = Api::<PersistentVolume>::all(node.client.clone());
    let (volume, folder) = (format!("pvc-{}", claim.uid().unwrap_or_default()), node.place.claim(&namespace, &name));
    if volumes.get_opt(&volume).await?.is_some() {
        return Ok(());
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    open_to_all(&folder)?;
    let spec = claim.spec.clone().unwrap_or_default();
    let here = json!([{"key": "kubernetes.io/hostname", "operator": "In", "values": [NAME]}]);
    let volume = serde_json::from_value(json!({
        "metadata": {"name": volume, "annotations": {"pv.kubernetes.io/provisioned-by": KEY}},
        "spec": {
            "storageClassName": CLASS, "accessModes": spec.access_modes, "persistentVolumeReclaimPolicy": "Retain",
            "capacity": spec.resources.and_then(|resources| resources.requests),
            "claimRef": {"namespace": namespace, "name": name, "uid": claim.uid()},
            "local": {"path": folder},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": here}]}},
        },
    }))?;
    volumes.create(&PostParams::default(), &volume).await?;
    Ok(())
}

//! The volumes of a pod, each a folder of the machine.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use k8s_openapi::api::authentication::v1::{BoundObjectReference, TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, KeyToPath, PersistentVolumeClaim, Pod, ProjectedVolumeSource, ServiceAccount,
    ServiceAccountTokenProjection, Volume, VolumeProjection,
};
use kube::ResourceExt;
use kube::api::{Api, PostParams};

use super::node::Node;
use super::objects::{Kind, field, values};

/// A file of a volume: where in it, and what.
type Files = Vec<(String, Vec<u8>)>;

/// A volume that is ready.
pub struct Made {
    pub folder: PathBuf,
    /// What comes from the API cannot be written.
    pub read_only: bool,
}

/// All volumes of the pod, by name. What is missing in the API is an error: it may come.
pub async fn make(node: &Node, pod: &Pod, folder: &Path) -> Result<BTreeMap<String, Made>> {
    let mut made = BTreeMap::new();
    for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        let one = one(node, pod, volume, &folder.join(&volume.name)).await;
        made.insert(volume.name.clone(), one.with_context(|| format!("volume {}", volume.name))?);
    }
    Ok(made)
}

async fn one(node: &Node, pod: &Pod, volume: &Volume, folder: &Path) -> Result<Made> {
    if volume.empty_dir.is_some() {
        open_to_all(folder)?;
        return Ok(Made { folder: folder.to_owned(), read_only: false });
    }
    if let Some(claim) = &volume.persistent_volume_claim {
        let claims = Api::<PersistentVolumeClaim>::namespaced(node.client.clone(), &pod.namespace().unwrap_or_default());
        let there = claims.get(&claim.claim_name).await?;
        let read_only = claim.read_only.unwrap_or_default();
        return Ok(Made { folder: node.place.claim(&there.namespace().unwrap_or_default(), &there.name_any()), read_only });
    }
    for (path, bytes) in files(node, pod, volume).await? {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().context("a file without a folder")?)?;
        fs::write(&file, bytes)?;
    }
    fs::create_dir_all(folder)?;
    Ok(Made { folder: folder.to_owned(), read_only: true })
}

async fn files(node: &Node, pod: &Pod, volume: &Volume) -> Result<Files> {
    if let Some(map) = &volume.config_map {
        return Ok(chosen(values(node, pod, Kind::ConfigMap, &map.name, map.optional).await?, map.items.as_deref()));
    }
    if let Some(secret) = &volume.secret {
        let name = secret.secret_name.as_deref().unwrap_or_default();
        return Ok(chosen(values(node, pod, Kind::Secret, name, secret.optional).await?, secret.items.as_deref()));
    }
    if let Some(downward) = &volume.downward_api {
        return fields(pod, downward.items.as_deref());
    }
    match &volume.projected {
        Some(projected) => projections(node, pod, projected).await,
        None => bail!("process-node has no volumes of this kind"),
    }
}

async fn projections(node: &Node, pod: &Pod, projected: &ProjectedVolumeSource) -> Result<Files> {
    let mut files = vec![];
    for source in projected.sources.iter().flatten() {
        files.extend(projection(node, pod, source).await?);
    }
    Ok(files)
}

async fn projection(node: &Node, pod: &Pod, source: &VolumeProjection) -> Result<Files> {
    if let Some(map) = &source.config_map {
        return Ok(chosen(values(node, pod, Kind::ConfigMap, &map.name, map.optional).await?, map.items.as_deref()));
    }
    if let Some(secret) = &source.secret {
        return Ok(chosen(values(node, pod, Kind::Secret, &secret.name, secret.optional).await?, secret.items.as_deref()));
    }
    if let Some(downward) = &source.downward_api {
        return fields(pod, downward.items.as_deref());
    }
    match &source.service_account_token {
        Some(wanted) => Ok(vec![(wanted.path.clone(), token(node, pod, wanted).await?.into_bytes())]),
        None => bail!("process-node has no projections of this kind"),
    }
}

/// A token that is bound to the pod, as a kubelet asks for it: the API server takes it no longer when the pod is gone.
async fn token(node: &Node, pod: &Pod, wanted: &ServiceAccountTokenProjection) -> Result<String> {
    let bound = BoundObjectReference {
        api_version: Some("v1".into()),
        kind: Some("Pod".into()),
        name: Some(pod.name_any()),
        uid: pod.uid(),
    };
    let spec = TokenRequestSpec {
        audiences: wanted.audience.iter().cloned().collect(),
        bound_object_ref: Some(bound),
        expiration_seconds: wanted.expiration_seconds,
    };
    let accounts = Api::<ServiceAccount>::namespaced(node.client.clone(), &pod.namespace().unwrap_or_default());
    let request = TokenRequest { spec, ..TokenRequest::default() };
    let answer = accounts.create_token_request(&field(pod, "spec.serviceAccountName")?, &PostParams::default(), &request).await?;
    Ok(answer.status.context("a token request without an answer")?.token)
}

/// All keys, or those that are named, at the paths that are wished.
fn chosen(mut all: BTreeMap<String, Vec<u8>>, items: Option<&[KeyToPath]>) -> Files {
    match items {
        Some(items) => items.iter().filter_map(|item| Some((item.path.clone(), all.remove(&item.key)?))).collect(),
        None => all.into_iter().collect(),
    }
}

fn fields(pod: &Pod, items: Option<&[DownwardAPIVolumeFile]>) -> Result<Files> {
    let one = |item: &DownwardAPIVolumeFile| {
        let of = item.field_ref.as_ref().context("a downward file without fieldRef")?;
        Ok((item.path.clone(), field(pod, &of.field_path)?.into_bytes()))
    };
    items.unwrap_or_default().iter().map(one).collect()
}

/// A folder that whoever the container runs as may write.
pub fn open_to_all(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    Ok(fs::set_permissions(folder, Permissions::from_mode(0o777))?)
}

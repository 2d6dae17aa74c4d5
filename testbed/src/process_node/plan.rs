//! What a container of a pod becomes on this machine, and what it left as its message.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::core::v1::{Container as Wanted, PodSpec, VolumeMount};

use super::container::Spec;
use super::environment::{Environment, expand};
use super::root::Mount;
use super::volumes::Made;

/// A kubelet keeps so much of a termination message, and of the log in its place.
const MESSAGE: usize = 4096;
const LOG: usize = 2048;
const LOG_LINES: usize = 80;

/// The command with its environment and mounts; the folders are the container's own and the node's.
pub fn spec_of(
    pod: &PodSpec,
    wanted: &Wanted,
    environment: Environment,
    volumes: &BTreeMap<String, Made>,
    (folder, of_node): (&Path, &Path),
) -> Result<Spec> {
    fs::create_dir_all(folder)?;
    File::create(told(folder))?;
    let mut mounts = vec![];
    for mount in wanted.volume_mounts.iter().flatten() {
        mounts.push(bound(mount, volumes, &environment)?);
    }
    let path = wanted.termination_message_path.as_deref().unwrap_or("/dev/termination-log");
    mounts.push(Mount { from: told(folder), to: path.into(), read_only: false });
    mounts.sort_by_key(|mount| mount.to.components().count()); // a mount in a mount comes after it
    let own = wanted.security_context.as_ref();
    let shared = pod.security_context.as_ref();
    let words = wanted.command.iter().flatten().chain(wanted.args.iter().flatten());
    Ok(Spec {
        command: words.map(|word| expand(word, &environment)).collect(),
        working_dir: wanted.working_dir.as_deref().unwrap_or("/").into(),
        mounts,
        user: number(own.and_then(|own| own.run_as_user).or(shared.and_then(|shared| shared.run_as_user)))?,
        group: number(own.and_then(|own| own.run_as_group).or(shared.and_then(|shared| shared.run_as_group)))?,
        scratch: folder.join("root"),
        hidden: of_node.to_owned(),
        environment,
    })
}

fn bound(mount: &VolumeMount, volumes: &BTreeMap<String, Made>, environment: &Environment) -> Result<Mount> {
    let volume = volumes.get(&mount.name).with_context(|| format!("there is no volume {}", mount.name))?;
    let part = mount.sub_path.clone().or(mount.sub_path_expr.as_deref().map(|text| expand(text, environment)));
    let part = PathBuf::from(part.unwrap_or_default());
    ensure!(part.components().all(|step| matches!(step, Component::Normal(_))), "subPath {} leaves the volume", part.display());
    let from = volume.folder.join(part);
    if !from.exists() {
        fs::create_dir_all(&from)?;
    }
    Ok(Mount { from, to: mount.mount_path.clone().into(), read_only: volume.read_only || mount.read_only == Some(true) })
}

fn number(id: Option<i64>) -> Result<Option<u32>> {
    Ok(id.map(u32::try_from).transpose()?)
}

fn told(folder: &Path) -> PathBuf {
    folder.join("termination-log")
}

/// What the container wrote for whoever reads its status; with `FallbackToLogsOnError` the end of its log.
pub fn message(wanted: &Wanted, exit_code: i32, folder: &Path, log: &Path) -> String {
    let message = end_of(&fs::read(told(folder)).unwrap_or_default(), MESSAGE);
    let falls_back = wanted.termination_message_policy.as_deref() == Some("FallbackToLogsOnError");
    if exit_code == 0 || !message.is_empty() || !falls_back {
        return message;
    }
    let text = end_of(&fs::read(log).unwrap_or_default(), LOG);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}

fn end_of(bytes: &[u8], most: usize) -> String {
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(most)..]).into_owned()
}

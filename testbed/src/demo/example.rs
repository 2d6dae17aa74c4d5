//! The example's files: manifests, what people do, and what is expected of it all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::process_node::{CLASS, place};

/// The host in the files. The demo puts its own server in its place, and changes nothing else.
const HOOKS: &str = "https://hooks.example.test";

pub struct Example {
    /// In the order in which they are applied: what others need comes first.
    pub manifests: Vec<Value>,
    /// By time; of one instant in file order.
    pub events: Vec<Event>,
    pub expected: Expected,
}

/// An entry of events.yaml, in the words of `uplift simulate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub at: Timestamp,
    pub by: Option<String>,
    pub annotate: Option<Annotate>,
    pub patch: Option<Patch>,
    /// A manifest, as a GitOps tool applies it.
    pub apply: Option<Value>,
    pub rollout: Option<Rollout>,
    pub outage: Option<Outage>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Annotate {
    pub tenant: String,
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    #[serde(default)]
    pub remove: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub merge: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    pub workload: String,
    pub outcome: String,
    /// How long it takes in a simulation. Here real pods take their own time.
    #[serde(default)]
    pub takes: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outage {
    pub component: String,
    pub tenant: Option<String>,
    pub until: Timestamp,
}

/// Where the tenants stand at the end, by `namespace/name`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expected {
    pub upgraded: BTreeSet<String>,
    pub opted_out: BTreeSet<String>,
    /// With the reason of the first blocker.
    pub blocked: BTreeMap<String, String>,
    /// Whose upgrade failed and went back.
    #[serde(default)]
    pub rolled_back: Option<BTreeSet<String>>,
    /// Who was told that a date is off.
    #[serde(default)]
    pub called_off: Option<BTreeSet<String>>,
}

impl Example {
    /// Reads the folder; notices go to `hooks` in place of the host in the files.
    pub fn read(folder: &Path, hooks: &str) -> Result<Self> {
        let mut manifests = vec![];
        let jobs = folder.join("jobs");
        let parts = ["releases", "windows", "tenants"].map(|part| folder.join(part));
        for part in parts.into_iter().chain(jobs.exists().then_some(jobs)) {
            for file in files(&part)? {
                manifests.extend(documents(&file)?);
            }
        }
        for manifest in &mut manifests {
            replace(manifest, HOOKS, hooks);
        }
        // Their Jobs run as processes: the demo names the node, and changes nothing else.
        for job in manifests.iter_mut().filter(|manifest| manifest["kind"] == "CronJob") {
            let pod = job.pointer_mut("/spec/jobTemplate/spec/template/spec");
            place(pod.filter(|pod| pod.is_object()).context("a CronJob has a pod template")?);
        }
        // And what they share are folders.
        for claim in manifests.iter_mut().filter(|manifest| manifest["kind"] == "PersistentVolumeClaim") {
            claim["spec"]["storageClassName"] = CLASS.into();
        }
        manifests.sort_by_key(|manifest| manifest["kind"] != "Namespace");
        let mut events: Vec<Event> = read(&folder.join("events.yaml"))?;
        events.sort_by_key(|event| event.at);
        events.iter_mut().filter_map(|event| event.apply.as_mut()).for_each(|manifest| replace(manifest, HOOKS, hooks));
        let expected = read(&folder.join("expected.yaml"))?;
        ensure!(!manifests.is_empty(), "{} holds no manifest", folder.display());
        Ok(Self { manifests, events, expected })
    }

    /// As many more tenants as the last one: a fleet, with the same story.
    pub fn multiply(&mut self, copies: usize) -> Result<()> {
        let last = self.of_kind("TenantInstance").last().context("the example has no tenant")?;
        let namespace = text(last, "/metadata/namespace").to_owned();
        let own = |m: &&Value| text(m, "/metadata/namespace") == namespace || text(m, "/metadata/name") == namespace;
        let own: Vec<_> = self.manifests.iter().filter(own).cloned().collect();
        for copy in 0..copies {
            let name = format!("{namespace}-{copy:05}");
            self.manifests.extend(own.iter().map(|manifest| renamed(manifest.clone(), &namespace, &name)));
        }
        Ok(())
    }

    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.manifests.iter().filter(move |manifest| manifest["kind"] == kind)
    }
}

fn text<'a>(manifest: &'a Value, pointer: &str) -> &'a str {
    manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The tenant's namespace, and what is called like it.
fn renamed(mut manifest: Value, namespace: &str, name: &str) -> Value {
    for field in ["/metadata/namespace", "/metadata/name"] {
        if let Some(field) = manifest.pointer_mut(field).filter(|field| field.as_str() == Some(namespace)) {
            *field = name.into();
        }
    }
    manifest
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading the folder {}", folder.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn documents(file: &Path) -> Result<Vec<Value>> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_saphyr::from_multiple(&text).with_context(|| format!("parsing {}", file.display()))
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    serde_saphyr::from_str(&text).with_context(|| format!("parsing {}", file.display()))
}

fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, from, to)),
        _ => {}
    }
}

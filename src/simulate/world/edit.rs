//! What people and their tools do: create, apply, patch, annotate, delete. Admission stamps opt-outs, as in a cluster.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Content, Note, Object, World, merge, record::What};
use crate::{
    api::annotations,
    fleet::ObjectKey,
    simulate::{
        admission::{self, FieldError, admit, read_loosely},
        manifest::{BY, Manifest},
        whole::whole,
    },
};

/// Annotations as written.
pub type Annotations = BTreeMap<String, String>;

/// Why an edit is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such object.
    #[error("there is no {0}")]
    NotFound(ObjectKey),
    /// A field does not do.
    #[error("{0}: {1}")]
    Field(ObjectKey, FieldError),
}

impl World {
    /// Applies a manifest: creates the object, or changes what the manifest names. What it named when it was last applied and
    /// names no longer is removed; what others set stays.
    pub fn apply(&mut self, manifest: &Manifest, by: &str) -> Result<(), Refused> {
        let Some(object) = self.get(&manifest.key).cloned() else { return self.create(manifest, by) };
        let named = manifest.named();
        let changes = merge::changes(&object.applied, &named);
        self.change(&object, &changes, by, Some(named))
    }

    /// Merges a patch into an object.
    pub fn patch(&mut self, key: &ObjectKey, patch: &Value, by: &str) -> Result<(), Refused> {
        let object = self.get(key).cloned().ok_or_else(|| Refused::NotFound(key.clone()))?;
        check_patch(key, patch).map_err(|e| Refused::Field(key.clone(), e))?;
        self.change(&object, patch, by, None)
    }

    /// Sets and removes annotations.
    pub fn annotate(&mut self, key: &ObjectKey, set: &Annotations, remove: &[String], by: &str) -> Result<(), Refused> {
        let set = set.iter().map(|(key, value)| (key.clone(), Value::from(value.clone())));
        let remove = remove.iter().map(|key| (key.clone(), Value::Null));
        let changes: serde_json::Map<String, Value> = set.chain(remove).collect();
        self.patch(key, &json!({"metadata": {"annotations": changes}}), by)
    }

    /// Deletes an object.
    pub fn delete(&mut self, key: &ObjectKey) -> Result<(), Refused> {
        let object = self.objects.remove(key).ok_or_else(|| Refused::NotFound(key.clone()))?;
        self.revision += 1;
        self.forget_rollout(key);
        let uid = object.uid.clone();
        self.note(What::Edit(Some(object), None));
        self.collect_jobs(&uid);
        Ok(())
    }

    /// Somebody changes a label that no rule reads: the next write decided before that is a conflict.
    pub fn touch(&mut self, key: &ObjectKey) {
        let Some(before) = self.get(key).cloned() else { return };
        let mut after = Object::clone(&before);
        after.labels.insert("example.test/touched".into(), self.revision.to_string());
        if let Some(after) = self.commit(&before, after) {
            self.note(What::Edit(Some(before), Some(after)));
        }
    }

    fn create(&mut self, manifest: &Manifest, by: &str) -> Result<(), Refused> {
        let refused = |e| Refused::Field(manifest.key.clone(), e);
        let mut content = admit(&manifest.key, &manifest.spec, None).map_err(refused)?;
        let generation = manifest.generation.unwrap_or(1);
        set_status(&manifest.key, &mut content, manifest.status.as_ref(), generation).map_err(refused)?;
        if let Content::Workload(workload) = &mut content {
            workload.note_managers(&[], by);
        }
        let mut annotations = notes(&manifest.annotations, &BTreeMap::new(), self.now, by);
        if by != BY && matches!(content, Content::Release(..)) {
            let note = Note { value: by.to_owned(), at: whole(self.now), by: by.to_owned() };
            annotations.insert(annotations::CREATED_BY.to_owned(), note);
        }
        let object = Object {
            uid: manifest.uid.clone().unwrap_or_else(|| self.uid(&manifest.key)),
            key: manifest.key.clone(),
            resource_version: 0,
            generation,
            created_at: manifest.created_at.unwrap_or(whole(self.now)),
            labels: manifest.labels.clone(),
            annotations,
            content,
            applied: Arc::new(manifest.named()),
        };
        let object = self.store(object);
        self.note(What::Edit(None, Some(object)));
        Ok(())
    }

    fn change(&mut self, before: &Arc<Object>, patch: &Value, by: &str, applied: Option<Value>) -> Result<(), Refused> {
        let after = self.changed_copy(before, patch, by).map_err(|e| Refused::Field(before.key.clone(), e))?;
        let applied = applied.map_or_else(|| Arc::clone(&before.applied), Arc::new);
        if let Some(after) = self.commit(before, Object { applied, ..after }) {
            self.note(What::Edit(Some(Arc::clone(before)), Some(after)));
        }
        Ok(())
    }

    fn changed_copy(&self, before: &Object, patch: &Value, by: &str) -> Result<Object, FieldError> {
        let written: Annotations = before.annotations.iter().map(|(key, note)| (key.clone(), note.value.clone())).collect();
        let old = before.spec();
        let mut document = json!({"metadata": {"labels": before.labels, "annotations": written}, "spec": old});
        merge::merge(&mut document, patch);
        let mut content = admit(&before.key, &document["spec"], Some(&old))?;
        keep_status(&mut content, &before.content, by);
        let annotations = texts(&document["metadata"]["annotations"], "metadata.annotations")?;
        let labels = texts(&document["metadata"]["labels"], "metadata.labels")?;
        admission::labels(&labels)?;
        admission::annotations(&annotations)?;
        let mut annotations = notes(&annotations, &before.annotations, self.now, by);
        keep_creator(&mut annotations, before);
        Ok(Object { labels, annotations, content, ..before.clone() })
    }

    /// From kind, namespace, name, and how many of that name lived before.
    pub(super) fn uid(&mut self, key: &ObjectKey) -> String {
        let lives = self.lives.entry(key.clone()).or_default();
        *lives += 1;
        let name = if *lives == 1 { key.to_string() } else { format!("{key} {lives}") };
        let hex: Vec<String> = Sha256::digest(name).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        [&hex[..4], &hex[4..6], &hex[6..8], &hex[8..10], &hex[10..]].map(<[String]>::concat).join("-")
    }
}

/// Nobody changes who created a release, nor says it afterwards.
fn keep_creator(annotations: &mut BTreeMap<String, Note>, before: &Object) {
    if let ObjectKey::Release(_) = before.key {
        annotations.remove(annotations::CREATED_BY);
        let stamp = before.annotations.get_key_value(annotations::CREATED_BY);
        annotations.extend(stamp.map(|(key, note)| (key.clone(), note.clone())));
    }
}

/// Labels or annotations; a patch may take all of them away.
fn texts(value: &Value, at: &str) -> Result<Annotations, FieldError> {
    if value.is_null() { Ok(Annotations::new()) } else { read_loosely(value, at) }
}

fn check_patch(key: &ObjectKey, patch: &Value) -> Result<(), FieldError> {
    let map = patch.as_object().ok_or_else(|| FieldError::new("merge", "expected a map"))?;
    map.get("metadata").map_or(Ok(()), |metadata| check_metadata(key, metadata))?;
    match map.keys().find(|key| !["metadata", "spec"].contains(&key.as_str())) {
        Some(key) if key == "status" => {
            Err(FieldError::new("status", "only controllers write a status; a `rollout` event says how a workload behaves"))
        }
        Some(key) => Err(FieldError::new(key, "unknown field")),
        None => Ok(()),
    }
}

/// What stands in the metadata beside labels and annotations is the API server's, or says which object it is.
fn check_metadata(key: &ObjectKey, metadata: &Value) -> Result<(), FieldError> {
    let map = metadata.as_object().ok_or_else(|| FieldError::new("metadata", "expected a map of labels or annotations"))?;
    let (namespace, name) = match key {
        ObjectKey::Release(name) | ObjectKey::Window(name) | ObjectKey::Product(name) => (None, name),
        ObjectKey::Tenant(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Trial(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Workload(key) => (Some(&key.namespace), &key.name),
        ObjectKey::Template(key) | ObjectKey::Job(key) => (Some(&key.namespace), &key.name),
    };
    for (field, value) in map {
        let own = match field.as_str() {
            "labels" | "annotations" => continue,
            "name" => Some(name),
            "namespace" => namespace,
            _ => {
                let message = "a patch of the metadata can change labels and annotations only";
                return Err(FieldError::new(format!("metadata.{field}"), message));
            }
        };
        if own.is_none_or(|own| value != own) {
            let message =
                format!("{value} is not what this object has; objects cannot be renamed or moved: delete it and apply another");
            return Err(FieldError::new(format!("metadata.{field}"), message));
        }
    }
    Ok(())
}

fn notes(written: &Annotations, before: &BTreeMap<String, Note>, now: Timestamp, by: &str) -> BTreeMap<String, Note> {
    let stamp = stamp(written, before);
    let now = whole(now); // the API server rounds down
    let stamps = [annotations::OPT_OUT_AT, annotations::OPT_OUT_BY];
    let note = |(key, value): (&String, &String)| {
        let same = before.get(key).filter(|note| note.value == *value).cloned();
        let stamped = stamp.as_ref().filter(|_| key == annotations::OPT_OUT);
        let (at, by) = stamped.cloned().unwrap_or_else(|| (now, by.to_owned()));
        (key.clone(), same.unwrap_or_else(|| Note { value: value.clone(), at, by }))
    };
    written.iter().filter(|(key, _)| !stamps.contains(&key.as_str())).map(note).collect()
}

/// The stamp that an object read from a cluster brings with it. Once it is here, the world stamps.
fn stamp(written: &Annotations, before: &BTreeMap<String, Note>) -> Option<(Timestamp, String)> {
    let at = written.get(annotations::OPT_OUT_AT).filter(|_| before.is_empty())?.parse().ok()?;
    Some((whole(at), written.get(annotations::OPT_OUT_BY).cloned().unwrap_or_default()))
}

fn keep_status(content: &mut Content, before: &Content, by: &str) {
    match (content, before) {
        (Content::Release(_, new), Content::Release(_, old)) => new.clone_from(old),
        (Content::Window(_, new), Content::Window(_, old)) => new.clone_from(old),
        (Content::Product(_, new), Content::Product(_, old)) => new.clone_from(old),
        (Content::Tenant(_, new), Content::Tenant(_, old)) => new.clone_from(old),
        (Content::Trial(_, new), Content::Trial(_, old)) => new.clone_from(old),
        (Content::Workload(new), Content::Workload(old)) => {
            (new.status, new.ran) = (old.status.clone(), Arc::clone(&old.ran));
            new.managers = old.managers.clone();
            new.note_managers(&old.containers(), by);
        }
        _ => {}
    }
}

fn set_status(key: &ObjectKey, content: &mut Content, status: Option<&Value>, generation: i64) -> Result<(), FieldError> {
    status.map_or(Ok(()), |status| admission::check_status(key, status))?;
    match (content, status) {
        (Content::Workload(workload), status) => {
            status.map_or(Ok(()), admission::status_numbers)?;
            workload.read_status(status, generation);
        }
        (_, None) | (Content::Template(_) | Content::Job(_), _) => {}
        (Content::Release(_, new), Some(status)) => **new = read_loosely(status, "status")?,
        (Content::Window(_, new), Some(status)) => **new = read_loosely(status, "status")?,
        (Content::Product(_, new), Some(status)) => **new = read_loosely(status, "status")?,
        (Content::Tenant(_, new), Some(status)) => **new = read_loosely(status, "status")?,
        (Content::Trial(_, new), Some(status)) => **new = read_loosely(status, "status")?,
    }
    Ok(())
}

//! The text of one object, taken apart so that each part is read by itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::managed;
use crate::{
    clock::Clock,
    fleet::{Meta, Parsed},
};

/// Characters kept of a message: one about a bad object may quote a value as long as an object can be (I9).
pub(super) const MESSAGE: usize = 300;

/// An object without the identity that everything else hangs on. The API server never sends one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {name}: {message}")]
pub struct Unreadable {
    /// The kind that it should be.
    pub kind: &'static str,
    /// Its namespace and name as far as they are known.
    pub name: String,
    /// What is wrong.
    pub message: String,
}

/// An object whose metadata was read; the rest is still text.
pub(super) struct Object<'a> {
    pub namespace: String,
    pub name: String,
    pub meta: Meta,
    pub annotations: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    pub managers: Vec<managed::Entry<'a>>,
    spec: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow, default)]
    spec: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    name: String,
    #[serde(default)]
    namespace: String,
    uid: String,
    resource_version: String,
    #[serde(default)]
    generation: i64,
    creation_timestamp: Timestamp,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(borrow, default)]
    managed_fields: Option<&'a RawValue>,
}

impl<'a> Object<'a> {
    /// Reads the metadata of this object.
    pub fn read(kind: &'static str, raw: &'a str, clock: &dyn Clock) -> Result<Self, Unreadable> {
        let unreadable = |name: String, message: String| Unreadable { kind, name, message };
        let Envelope { metadata: m, spec, status } =
            parse("object", raw).map_err(|message| unreadable("without a name".into(), message))?;
        // An empty resourceVersion in a write is no precondition at all, so it must not come this far.
        if m.uid.is_empty() || m.resource_version.is_empty() {
            return Err(unreadable(m.name, "metadata.uid or metadata.resourceVersion is empty".into()));
        }
        let created_at = clock.from_server(m.creation_timestamp);
        let meta = Meta { uid: m.uid, resource_version: m.resource_version, generation: m.generation, created_at };
        let managers = m.managed_fields.map(managed::entries).unwrap_or_default();
        Ok(Self {
            namespace: m.namespace,
            name: m.name,
            meta,
            annotations: m.annotations,
            labels: m.labels,
            managers,
            spec,
            status,
        })
    }

    /// The spec, whatever is wrong with the status.
    pub fn spec<T: DeserializeOwned>(&self) -> Parsed<T> {
        self.spec.map_or_else(|| Err("spec: missing".into()), |raw| parse("spec", raw.get()))
    }

    /// The status, whatever is wrong with the spec; an object that has none yet has an empty one.
    pub fn status<T: DeserializeOwned + Default>(&self) -> Parsed<T> {
        self.status.map_or_else(|| Ok(T::default()), |raw| parse("status", raw.get()))
    }
}

/// Reads a part of an object; the message of an error names the field from this root on.
pub(super) fn parse<'a, T: Deserialize<'a>>(root: &str, raw: &'a str) -> Parsed<T> {
    let mut text = serde_json::Deserializer::from_str(raw);
    let value: T = serde_path_to_error::deserialize(&mut text).map_err(|e| finding(root, &e.path().to_string(), e.inner()))?;
    text.end().map_err(|e| finding(root, "", &e))?;
    Ok(value)
}

fn finding(root: &str, path: &str, error: &serde_json::Error) -> String {
    let error = error.to_string();
    // Line and column count from the start of this part, where nobody can look them up, and they move with every other edit.
    let message = error.rfind(" at line ").map_or(error.as_str(), |end| &error[..end]);
    // A path ends in `?` where the text is no JSON any more; alone it is a dot.
    let path = path.trim_end_matches(['?', '.']);
    let dot = if path.is_empty() { "" } else { "." };
    shorten(&format!("{root}{dot}{path}: {message}"), MESSAGE)
}

/// At most so many characters of a text.
pub(super) fn shorten(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

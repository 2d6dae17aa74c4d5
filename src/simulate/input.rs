//! Reads a folder of manifests into a world.

use std::{
    collections::BTreeMap,
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    admission::FieldError,
    error::{Error, InputError},
    manifest::{Manifest, kind_of},
    world::World,
    yaml,
};
use crate::fleet::ObjectKey;

pub use super::manifest::BY;

/// Deeper folders are not read: a link that leads back would never end.
const DEEPEST: usize = 32;

/// The world that a folder describes, at an instant. `events` is the file of events, which may lie in the same folder.
pub fn read(dir: &Path, events: Option<&Path>, from: Timestamp, err: &mut dyn Write) -> Result<World, Error> {
    let mut reader = Reader { world: World::new(from), files: BTreeMap::new(), slim: false, err };
    let events = events.and_then(|file| file.canonicalize().ok());
    for file in files(dir, 0, reader.err)? {
        if events.is_none() || file.canonicalize().ok() != events {
            yaml::documents(&file)?.iter().try_for_each(|document| reader.take(&file, document))?;
        }
    }
    if reader.files.is_empty() {
        let message = "holds no release, window, tenant or workload; name the folder of their manifests";
        return Err(InputError::file(dir, message).into());
    }
    Ok(reader.world)
}

/// A world made of what was read of a cluster, after these manifests were applied as `kubectl apply` would; `file` is what errors
/// call the text.
pub fn apply(world: World, file: &Path, text: &str, err: &mut dyn Write) -> Result<World, Error> {
    let mut reader = Reader { world, files: BTreeMap::new(), slim: true, err };
    yaml::parse(file, text)?.iter().try_for_each(|document| reader.take(file, document))?;
    if reader.files.is_empty() {
        let message = "holds no release, window, tenant or workload: it changes nothing";
        return Err(InputError::file(file, message).into());
    }
    Ok(reader.world)
}

/// The YAML and JSON files below a folder, sorted; hidden ones are not read. What is no file is not even opened: a pipe that nobody
/// writes to blocks whoever does.
fn files(dir: &Path, depth: usize, err: &mut dyn Write) -> Result<Vec<PathBuf>, Error> {
    let wrong = |e: std::io::Error| InputError::file(dir, e.to_string());
    if depth > DEEPEST {
        return Err(InputError::file(dir, format!("folders are more than {DEEPEST} deep")).into());
    }
    let paths: Result<Vec<PathBuf>, _> = std::fs::read_dir(dir).map_err(wrong)?.map(|e| e.map(|e| e.path())).collect();
    let mut paths = paths.map_err(wrong)?;
    paths.sort();
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut found = vec![];
    for path in paths.into_iter().filter(|path| !hidden(path)) {
        if path.is_dir() {
            found.extend(files(&path, depth + 1, err)?);
        } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
            let kind = path.metadata().map_err(|e| InputError::file(&path, e.to_string()))?;
            if kind.is_file() {
                found.push(path);
            } else {
                writeln!(err, "{}: skipped: a pipe, a socket or a device, not a file", path.display())?;
            }
        }
    }
    Ok(found)
}

struct Reader<'a> {
    world: World,
    files: BTreeMap<ObjectKey, PathBuf>,
    /// The world holds only those parts of workloads that a rule reads.
    slim: bool,
    err: &'a mut dyn Write,
}

impl Reader<'_> {
    fn take(&mut self, file: &Path, document: &Value) -> Result<(), Error> {
        if is_events(document) {
            writeln!(self.err, "{}: skipped: a list of events; name it with --events", file.display())?;
            return Ok(());
        }
        if let Some(items) = items_of_list(file, document)? {
            return items.iter().try_for_each(|item| self.take(file, item));
        }
        let name = describe(document);
        match kind_of(document).map_err(|e| InputError::field(file, &name, e))? {
            Some(kind) => {
                let manifest = Manifest::read(kind, document).map_err(|e| InputError::field(file, &name, e))?;
                Ok(self.create(file, &manifest)?)
            }
            None => Ok(writeln!(self.err, "{}: skipped: {name}: no part of a simulation", file.display())?),
        }
    }

    fn create(&mut self, file: &Path, manifest: &Manifest) -> Result<(), InputError> {
        if let Some(first) = self.files.insert(manifest.key.clone(), file.to_owned()) {
            let twice = format!("already defined in {}", first.display());
            return Err(InputError::field(file, manifest.key.to_string(), FieldError::new("", twice)));
        }
        let applied = if self.slim { self.world.apply_slim(manifest, BY) } else { self.world.apply(manifest, BY) };
        applied.map_err(|refused| InputError::refused(file, None, refused))
    }
}

fn items_of_list<'a>(file: &Path, document: &'a Value) -> Result<Option<&'a Vec<Value>>, InputError> {
    let Some(kind) = document["kind"].as_str().filter(|kind| kind.ends_with("List")) else { return Ok(None) };
    let items = &document["items"];
    match items.as_array() {
        None if kind == "List" && !items.is_null() => {
            Err(InputError::field(file, kind, FieldError::new("items", "expected a list")))
        }
        items => Ok(items),
    }
}

fn is_events(document: &Value) -> bool {
    document.as_array().is_some_and(|list| list.iter().all(|event| event["at"].is_string()))
}

/// An object as an error names it, although it may be anything.
fn describe(document: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (namespace, name) = (text(&document["metadata"]["namespace"]), text(&document["metadata"]["name"]));
    let slash = if namespace.is_empty() { "" } else { "/" };
    match document["kind"].as_str() {
        Some(kind) => format!("{kind} {namespace}{slash}{name}").trim_end().to_owned(),
        None => "a document without a kind".into(),
    }
}

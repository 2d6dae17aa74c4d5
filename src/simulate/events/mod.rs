//! The events of a run: what people do, how workloads behave, what breaks, and when.

mod raw;

use std::{io::Write, path::Path};

use jiff::Timestamp;
use serde_json::Value;

use super::{
    admission::FieldError,
    error::{Error, InputError},
    manifest::Manifest,
    world::{Annotations, Behaviour, Refused, World},
    yaml,
};
use crate::fleet::{ObjectKey, TenantKey, WorkloadKey};

/// Something that happens at an instant.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its number in the file, from 1 on.
    pub number: usize,
    /// When.
    pub at: Timestamp,
    /// Who does it: admission stamps this name beside an opt-out.
    pub by: String,
    /// What.
    pub action: Action,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Action {
    /// Something changes in the world.
    Edit(Box<Edit>),
    /// Something doesn't work for a while.
    Outage(Outage),
}

/// A change of the world.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A manifest is applied.
    Apply(Manifest),
    /// Annotations of a tenant are set and removed.
    Annotate(TenantKey, Annotations, Vec<String>),
    /// A patch is merged.
    Patch(ObjectKey, Value),
    /// An object is deleted.
    Delete(ObjectKey),
    /// A workload's rollouts behave like this from now on.
    Rollout(WorkloadKey, Behaviour),
}

/// What doesn't work, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The operator's process is down, and starts with an empty memory.
    Operator {
        /// The end.
        until: Timestamp,
    },
    /// Contacts cannot be reached.
    Notices {
        /// Whose contacts; none: everyone's.
        tenant: Option<TenantKey>,
        /// The end.
        until: Timestamp,
    },
}

impl Edit {
    /// Changes the world.
    pub fn apply_to(&self, world: &mut World, by: &str) -> Result<(), Refused> {
        match self {
            Self::Apply(manifest) => world.apply(manifest, by),
            Self::Annotate(tenant, set, remove) => world.annotate(&ObjectKey::Tenant(tenant.clone()), set, remove, by),
            Self::Patch(key, patch) => world.patch(key, patch, by),
            Self::Delete(key) => world.delete(key),
            Self::Rollout(key, behaviour) => {
                let object = ObjectKey::Workload(key.clone());
                world.get(&object).ok_or(Refused::NotFound(object))?;
                world.behave(key, *behaviour);
                Ok(())
            }
        }
    }
}

/// An event as messages name it.
pub(super) fn name(number: usize, at: Timestamp) -> String {
    format!("event {number} (at {at})")
}

/// Reads a file of events and tries them on a copy of the world, so that a mistake in the last line is told before the first.
pub fn load(file: &Path, world: &World, err: &mut dyn Write) -> Result<Vec<Event>, Error> {
    let mut events = vec![];
    let lists: Result<Vec<Vec<Value>>, _> = yaml::documents(file)?.into_iter().map(|d| list(file, d)).collect();
    for (i, value) in lists?.concat().iter().enumerate() {
        let event = raw::read(i + 1, value).map_err(|e| InputError::field(file, format!("event {}", i + 1), e))?;
        match event {
            Some(event) => events.push(event),
            None => writeln!(err, "{}: event {}: skipped: no part of a simulation", file.display(), i + 1)?,
        }
    }
    events.sort_by_key(|event| event.at);
    for early in events.iter_mut().filter(|event| event.at < world.now()) {
        writeln!(err, "{}: {} takes effect at the start", file.display(), name(early.number, early.at))?;
        early.at = world.now();
    }
    rehearse(file, world.clone(), &events)?;
    Ok(events)
}

/// Reads one event as a file has it; nothing for an apply of a kind that is no part of a simulation.
pub fn read(number: usize, value: &Value) -> Result<Option<Event>, FieldError> {
    raw::read(number, value)
}

fn list(file: &Path, document: Value) -> Result<Vec<Value>, InputError> {
    match document {
        Value::Array(list) => Ok(list),
        _ => Err(InputError::file(file, "expected a list of events, each {at: <RFC 3339>, …one of apply, annotate, …}")),
    }
}

fn rehearse(file: &Path, mut world: World, events: &[Event]) -> Result<(), InputError> {
    for event in events {
        world.set_now(event.at);
        let outcome = match &event.action {
            Action::Edit(edit) => edit.apply_to(&mut world, &event.by),
            Action::Outage(Outage::Notices { tenant: Some(tenant), .. }) => {
                let key = ObjectKey::Tenant(tenant.clone());
                world.get(&key).map(|_| ()).ok_or(Refused::NotFound(key))
            }
            Action::Outage(_) => Ok(()),
        };
        outcome.map_err(|refused| InputError::refused(file, Some(&name(event.number, event.at)), refused))?;
    }
    Ok(())
}

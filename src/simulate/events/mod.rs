//! The events of a run: what people do, how workloads behave, what breaks, and when.

mod event;
mod raw;

use std::{io::Write, path::Path};

use jiff::Timestamp;
use serde_json::Value;

pub use event::{Action, Edit, Event, Outage};

use super::{
    admission::FieldError,
    error::{Error, InputError},
    world::{Refused, World},
    yaml,
};
use crate::fleet::ObjectKey;

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
            // The operator makes Jobs, and it is not here.
            Action::Edit(edit) if matches!(&**edit, Edit::Delete(ObjectKey::Job(_))) => Ok(()),
            Action::Edit(edit) => edit.apply_to(&mut world, &event.by),
            Action::Outage(Outage::Notices { tenant: Some(tenant), .. }) if !tenant.is_platform() => {
                let key = ObjectKey::Tenant(tenant.clone());
                world.get(&key).map(|_| ()).ok_or(Refused::NotFound(key))
            }
            Action::Outage(_) | Action::Contacts(_) => Ok(()),
        };
        outcome.map_err(|refused| InputError::refused(file, Some(&name(event.number, event.at)), refused))?;
    }
    Ok(())
}

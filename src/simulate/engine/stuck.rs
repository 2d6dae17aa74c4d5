//! Finds a planner that never comes to rest.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Act;
use crate::{fleet::ObjectKey, plan::Change};

/// So many plans with something to do at one instant are too many.
const MOST_PASSES: usize = 64;
/// So many writes of one object in an hour are too many.
const MOST_WRITES: usize = 3_000;
/// So many of the last acts are told.
const TOLD: usize = 12;

/// The planner never comes to rest: a bug of the planner, not of the input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stuck {
    /// It has something to do again and again.
    #[error("bug: at {at} the plan still changes things after {MOST_PASSES} passes; the last were:\n{what}")]
    Restless {
        /// The instant.
        at: Timestamp,
        /// The last acts, one a line, with the fields that changed.
        what: String,
    },
    /// It writes an object again and again, while time passes.
    #[error("bug: at {at} the plan has written {object} {MOST_WRITES} times within an hour; the last acts were:\n{what}")]
    Endless {
        /// The instant.
        at: Timestamp,
        /// The object.
        object: String,
        /// The last acts, one a line, with the fields that changed.
        what: String,
    },
    /// It wants to be woken at an instant that is not in the future, and does nothing.
    #[error("bug: at {at} the plan does nothing and asks to be woken at {wake_at}, which is not later")]
    Sleepless {
        /// The instant.
        at: Timestamp,
        /// What it asked for.
        wake_at: Timestamp,
    },
}

/// Counts the passes of one instant and the writes of one hour, and remembers what they did.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    at: Option<Timestamp>,
    /// Of this instant.
    passes: usize,
    hour: Option<Timestamp>,
    writes: BTreeMap<ObjectKey, usize>,
    bodies: BTreeMap<ObjectKey, Value>,
    acts: VecDeque<String>,
}

impl Guard {
    /// Another plan with something to do.
    pub fn pass(&mut self, at: Timestamp) -> Result<(), Stuck> {
        if self.at != Some(at) {
            (self.at, self.passes) = (Some(at), 0);
        }
        self.passes += 1;
        if let Some((object, _)) = self.writes.iter().find(|(_, writes)| **writes > MOST_WRITES) {
            return Err(Stuck::Endless { at, object: object.to_string(), what: self.told() });
        }
        if self.passes > MOST_PASSES { Err(Stuck::Restless { at, what: self.told() }) } else { Ok(()) }
    }

    /// What is done; its words are noted only when it begins to look endless.
    pub fn note(&mut self, at: Timestamp, act: &Act) {
        let writes = self.count(at, act);
        if self.passes + TOLD < MOST_PASSES && writes + TOLD < MOST_WRITES {
            return;
        }
        let line = match act {
            Act::Send(notice) => {
                format!("sends {} {} to {} of {}", notice.message.kind.name(), notice.key, notice.contact, notice.tenant)
            }
            Act::Write(write) => self.changes(&write.change),
        };
        self.acts.push_back(line);
        while self.acts.len() > TOLD {
            self.acts.pop_front();
        }
    }

    /// How often this hour has seen a write of the object.
    fn count(&mut self, at: Timestamp, act: &Act) -> usize {
        let Act::Write(write) = act else { return 0 };
        if self.hour.is_none_or(|hour| at >= hour + SignedDuration::from_hours(1)) {
            self.hour = Some(at);
            self.writes.clear();
        }
        let writes = self.writes.entry(write.object()).or_default();
        *writes += 1;
        *writes
    }

    fn told(&self) -> String {
        self.acts.iter().map(|act| format!("  {act}")).collect::<Vec<_>>().join("\n")
    }

    fn changes(&mut self, change: &Change) -> String {
        let (object, new) = (change.object(), change.to_json().unwrap_or_default());
        let old = self.bodies.insert(object.clone(), new.clone()).unwrap_or_default();
        let mut changed = vec![];
        differences(&old, &new, "", &mut changed);
        format!("writes {object}: {}", changed.join(", "))
    }
}

fn differences(old: &Value, new: &Value, at: &str, changed: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                differences(&old[key], &new[key], &format!("{at}.{key}"), changed);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().for_each(|(i, (a, b))| differences(a, b, &format!("{at}[{i}]"), changed));
        }
        (Value::Null, Value::Object(_)) => changed.push(format!("{at}: all of it")),
        _ if old == new => {}
        _ => changed.push(format!("{at}: {old} -> {new}")),
    }
}

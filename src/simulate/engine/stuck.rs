//! Finds a planner that never comes to rest.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::Value;

use super::Act;
use crate::plan::Body;

/// So many plans with something to do at one instant are too many.
const MOST_PASSES: usize = 64;
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
    /// It wants to be woken at an instant that is not in the future, and does nothing.
    #[error("bug: at {at} the plan does nothing and asks to be woken at {wake_at}, which is not later")]
    Sleepless {
        /// The instant.
        at: Timestamp,
        /// What it asked for.
        wake_at: Timestamp,
    },
}

/// Counts the passes of one instant and remembers what they did.
#[derive(Clone, Debug, Default)]
pub(super) struct Guard {
    at: Option<Timestamp>,
    passes: usize,
    bodies: BTreeMap<String, Value>,
    acts: VecDeque<String>,
}

impl Guard {
    /// Another plan with something to do.
    pub fn pass(&mut self, at: Timestamp) -> Result<(), Stuck> {
        if self.at != Some(at) {
            *self = Self { at: Some(at), ..Self::default() };
        }
        self.passes += 1;
        if self.passes <= MOST_PASSES {
            return Ok(());
        }
        Err(Stuck::Restless { at, what: self.acts.iter().map(|act| format!("  {act}")).collect::<Vec<_>>().join("\n") })
    }

    /// How many plans of this instant had something to do.
    pub fn passes(&self) -> usize {
        self.passes
    }

    /// What is done; noted only when it begins to look endless.
    pub fn note(&mut self, act: &Act) {
        if self.passes + TOLD < MOST_PASSES {
            return;
        }
        let line = match act {
            Act::Send(notice) => {
                format!("sends {:?} {} to {} of {}", notice.message.kind, notice.key, notice.contact, notice.tenant)
            }
            Act::Write(write) => self.changes(&write.object.to_string(), &write.body),
        };
        self.acts.push_back(line);
        while self.acts.len() > TOLD {
            self.acts.pop_front();
        }
    }

    fn changes(&mut self, object: &str, body: &Body) -> String {
        let new = match body {
            Body::ReleaseStatus(status) => serde_json::to_value(status),
            Body::WindowStatus(status) => serde_json::to_value(status),
            Body::TenantStatus(status) => serde_json::to_value(status),
            Body::Images(change) => serde_json::to_value(&change.intent),
        };
        let new = new.unwrap_or_default();
        let old = self.bodies.insert(object.to_owned(), new.clone()).unwrap_or_default();
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

//! Rule R16: one ordered list of small functions that answers the slot, the notice, the start, the status and every preview.
//!
//! How to add a gate: write a function that takes a [`Case`] and returns a [`Hold`] or none, put it in [`GATES`] where its
//! reason should be read, add its reason to `api::reasons`, and a scenario that shows it.

mod answer;
mod case;
mod contact;
mod health;
pub mod manifest;
mod operator;
mod release;
mod window;

pub use case::Case;

use crate::plan::{
    gates::{
        answer::{consent, notice},
        contact::contact,
        health::health,
        manifest::{annotations, components, management, pin, route, suspend, version},
        operator::{clock, view},
        release::{accepted, approved, withdrawn},
        window::{concurrency, freeze, window, window_open},
    },
    output::hold::Hold,
    pass::Pass,
    record::draft::Draft,
};

type GateFn = fn(Case) -> Option<Hold>;

/// The gates that look at a planned upgrade, in order.
const GATES: &[GateFn] = &[
    annotations,
    management,
    suspend,
    pin,
    version,
    route,
    components,
    withdrawn,
    approved,
    accepted,
    contact,
    window,
    notice,
    consent,
    window_open,
    freeze,
    concurrency,
    health,
    clock,
    view,
];

/// All that holds: people see every blocker at once, not the first.
pub fn holds(case: Case) -> Vec<Hold> {
    GATES.iter().filter_map(|gate| gate(case)).collect()
}

/// What holds the planned upgrade.
pub fn of_draft(pass: &Pass, draft: &Draft) -> Vec<Hold> {
    let Some(upgrade) = &draft.status.upgrade else { return vec![] };
    holds(Case {
        pass,
        key: draft.key,
        tenant: draft.tenant,
        spec: draft.spec,
        status: &draft.status,
        running: &draft.running,
        upgrade,
    })
}

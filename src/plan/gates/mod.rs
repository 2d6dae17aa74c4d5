//! Rule R16: one ordered list of small functions that answers the slot, the notice, the start, the status and every preview.
//!
//! How to add a gate: CONTRIBUTING.md.

mod answer;
mod case;
mod contact;
mod health;
mod hooks;
mod interop;
pub mod manifest;
mod missed;
mod operator;
pub mod ownership;
mod release;
mod ring;
pub mod time_left;
mod trial;
mod window;

pub use case::Case;

use crate::plan::{
    gates::{
        answer::{consent, notice},
        contact::contact,
        health::health,
        hooks::hooks,
        interop::interop,
        manifest::{annotations, components, management, pin, route, suspend, version},
        operator::{clock, view},
        ownership::ownership,
        release::{accepted, approved, change, declined, failed, withdrawn},
        ring::ring,
        time_left::time_left,
        trial::trial,
        window::{concurrency, freeze, window, window_open},
    },
    output::hold::{Gate, Hold},
    pass::Pass,
    record::draft::Draft,
};

type GateFn = fn(Case) -> Option<Hold>;

/// The gates, in the one order in which they are told everywhere: that of [`Gate`]. One gate may have several reasons.
const GATES: &[(Gate, GateFn)] = &[
    (Gate::Manifest, annotations),
    (Gate::Management, management),
    (Gate::Suspend, suspend),
    (Gate::Pin, pin),
    (Gate::Version, version),
    (Gate::Version, components),
    (Gate::Ownership, ownership),
    (Gate::Route, route),
    (Gate::Withdrawn, withdrawn),
    (Gate::Approved, approved),
    (Gate::Accepted, accepted),
    (Gate::Change, change),
    (Gate::Declined, declined),
    (Gate::Failed, failed),
    (Gate::Ring, ring),
    (Gate::Interop, interop),
    (Gate::Trial, trial),
    (Gate::Hooks, hooks),
    (Gate::Contact, contact),
    (Gate::Window, window),
    (Gate::Notice, notice),
    (Gate::Consent, consent),
    (Gate::WindowOpen, window_open),
    (Gate::Freeze, freeze),
    (Gate::TimeLeft, time_left),
    (Gate::Concurrency, concurrency),
    (Gate::Health, health),
    (Gate::Clock, clock),
    (Gate::View, view),
];

/// All that holds: people see every blocker at once, not the first.
pub fn holds(case: Case) -> Vec<Hold> {
    let held = GATES.iter().filter_map(|(_, gate)| gate(case));
    held.map(|hold| missed::holds_the_next_date(case, hold)).collect()
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
        room: &draft.room,
        upgrade,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R16: one order everywhere. What is told is sorted by the enum, so the list must have that order.
    #[test]
    fn the_list_of_gates_has_every_gate_in_the_order_of_the_enum() {
        let mut listed: Vec<_> = GATES.iter().map(|(gate, _)| *gate).collect();
        listed.dedup();
        assert_eq!(listed, Gate::ALL);
    }
}

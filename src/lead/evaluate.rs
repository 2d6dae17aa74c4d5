//! The rule (R25): may this process write, and what is to be done about the Lease?
//!
//! Times are those of the process's own monotonic clock. Invariant: while one process may write, no other takes the Lease. The holder counts
//! from when it *asked* for its last renewal, and stops before the end; whoever waits counts from when it *saw* that renewal, to the end.

use std::time::{Duration, Instant};

use super::{
    known::{Held, Known, Seen},
    lease::{Intent, Lease},
};
use crate::execute::Standing;

/// The Lease is renewed so many times in its duration.
const RENEWALS: u32 = 5;
/// The last part of the duration in which the holder sends nothing more: two clocks do not go alike.
const MARGIN: u32 = 10;

/// What to do about the Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    /// Nothing before this instant.
    Wait(Instant),
    /// Read it.
    Read,
    /// Write it, on what was seen last.
    Write(Intent),
}

/// What follows from what is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether writes may be sent.
    pub standing: Standing,
    /// What to do about the Lease.
    pub todo: Todo,
}

/// Decides.
pub fn evaluate(known: &Known, now: Instant) -> Verdict {
    let certain = certain_until(known).filter(|until| *until > now);
    Verdict { standing: certain.map_or(Standing::Revoked, Standing::CertainUntil), todo: todo(known, certain.is_some(), now) }
}

/// Until when nobody else can hold the Lease, going by the last own write that was answered.
fn certain_until(known: &Known) -> Option<Instant> {
    known.held.as_ref().map(|held| held.asked + known.duration / MARGIN * (MARGIN - 1))
}

fn todo(known: &Known, leads: bool, now: Instant) -> Todo {
    match &known.seen {
        _ if known.in_doubt => Todo::Read,
        Seen::Nothing => Todo::Read,
        // Somebody may hold it who does not know yet that it is gone.
        Seen::Missing(since) => at(if leads { now } else { *since + known.longest }, Intent::Create, now),
        Seen::There(lease, since) => match &lease.holder {
            None if lease.is_blank() && !leads => at(*since + known.longest, Intent::Take, now),
            None => Todo::Write(Intent::Take),
            Some(holder) if *holder == known.identity => at(renew_at(known, lease, now), Intent::Renew, now),
            Some(_) => at(*since + lease.duration.unwrap_or(known.duration), Intent::Take, now),
        },
    }
}

/// What another process of this pod wrote, or an own write that was not answered, says nothing of until when: it is renewed at once.
fn renew_at(known: &Known, lease: &Lease, now: Instant) -> Instant {
    let answered = |held: &&Held| held.version == lease.version;
    known.held.as_ref().filter(answered).map_or(now, |held| held.asked + renewed_after(known.duration))
}

fn renewed_after(duration: Duration) -> Duration {
    duration / RENEWALS
}

fn at(instant: Instant, intent: Intent, now: Instant) -> Todo {
    if instant <= now { Todo::Write(intent) } else { Todo::Wait(instant) }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;

//! The turns of a pass: who has one, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Begun, begin, order::turn};
use crate::{
    fleet::{Fleet, TenantKey},
    plan::{
        output::Plan,
        pass::{
            Pass,
            awaited::Awaited,
            queue::Queues,
            share::has_failed,
            stock::{Order, Rest},
        },
        release::{
            halt::{Known, halt},
            rings,
        },
    },
};

/// Which of the turns that came to nothing are to be taken anew none the less.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    /// Of those who look for a place in these windows.
    pub unsettled: BTreeSet<String>,
    /// Of those who wait for this, so many more than there is of it.
    pub more: BTreeMap<Awaited, usize>,
}

/// The turns of a pass.
pub struct Turns<'a> {
    /// Those that have begun, in their order.
    pub begun: Vec<Begun<'a>>,
    /// The rows of all that have one.
    pub had: Vec<usize>,
    /// Those that came to nothing already.
    pub over: Vec<(usize, Rest)>,
    /// Not every tenant has one: the last one of somebody came to nothing, and this one would.
    pub rested: bool,
    /// Of those, who would find what they wait for, but for those before them.
    pub queues: Queues,
}

/// Begins every turn, and sorts them (R7). Who has none has been dealt with. What failed in them may halt a release before anyone starts.
///
/// Whose last turn came to nothing has none as long as that holds, if that is to be recalled.
pub fn begin_all<'a>(pass: &mut Pass<'a>, plan: &mut Plan, recall: Option<&Recall>) -> Turns<'a> {
    let queues = recall.map(|Recall { unsettled, more }| Queues::of(pass, unsettled, more)).unwrap_or_default();
    let mut turns = Turns { begun: vec![], had: vec![], over: vec![], rested: false, queues };
    for (i, (key, tenant, row)) in pass.tenants().enumerate() {
        if recall.is_some_and(|recall| pass.rests(row, &recall.unsettled)) && !turns.queues.calls(i) {
            row.rest.iter().filter_map(|rest| rest.until).for_each(|until| pass.wake.at(until));
            turns.rested = true;
            continue;
        }
        turns.had.push(i);
        let said = plan.len();
        let (begun, trace) = pass.trace(|pass| begin(pass, key, tenant, plan));
        match begun {
            Some(begun) => turns.begun.push(Begun { row: i, trace, ..begun }),
            // What is under way is not known yet.
            None if pass.fleet.outstanding_effect(key).is_some() => {}
            None => turns.over.extend(pass.rest(trace, Order::default(), plan.len() == said).map(|rest| (i, rest))),
        }
    }
    let failed = failed(pass, &turns.begun);
    halt(pass, &failed);
    rings::count(pass, known(pass.fleet, &turns.begun));
    turns.begun.iter_mut().for_each(|begun| begun.order = turn(pass, &begun.draft));
    turns.begun.sort_by_cached_key(|begun| begun.order); // stable
    turns
}

/// Every tenant in its order, with what its turn found so far; where it has none, with what was sent or seen last.
fn known<'s>(fleet: &'s Fleet, begun: &'s [Begun<'_>]) -> impl Iterator<Item = Known<'s>> {
    let mut begun = begun.iter().peekable();
    fleet.tenants.iter().filter_map(move |(key, tenant)| {
        let drafted = begun.next_if(|begun| begun.key() == key).map(Begun::known);
        drafted.or_else(|| Known::of(fleet, key, tenant))
    })
}

/// Those of them of which an upgrade has failed, as far as that may count: in their order.
fn failed<'s, 'a: 's>(pass: &Pass<'a>, begun: &'s [Begun<'a>]) -> Vec<Known<'s>> {
    let before = pass.apart(|apart| apart.failed).filter_map(|(key, tenant)| Some((key, Known::of(pass.fleet, key, tenant)?)));
    let mut failed: BTreeMap<&TenantKey, Known> = before.collect();
    for known in begun.iter().map(Begun::known) {
        if has_failed(known.status) {
            failed.insert(known.key, known);
        } else if !failed.is_empty() {
            failed.remove(known.key);
        }
    }
    failed.into_values().collect()
}

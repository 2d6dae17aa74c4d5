//! What is remembered from pass to pass changes no plan: in every pass of every fourth history the plan is made twice, with and without
//! it. The others are judged like the operator's, who makes it once.
//!
//! A fact that is overlooked, or a wait that has no instant, shows here as a plan that somebody goes without.

use std::cell::Cell;

use jiff::Timestamp;
use uplift::{
    fleet::Fleet,
    plan::{Memo, Plan, plan},
};

use super::{DEFAULT, history::History, verdict::Rules};

/// The operator's rules, held against themselves.
pub const OPERATOR: Rules = Rules::Remembering(compared);

thread_local! {
    /// Turns that were to be taken, and those of them that were not.
    static TURNS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

fn compared(memo: &mut Memo, fleet: &Fleet, now: Timestamp) -> Plan {
    let (recalled, anew) = (memo.plan(fleet, now), plan(fleet, now));
    let (all, rested) = TURNS.get();
    TURNS.set((all + fleet.tenants.len(), rested + memo.rested()));
    assert!(recalled == anew, "Memo: at {now} {}", difference(&recalled, &anew));
    recalled
}

fn difference(recalled: &Plan, anew: &Plan) -> String {
    let (one, other) = (format!("{recalled:#?}"), format!("{anew:#?}"));
    let lines = one.lines().zip(other.lines()).position(|(one, other)| one != other).unwrap_or_default();
    let from = lines.saturating_sub(25);
    let part = |text: &str| text.lines().skip(from).take(50).collect::<Vec<_>>().join("\n");
    format!("it is\n{}\nand without what is remembered\n{}", part(&one), part(&other))
}

/// Else it would prove nothing.
#[test]
fn turns_are_left_out_in_histories_and_no_plan_is_another() {
    for seed in 0..DEFAULT / 4 {
        _ = History::draw_and_play(seed, OPERATOR);
    }
    let (all, rested) = TURNS.get();
    println!("{rested} of {all} turns were left out");
    assert!(rested * 4 > all, "{rested} of {all}");
}

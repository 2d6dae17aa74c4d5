//! Judges the invariants of `docs/design.md` from the API server's audit log and from what the customers' server received.
//!
//! It uses nothing of the operator's: it parses JSON itself, maps time by the demo's journal itself, and computes windows itself. A
//! judge that shared the planner's code would share its mistakes. `tests/judge.rs` shows that each invariant can be broken.

mod evidence;
mod facts;
mod i1_one_change;
mod i2_start;
mod i3_notice;
mod i4_own_writes;
mod i6_success;
mod i7_cap;
mod i8_restarts;
mod occurrence;
mod verdict;

pub use evidence::{Evidence, Version};
pub use verdict::Verdict;

/// Judges all that can be judged from outside. I5, I9 and I10 are judged elsewhere: by comparing runs, by load, by the examples.
pub fn judge(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict::default();
    i1_one_change::judge(evidence, &mut verdict);
    i2_start::judge(evidence, &mut verdict);
    i3_notice::judge(evidence, &mut verdict);
    i4_own_writes::judge(evidence, &mut verdict);
    i6_success::judge(evidence, &mut verdict);
    i7_cap::judge(evidence, &mut verdict);
    i8_restarts::judge(evidence, &mut verdict);
    verdict.close(&["I1", "I2", "I3", "I4", "I6", "I7", "I8"]);
    verdict
}

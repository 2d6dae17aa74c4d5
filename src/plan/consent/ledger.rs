//! Rule R12: the ledger of opt-outs. Each opt-out has one state for each slot that it was judged for, and one table says which state
//! follows which.

use super::value::Declines;
use crate::{
    api::tenant::{OptOutRecord, Slot, Verdict},
    plan::{
        output::Class,
        record::draft::{Answer, Draft},
    },
};

/// How many opt-outs are kept.
const OPT_OUTS: usize = 10;

/// What happens to an opt-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It is said, and fits the announced slot.
    Fits {
        /// That slot's upgrade runs.
        in_flight: bool,
        /// It was said until the cut-off.
        in_time: bool,
        /// No refusal is left.
        limit: bool,
    },
    /// It is said, and fits nothing that is planned.
    FitsNothing {
        /// Nothing will ever come that it fits: a past day, a version that runs or is out.
        past: bool,
    },
    /// What it declines is about to be announced.
    ComesUp {
        /// No refusal is left.
        limit: bool,
    },
    /// The slot that it came too late for ended without a success.
    Unused,
    /// It is taken back.
    OptIn,
}

/// The state that follows, or none: nothing changes. `from` is none for what was just said.
#[allow(clippy::match_same_arms, reason = "a table has a row for each case")]
pub fn next(from: Option<Verdict>, declines: &Declines, happening: Happening) -> Option<Verdict> {
    use Happening::{ComesUp, Fits, FitsNothing, OptIn, Unused};
    use Verdict::{Accepted, AlreadyStarted, LimitReached, Noted, Stale, TooLate, Undone};
    let version = matches!(declines, Declines::Version(_));
    let held = |limit| if limit { LimitReached } else { Accepted };
    match (from, happening) {
        (None, Fits { in_flight: true, .. }) => Some(AlreadyStarted),
        (None, Fits { in_time: false, .. }) => Some(TooLate),
        (None, Fits { limit, .. }) => Some(held(limit)),
        (None, FitsNothing { past }) => Some(if past { Stale } else { Noted }),
        (Some(Noted), ComesUp { limit }) => Some(held(limit)),
        // What came too late for its slot, or named no candidate then, is in time for the next: approved anew, or tried again.
        (Some(Stale | TooLate | AlreadyStarted), ComesUp { limit }) if version => Some(held(limit)),
        // That the limit was reached was said of a slot. Another may be of a window that lets more be declined.
        (Some(LimitReached), ComesUp { limit: false }) if version => Some(Accepted),
        (Some(TooLate | AlreadyStarted), Unused) if version => Some(Noted),
        (Some(Accepted | Noted), OptIn) => Some(Undone),
        // It could come to life again, or waits for nothing: who asks for the version is answered.
        (Some(Stale | TooLate | AlreadyStarted | LimitReached), OptIn) if version => Some(Undone),
        _ => None,
    }
}

/// Puts a new state on record, to be answered at the end of the turn.
pub fn open(draft: &mut Draft, record: OptOutRecord) {
    let announced = record.lost.is_some();
    keep(draft, record, announced);
    forget_old(draft);
}

/// Moves a record to another state. What was to be answered in this very turn has one answer: the last state.
pub fn settle(draft: &mut Draft, i: usize, verdict: Verdict, slot: Option<&Slot>) {
    let before = draft.status.opt_outs.remove(i);
    let lost = slot.cloned();
    let announced = before.lost.is_some() && before.lost == lost;
    let record = OptOutRecord { slot: slot.map(|slot| slot.opens.clone()), lost, verdict, ..before.clone() };
    draft.answers.retain(|answer| answer.record != before);
    keep(draft, record, announced);
}

fn keep(draft: &mut Draft, record: OptOutRecord, announced: bool) {
    draft.answers.push(Answer { record: record.clone(), announced, deliver_by: None });
    draft.status.opt_outs.insert(0, record);
    draft.urgent(Class::StopOrVerdict);
}

/// The oldest goes first, but neither what was just judged, nor what still stands in an annotation (it would be judged again), nor
/// a standing refusal of a version (it would come back to life).
fn forget_old(draft: &mut Draft) {
    let (running, said) = (draft.running.clone().ok(), draft.tenant.opt_out.as_ref().map(|said| said.value.clone()));
    let refuses = |r: &OptOutRecord| match Declines::parse(&r.value) {
        Some(Declines::Version(version)) => r.verdict.stands() && running.as_ref().is_none_or(|running| version > *running),
        _ => false,
    };
    let opt_outs = &mut draft.status.opt_outs;
    while opt_outs.len() > OPT_OUTS {
        let free = |r: &OptOutRecord| !refuses(r) && Some(&r.value) != said.as_ref();
        let over = |r: &OptOutRecord| free(r) && !r.verdict.stands();
        let oldest = opt_outs.iter().skip(1).rposition(over).or_else(|| opt_outs.iter().skip(1).rposition(free));
        opt_outs.remove(oldest.unwrap_or(OPT_OUTS - 1) + 1);
    }
}

#[cfg(test)]
mod tests {
    use Happening::{ComesUp, Fits, FitsNothing, OptIn, Unused};
    use Verdict::{Accepted, AlreadyStarted, LimitReached, Noted, Stale, TooLate, Undone};

    use super::*;

    const STATES: [Verdict; 7] = [Accepted, TooLate, Noted, Stale, LimitReached, AlreadyStarted, Undone];

    fn after(happening: Happening, version: bool) -> [Option<Verdict>; 7] {
        let declines = Declines::parse(if version { "2026.12.0" } else { "2026-12-15" }).unwrap();
        STATES.map(|from| next(Some(from), &declines, happening))
    }

    /// R12, as a table: a column for each state of [`STATES`].
    #[test]
    fn the_table_of_transitions() {
        let (a, n, l, u) = (Some(Accepted), Some(Noted), Some(LimitReached), Some(Undone));
        for (happening, day, version) in [
            //                              Accepted TooLate Noted Stale LimitReached AlreadyStarted Undone
            (ComesUp { limit: false }, [None, None, a, None, None, None, None], [None, a, a, a, a, a, None]),
            (ComesUp { limit: true }, [None, None, l, None, None, None, None], [None, l, l, l, None, l, None]),
            (Unused, [None; 7], [None, n, None, None, None, n, None]),
            (OptIn, [u, None, u, None, None, None, None], [u, u, u, u, u, u, None]),
        ] {
            assert_eq!(after(happening, false), day, "a day, {happening:?}");
            assert_eq!(after(happening, true), version, "a version, {happening:?}");
        }
    }

    #[test]
    fn what_is_said_is_judged_by_the_start_then_the_time_then_the_limit() {
        let day = Declines::parse("2026-12-15").unwrap();
        let fits = |in_flight, in_time, limit| next(None, &day, Fits { in_flight, in_time, limit });
        assert_eq!(fits(true, true, false), Some(AlreadyStarted));
        assert_eq!(fits(false, false, true), Some(TooLate));
        assert_eq!(fits(false, true, true), Some(LimitReached));
        assert_eq!(fits(false, true, false), Some(Accepted));
        assert_eq!(next(None, &day, FitsNothing { past: true }), Some(Stale));
        assert_eq!(next(None, &day, FitsNothing { past: false }), Some(Noted));
    }

    #[test]
    fn what_is_on_record_is_not_judged_by_what_is_said_again() {
        for from in STATES {
            let day = Declines::parse("2026-12-15").unwrap();
            assert_eq!(next(Some(from), &day, FitsNothing { past: false }), None, "{from:?}");
            assert_eq!(next(Some(from), &day, Fits { in_flight: false, in_time: true, limit: false }), None, "{from:?}");
        }
    }
}

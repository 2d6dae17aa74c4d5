//! What an opt-out or an opt-in would come to, for whoever is about to write one: the same answers that the rules give.

use jiff::Timestamp;

use super::{
    ledger::{self, Happening},
    value::{Declines, same},
};
use crate::api::tenant::{OptOutRecord, Verdict};

/// When an opt-out is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaidAt {
    /// At this instant, which admission stamped: exact.
    Stamped(Timestamp),
    /// At this instant by a field manager's time or the arrival: that moves with what the same manager writes later, the opt-in too.
    About(Timestamp),
    /// Later than all that is on record.
    Now,
}

impl SaidAt {
    fn after(self, at: Timestamp) -> bool {
        match self {
            Self::Stamped(said) | Self::About(said) => said > at,
            Self::Now => true,
        }
    }
}

/// The record that judged an opt-out already, for this slot or, without one, for anything: to say it once more changes nothing. None: it
/// is another one, and is judged anew.
///
/// Each pair (value, slot) is judged once and kept, and what an opt-in took back stands for no slot any more. What is said anew after
/// that is another opt-out: to pass over it would be silent consent.
pub fn judged<'r>(records: &'r [OptOutRecord], value: &str, said: SaidAt, slot: Option<&str>) -> Option<&'r OptOutRecord> {
    let undone = |r: &OptOutRecord| match said {
        SaidAt::About(_) => r.undone_at.unwrap_or(r.at),
        _ => r.at,
    };
    records.iter().filter(|r| r.value == value).find(|r| match r.verdict {
        Verdict::Undone => !said.after(undone(r)),
        // The limit may be free again, by an opt-in: what is said anew then is another one. Without a slot it was for the release.
        Verdict::LimitReached => !said.after(r.at) && (slot.is_none() || r.slot.is_none() || r.slot.as_deref() == slot),
        _ => slot.is_none() || r.slot.as_deref() == slot,
    })
}

/// Which of the records that may be meant an opt-in of this value takes back, if it is said in time; none: it takes nothing back. The verdict on a slot goes before
/// the note of its day that stands beside it, and what stands before what only could come to life again.
pub fn taken_back(records: &[OptOutRecord], value: &str, meant: impl Fn(&OptOutRecord) -> bool) -> Option<usize> {
    let named = |r: &OptOutRecord| same(&r.value, value) && can_be_taken_back(r) && meant(r);
    let find = |wanted: &dyn Fn(&OptOutRecord) -> bool| records.iter().position(|r| named(r) && wanted(r));
    find(&|r| r.verdict.stands() && r.lost.is_some()).or_else(|| find(&|r| r.verdict.stands())).or_else(|| find(&|_| true))
}

/// Whether an opt-in in time would take it back.
pub fn can_be_taken_back(record: &OptOutRecord) -> bool {
    let declines = Declines::parse(&record.value);
    declines.is_some_and(|declines| ledger::next(Some(record.verdict), &declines, Happening::OptIn).is_some())
}

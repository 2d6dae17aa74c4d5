//! When a source is asked again. Pure: what is known, and what this process tried.

use jiff::Timestamp;

use crate::{
    api::product::{Fetched, Source},
    fleet::{CLOCK_SKEW, Reply, Tried},
    plan::pass::wake::later,
};

/// How many seconds a source rests after its first failure; after each further one twice as many, up to its interval.
const FIRST_REST: i64 = 60;
/// The longest rest that a source gets by asking for it (`Retry-After`), in seconds.
const LONGEST_ASKED: i64 = 24 * 3600;

/// When it is due; none: at once. A restart forgets the failures, and asks what fails anew. What is later than now was written by a clock
/// that was wrong: it must not keep a source unasked until then.
pub fn due(source: &Source, known: Option<&Fetched>, tried: Option<&Tried>, now: Timestamp) -> Option<Timestamp> {
    let (interval, answered) = (source.interval.as_secs(), known.and_then(|known| known.fetched_at));
    let has_passed = |at: Timestamp| at.duration_until(now) >= -CLOCK_SKEW;
    match tried.filter(|tried| has_passed(tried.at)).map(|tried| (&tried.reply, tried)) {
        Some((Reply::Failed { after, .. }, tried)) => Some(later(tried.at, rest(tried.failures, *after, interval))),
        // It stands nowhere any more what it still is.
        Some((Reply::Same, _)) if answered.is_none() => None,
        Some((Reply::Same | Reply::New { .. }, tried)) => Some(later(tried.at, interval)),
        None if known.is_some_and(|known| known.error.is_some()) => None,
        None => answered.filter(|at| has_passed(*at)).map(|at| later(at, interval)),
    }
}

fn rest(failures: u32, asked: Option<i64>, interval: i64) -> i64 {
    let doublings = failures.saturating_sub(1).min(20);
    (FIRST_REST << doublings).min(interval).max(asked.unwrap_or_default().min(LONGEST_ASKED))
}

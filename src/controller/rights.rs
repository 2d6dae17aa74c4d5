//! Whether the operator may still write: an operator that is refused everything looks alive and does nothing.

use std::time::{Duration, Instant};

use crate::execute::{Denial, Outcome};

/// So many writes in a row that were forbidden are no longer about one object.
const IN_A_ROW: u32 = 3;
/// A refused write is tried again after five minutes at the latest. If nothing came for so long, nothing is known any more.
const KNOWN_FOR: Duration = Duration::from_mins(10);

/// Writes that were forbidden since the last one that was not.
#[derive(Debug, Default)]
pub(super) struct Rights {
    forbidden: u32,
    last: Option<Instant>,
}

impl Rights {
    /// A write was answered, or not.
    pub(super) fn settled(&mut self, outcome: &Outcome, now: Instant) {
        match outcome {
            Outcome::Refused(Denial { forbidden: true, .. }) => {
                *self = Self { forbidden: self.forbidden.saturating_add(1), last: Some(now) };
            }
            Outcome::Committed(_) | Outcome::Altered(_) => *self = Self::default(),
            _ => {}
        }
    }

    /// Nothing that the operator writes is let pass.
    pub(super) fn withheld(&self, now: Instant) -> bool {
        self.forbidden >= IN_A_ROW && self.last.is_some_and(|last| now < last + KNOWN_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden() -> Outcome {
        Outcome::Refused(Denial { message: "no".into(), forbidden: true, by: crate::fleet::RefusedBy::Rights })
    }

    #[test]
    fn three_forbidden_writes_in_a_row_are_a_right_that_is_missing() {
        let (mut rights, now) = (Rights::default(), Instant::now());
        (0..2).for_each(|_| rights.settled(&forbidden(), now));
        rights.settled(&Outcome::Refused(Denial::of_request("wrong".into())), now);
        assert!(!rights.withheld(now));
        rights.settled(&forbidden(), now);
        assert!(rights.withheld(now) && !rights.withheld(now + KNOWN_FOR));
        rights.settled(&Outcome::Committed("{}".into()), now);
        assert!(!rights.withheld(now));
    }
}

//! What the judge found.

use std::{collections::BTreeMap, fmt};

/// How many judgements were made for each invariant, and which of them found it broken.
#[derive(Debug, Default)]
pub struct Verdict {
    pub judgements: BTreeMap<&'static str, usize>,
    pub broken: Vec<String>,
}

impl Verdict {
    /// One judgement: nothing when the invariant holds here, else what is wrong.
    pub fn note(&mut self, invariant: &'static str, wrong: Option<String>) {
        *self.judgements.entry(invariant).or_default() += 1;
        self.broken.extend(wrong.map(|wrong| format!("{invariant}: {wrong}")));
    }

    /// An invariant that was never judged proves nothing.
    pub fn close(&mut self, all: &[&'static str]) {
        for invariant in all {
            if self.judgements.get(invariant).copied().unwrap_or_default() == 0 {
                self.broken.push(format!("{invariant}: the log held nothing to judge it by"));
            }
        }
    }

    pub fn checked(&self) -> usize {
        self.judgements.values().sum()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.judgements.iter().map(|(invariant, n)| format!("{invariant} {n}")).collect();
        write!(f, "{} judgements ({}), {} broken.", self.checked(), parts.join(", "), self.broken.len())
    }
}

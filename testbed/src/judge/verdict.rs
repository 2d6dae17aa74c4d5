//! What the judge found.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;

/// How many judgements were made for each invariant, and which of them found it broken.
#[derive(Debug, Default)]
pub struct Verdict {
    pub judgements: BTreeMap<&'static str, usize>,
    pub broken: Vec<Broken>,
    /// When what is judged happened.
    pub at: Timestamp,
}

/// An invariant that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub invariant: &'static str,
    pub at: Timestamp,
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.invariant, self.at, self.what)
    }
}

impl Verdict {
    /// One judgement: nothing when the invariant holds here, else what is wrong.
    pub fn note(&mut self, invariant: &'static str, wrong: Option<String>) {
        *self.judgements.entry(invariant).or_default() += 1;
        self.broken.extend(wrong.map(|what| Broken { invariant, at: self.at, what }));
    }

    /// The verdict on a run that should have had something to judge each invariant by: one that was never judged proves nothing.
    #[must_use]
    pub fn closed(mut self) -> Self {
        for invariant in ["I1", "I2", "I2-slot", "I3", "I4", "I6", "I7", "I8", "I9", "I12", "I13"] {
            if self.judgements.get(invariant).copied().unwrap_or_default() == 0 {
                let what = "there was nothing to judge it by".into();
                self.broken.push(Broken { invariant, at: self.at, what });
            }
        }
        self
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

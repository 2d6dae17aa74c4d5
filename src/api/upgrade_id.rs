//! The id of an upgrade: its slot's stem, and the try within it.

use std::fmt;

use super::text::{as_written, stored_as_text};

/// The name of a slot of a tenant for a release: upgrade ids and notice keys begin with it. It has no dash.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stem(Box<str>);

impl From<&str> for Stem {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Stem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the ids of runs of trials begin.
pub const OF_TRIAL: &str = "trial";

/// The id of a try within a slot, counted from 1: `<stem>-<attempt>`.
///
/// What somebody else wrote in its place is a stem as a whole, without a number: it is kept and shown as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UpgradeId {
    stem: Stem,
    attempt: Option<u32>,
}

impl UpgradeId {
    /// The id of this try.
    pub fn new(stem: Stem, attempt: u32) -> Self {
        Self { stem, attempt: Some(attempt) }
    }
    /// The slot's stem.
    pub fn stem(&self) -> &Stem {
        &self.stem
    }
    /// The try, where the id names one.
    pub fn attempt(&self) -> Option<u32> {
        self.attempt
    }
    /// Whether it is the id of a run of a trial, and of no upgrade: those begin with a hexadecimal digit.
    pub fn is_of_trial(&self) -> bool {
        self.stem.0.starts_with(OF_TRIAL)
    }
    /// Another try within the same slot.
    #[must_use]
    pub fn again(&self, attempt: u32) -> Self {
        Self::new(self.stem.clone(), attempt)
    }
}

impl From<&str> for UpgradeId {
    fn from(text: &str) -> Self {
        let parts = text.split_once('-').and_then(|(stem, attempt)| Some((stem, as_written(attempt)?)));
        match parts {
            Some((stem, attempt)) => Self { stem: stem.into(), attempt: Some(attempt) },
            None => Self { stem: text.into(), attempt: None },
        }
    }
}

impl fmt::Display for UpgradeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempt {
            Some(attempt) => write!(f, "{}-{attempt}", self.stem),
            None => self.stem.fmt(f),
        }
    }
}

stored_as_text!(UpgradeId);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_its_stem_and_the_try() {
        let id = UpgradeId::new("0a1b2c3d4e5f".into(), 12);
        assert_eq!((id.to_string().as_str(), UpgradeId::from("0a1b2c3d4e5f-12")), ("0a1b2c3d4e5f-12", id.clone()));
        assert_eq!((id.again(13).to_string().as_str(), id.stem().to_string().as_str()), ("0a1b2c3d4e5f-13", "0a1b2c3d4e5f"));
    }

    #[test]
    fn what_no_operator_wrote_is_a_stem_as_a_whole() {
        for text in ["", "-", "a", "a-", "a-b", "a-01", "a-+1", "a-1-2", "a-4294967296"] {
            let id = UpgradeId::from(text);
            assert_eq!((id.attempt, id.stem().to_string().as_str()), (None, text));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_stored_as_it_is(text in "[0-9a-f]{0,12}-?[0-9]{0,3}|.*") {
            prop_assert_eq!(UpgradeId::from(text.as_str()).to_string(), text);
        }
    }
}

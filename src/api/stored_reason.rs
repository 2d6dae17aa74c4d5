//! A reason as it stands in a status: one of ours, or a word of another operator.

use std::fmt;

use super::{reason::Reason, text::stored_as_text};

/// A reason that was stored: one of ours, or the word of an older or a newer operator, which is kept and shown as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredReason {
    /// One that is known.
    Known(Reason),
    /// Another word.
    Other(Box<str>),
}

impl StoredReason {
    /// The reason, if it is one of ours. Nothing is decided by another word.
    pub fn known(&self) -> Option<Reason> {
        match self {
            Self::Known(reason) => Some(*reason),
            Self::Other(_) => None,
        }
    }
    /// The word.
    pub fn word(&self) -> &str {
        match self {
            Self::Known(reason) => reason.name(),
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for StoredReason {
    fn from(word: &str) -> Self {
        Reason::named(word).map_or_else(|| Self::Other(word.into()), Self::Known)
    }
}

impl From<Reason> for StoredReason {
    fn from(reason: Reason) -> Self {
        Self::Known(reason)
    }
}

impl PartialEq<Reason> for StoredReason {
    fn eq(&self, reason: &Reason) -> bool {
        self.known() == Some(*reason)
    }
}

impl fmt::Display for StoredReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

stored_as_text!(StoredReason);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back_as_its_reason() {
        for reason in Reason::ALL {
            let stored = StoredReason::from(reason.name());
            assert!(stored == *reason && stored.to_string() == reason.name(), "{reason}");
        }
    }

    #[test]
    fn a_word_of_another_operator_is_kept_and_decides_nothing() {
        let stored: StoredReason = serde_json::from_str("\"Sharded\"").unwrap();
        assert_eq!((stored.known(), serde_json::to_string(&stored).unwrap().as_str()), (None, "\"Sharded\""));
    }

    /// Every tenant's status holds dozens.
    #[test]
    fn a_stored_reason_is_no_larger_than_a_string() {
        assert!(size_of::<Option<StoredReason>>() <= size_of::<Option<String>>());
    }
}

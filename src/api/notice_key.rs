//! The key of a notice: what it is about, under a name that a restart makes again (I8).

use std::fmt;

use super::{
    text::{as_written, stored_as_text},
    upgrade_id::{Stem, UpgradeId},
};

/// The stable key of a notice; with the contact's name it is the `webhook-id`: the stem of what it is about, and what it says of that.
///
/// What somebody else wrote in its place is a stem as a whole: it is kept and shown as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticeKey {
    stem: Stem,
    says: Says,
}

/// What stands after the stem, in the order of the texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Says {
    /// Nothing that an operator writes.
    Other,
    /// The result of this try.
    Result(Option<u32>),
    /// The answer to an opt-out, whose digest the stem is.
    Answer,
    /// The slot is gone which, as was told before, might not be kept.
    CalledOff,
    /// The slot may not be kept, or is gone.
    Postponed,
    /// It opens in so many seconds.
    Reminder(i64),
    /// The slot, at the address of this digest if that is a later one.
    Slot(Option<Box<str>>),
    /// Ends of support, whose digest the stem is.
    Support,
    /// A run of a trial, by its number: how far it is.
    Trial(Option<u32>, Stage),
}

/// How far a run of a trial is when it is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// People may look at it.
    Ready,
    /// It ends on the next day.
    Ending,
    /// It is over, and its data are gone.
    Ended,
}

impl Stage {
    const ALL: [Self; 3] = [Self::Ready, Self::Ending, Self::Ended];

    const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }
    fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

impl NoticeKey {
    fn new(stem: &Stem, says: Says) -> Self {
        Self { stem: stem.clone(), says }
    }
    /// The notice that announces a slot. One for each slot, whatever the reason: a restart can not make a second.
    pub fn slot(stem: &Stem) -> Self {
        Self::new(stem, Says::Slot(None))
    }
    /// The same notice for a contact whose address changed: another address is told for the first time.
    pub fn slot_at(stem: &Stem, address: &str) -> Self {
        Self::new(stem, Says::Slot(Some(address.into())))
    }
    /// The reminder of a slot, so many seconds before it opens.
    pub fn reminder(stem: &Stem, secs: i64) -> Self {
        Self::new(stem, Says::Reminder(secs))
    }
    /// The notice that a slot may not be kept, or is gone.
    pub fn postponed(stem: &Stem) -> Self {
        Self::new(stem, Says::Postponed)
    }
    /// The notice that a slot is gone which, as was told before, might not be kept.
    pub fn called_off(stem: &Stem) -> Self {
        Self::new(stem, Says::CalledOff)
    }
    /// The notice of an upgrade's result.
    pub fn result(upgrade: &UpgradeId) -> Self {
        Self::new(upgrade.stem(), Says::Result(upgrade.attempt()))
    }
    /// The answer to an opt-out, by the digest of what is answered.
    pub fn answer(digest: &str) -> Self {
        Self::new(&digest.into(), Says::Answer)
    }
    /// The notice of ends of support, by the digest of what ends when and of how long before that is.
    pub fn support(digest: &str) -> Self {
        Self::new(&digest.into(), Says::Support)
    }

    /// The notice of a run of a trial.
    pub fn trial(run: &UpgradeId, stage: Stage) -> Self {
        Self::new(run.stem(), Says::Trial(run.attempt(), stage))
    }

    /// The key of this text, if an operator writes such.
    pub fn named(text: &str) -> Option<Self> {
        let (stem, says) = text.split_once('-')?;
        Some(Self::new(&stem.into(), Says::read(says)?))
    }

    /// Whether it is about no date: it tells ends of support, or of a trial.
    pub fn is_beside(&self) -> bool {
        matches!(self.says, Says::Support | Says::Trial(..))
    }
    /// Whether it is about this slot.
    pub fn is_about(&self, stem: &Stem) -> bool {
        self.stem == *stem
    }
    /// Whether it announces this slot, at whatever address.
    pub fn announces(&self, stem: &Stem) -> bool {
        self.is_about(stem) && matches!(self.says, Says::Slot(_))
    }
    /// Whether both are one notice, at whatever address.
    pub fn is(&self, other: &Self) -> bool {
        self == other || other.announces(&self.stem) && self.announces(&other.stem)
    }
    /// The key without the address that it was told at anew.
    #[must_use]
    pub fn without_address(&self) -> Self {
        if self.announces(&self.stem) { Self::slot(&self.stem) } else { self.clone() }
    }
}

impl From<&str> for NoticeKey {
    fn from(text: &str) -> Self {
        Self::named(text).unwrap_or_else(|| Self::new(&text.into(), Says::Other))
    }
}

impl Says {
    fn read(text: &str) -> Option<Self> {
        Some(match text.split_once('-') {
            None if text == "result" => Self::Result(None),
            None if text == "answer" => Self::Answer,
            None if text == "off" => Self::CalledOff,
            None if text == "postponed" => Self::Postponed,
            None if text == "slot" => Self::Slot(None),
            None if text == "support" => Self::Support,
            Some(("slot", address)) => Self::Slot(Some(address.into())),
            Some(("reminder", secs)) => Self::Reminder(as_written(secs)?),
            Some((attempt, "result")) => Self::Result(Some(as_written(attempt)?)),
            Some((attempt, word)) => Self::Trial(Some(as_written(attempt)?), Stage::read(word)?),
            None => Self::Trial(None, Stage::read(text)?),
        })
    }
}

impl fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stem = &self.stem;
        match &self.says {
            Says::Other => stem.fmt(f),
            Says::Result(None) => write!(f, "{stem}-result"),
            Says::Result(Some(attempt)) => write!(f, "{stem}-{attempt}-result"),
            Says::Answer => write!(f, "{stem}-answer"),
            Says::CalledOff => write!(f, "{stem}-off"),
            Says::Postponed => write!(f, "{stem}-postponed"),
            Says::Support => write!(f, "{stem}-support"),
            Says::Trial(None, stage) => write!(f, "{stem}-{}", stage.word()),
            Says::Trial(Some(attempt), stage) => write!(f, "{stem}-{attempt}-{}", stage.word()),
            Says::Reminder(secs) => write!(f, "{stem}-reminder-{secs}"),
            Says::Slot(None) => write!(f, "{stem}-slot"),
            Says::Slot(Some(address)) => write!(f, "{stem}-slot-{address}"),
        }
    }
}

stored_as_text!(NoticeKey);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem() -> Stem {
        "0a1b2c3d4e5f".into()
    }

    #[test]
    fn a_key_is_written_and_read_back_as_one_text() {
        let id = UpgradeId::new(stem(), 2);
        for (key, text) in [
            (NoticeKey::slot(&stem()), "0a1b2c3d4e5f-slot"),
            (NoticeKey::slot_at(&stem(), "a-b"), "0a1b2c3d4e5f-slot-a-b"),
            (NoticeKey::reminder(&stem(), 86_400), "0a1b2c3d4e5f-reminder-86400"),
            (NoticeKey::postponed(&stem()), "0a1b2c3d4e5f-postponed"),
            (NoticeKey::called_off(&stem()), "0a1b2c3d4e5f-off"),
            (NoticeKey::result(&id), "0a1b2c3d4e5f-2-result"),
            (NoticeKey::result(&"x".into()), "x-result"),
            (NoticeKey::answer("0a1b2c3d4e5f"), "0a1b2c3d4e5f-answer"),
            (NoticeKey::support("0a1b2c3d4e5f"), "0a1b2c3d4e5f-support"),
            (NoticeKey::trial(&id, Stage::Ready), "0a1b2c3d4e5f-2-ready"),
            (NoticeKey::trial(&"trial0".into(), Stage::Ended), "trial0-ended"),
        ] {
            assert_eq!((key.to_string().as_str(), NoticeKey::from(text)), (text, key));
        }
    }

    #[test]
    fn an_address_makes_no_other_notice() {
        let (slot, moved) = (NoticeKey::slot(&stem()), NoticeKey::slot_at(&stem(), "b"));
        assert!(moved.is(&slot) && slot.is(&moved) && moved.announces(&stem()) && moved.without_address() == slot);
        let others = [NoticeKey::postponed(&stem()), NoticeKey::slot(&"b".into()), NoticeKey::from("k")];
        assert!(others.iter().all(|other| other.is(other) && !other.is(&slot) && !other.announces(&stem())));
    }

    #[test]
    fn what_no_operator_wrote_is_about_no_slot() {
        for text in ["", "k", "0a1b2c3d4e5f", "0a1b2c3d4e5f-slots", "0a1b2c3d4e5f-reminder-01", "0a1b2c3d4e5f-x-result"] {
            let key = NoticeKey::from(text);
            assert_eq!((key.says.clone(), key.is_about(&text.into())), (Says::Other, true), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_stored_as_it_is(text in "[0-9a-f]{0,12}-?(slot|reminder|result|answer|[0-9]{1,3})?-?(result|[0-9]{0,3})|.*") {
            prop_assert_eq!(NoticeKey::from(text.as_str()).to_string(), text);
        }
    }
}

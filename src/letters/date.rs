//! A date in a letter: when it is, and whether it can be declined.

use jiff::Timestamp;

use super::text::not_supported_from;
use crate::{
    api::tenant::{NoticeFacts, Slot},
    calendar::Local,
};

/// A date, as it stood when its letter was written.
pub struct Date<'a> {
    slot: &'a Slot,
    facts: &'a NoticeFacts,
    written_at: Timestamp,
    started: bool,
    zone: Local,
}

/// Whether a date can be declined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Declining {
    /// Until its cut-off.
    Possible,
    /// No refusal is left, or none was agreed.
    NoneLeft,
    /// The cut-off has passed.
    Over,
    /// The upgrade runs.
    Started,
}

impl<'a> Date<'a> {
    /// This slot. The letter that is about another one speaks of the date that stood, and knows whether that had started.
    pub fn of(slot: &'a Slot, facts: &'a NoticeFacts, written_at: Timestamp) -> Self {
        let started = facts.standing.as_ref().is_some_and(|date| date.started && date.slot.opens == slot.opens);
        Self { slot, facts, written_at, started, zone: Local::of(slot) }
    }

    pub fn opens(&self) -> String {
        self.zone.for_people(self.slot.opens_at)
    }

    pub fn between(&self) -> String {
        format!("between {} and {}", self.opens(), self.zone.for_people(self.slot.closes_at))
    }

    /// An instant in its zone.
    pub fn local(&self, at: Timestamp) -> String {
        self.zone.for_people(at)
    }

    /// Its close, if that was to come.
    pub fn closes(&self) -> Option<String> {
        (self.slot.closes_at > self.written_at).then(|| self.zone.for_people(self.slot.closes_at))
    }

    pub fn declining(&self) -> Declining {
        match self.facts.refusals_left {
            _ if self.started => Declining::Started,
            _ if self.written_at > self.slot.opt_out_until => Declining::Over,
            Some(0) => Declining::NoneLeft,
            _ => Declining::Possible,
        }
    }

    /// How to decline it, what follows then, and what silence means; or why it cannot be declined.
    pub fn how_to_decline(&self) -> String {
        if self.declining() != Declining::Possible {
            return self.cannot_be_declined();
        }
        let more = match self.facts.refusals_left {
            None => "You will get another date then.".into(),
            Some(1) => "You will get another date then, which cannot be declined.".into(),
            Some(n) => format!("You will get another date then. You can decline {n} times, this date included."),
        };
        let (until, day) = (self.cut_off(), self.day());
        format!(
            "To decline, tell us by {until} (uplift.dev/opt-out: \"{day}\"). {more}\n\
             If we hear nothing from you by then, the upgrade goes ahead."
        )
    }

    /// The same in one sentence, for a letter about something else. It stays true when the letter arrives late.
    pub fn whether_to_decline(&self) -> String {
        if self.declining() != Declining::Possible {
            return self.cannot_be_declined();
        }
        format!("It can be declined until {} (uplift.dev/opt-out: \"{}\").", self.cut_off(), self.day())
    }

    /// How to decline this date where its version must come.
    pub fn for_another_one(&self) -> String {
        format!("You can have another date: decline this one by {} (uplift.dev/opt-out: \"{}\").", self.cut_off(), self.day())
    }

    fn cannot_be_declined(&self) -> String {
        match self.declining() {
            Declining::Started => "It runs already and cannot be declined any more.",
            Declining::Over => "The time to decline it is over. If it must not take place, call support.",
            _ if self.facts.support_ends_on.is_some() => return self.last_before_the_end(),
            _ if self.facts.deferrals == 0 => "This date cannot be declined. If it must not be, call support.",
            _ => "It was put off as often as agreed, so this date cannot be declined. If it must not be, call support.",
        }
        .into()
    }

    fn last_before_the_end(&self) -> String {
        let why = self.facts.support_ends_on.map(not_supported_from).unwrap_or_default();
        format!("{why}, and no later date is left before that, so this date cannot be declined. If it must not be, call support.")
    }

    fn cut_off(&self) -> String {
        self.zone.for_people(self.slot.opt_out_until)
    }

    fn day(&self) -> &str {
        self.slot.opens.get(..10).unwrap_or_default()
    }
}

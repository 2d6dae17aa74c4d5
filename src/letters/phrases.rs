//! What a notice is made of, and the parts of sentences that every kind of notice uses.

use jiff::Timestamp;

use super::{
    date::{Date, Declining},
    text::one_line,
};
use crate::{
    api::{
        reason::Reason,
        tenant::{NoticeFacts, NoticeRecord, StandingDate},
    },
    calendar::Local,
};

pub const NOTHING_TO_DO: &str = "You need not do anything.";
pub const CALL_SUPPORT: &str = "If it must not, call support.";
pub const TOLD_BEFORE: &str = "you will be told of the date before it comes";

/// What a notice is made of.
pub struct Words<'a> {
    pub notice: &'a NoticeRecord,
    pub facts: &'a NoticeFacts,
}

impl<'a> Words<'a> {
    pub fn of(notice: &'a NoticeRecord, facts: &'a NoticeFacts) -> Self {
        Self { notice, facts }
    }

    /// The version that it is about. A day may be declined while nothing is planned: then there is none.
    pub fn version(&self) -> Option<&'a str> {
        Some(self.notice.release.as_str()).filter(|version| !version.is_empty())
    }

    /// Whether its slot can be declined, with this notice in hand.
    pub fn can_decline(&self) -> bool {
        let stands = self.facts.standing.as_ref().is_some_and(|date| date.own);
        stands && self.date().is_some_and(|date| date.declining() == Declining::Possible)
    }

    /// Whether the next date is a chance to decline.
    pub fn chance(&self) -> &'static str {
        if self.none_left() { "which cannot be declined" } else { "with a new chance to decline" }
    }

    pub fn chance_of_it(&self) -> &'static str {
        if self.none_left() { "; it cannot be declined" } else { ", with a new chance to decline" }
    }

    pub fn none_left(&self) -> bool {
        self.facts.refusals_left == Some(0)
    }

    pub fn reason(&self) -> Option<Reason> {
        self.notice.reason.as_ref().and_then(crate::api::stored_reason::StoredReason::known)
    }

    /// The reason in brackets, with what people wrote.
    pub fn because(&self, why: Option<&str>) -> String {
        let detail = self.facts.detail.as_deref().map(one_line).filter(|detail| !detail.is_empty());
        match (why, detail) {
            (Some(why), Some(detail)) => format!(" ({why}: {detail})"),
            (Some(why), None) => format!(" ({why})"),
            (None, _) => String::new(),
        }
    }

    pub fn date(&self) -> Option<Date<'a>> {
        self.facts.slot().map(|slot| Date::of(slot, self.facts, self.written_at()))
    }

    /// The date of the notice, if it stands.
    pub fn own(&self) -> Option<Date<'a>> {
        let stands = self.facts.standing.as_ref().is_some_and(|date| date.own);
        self.date().filter(|_| stands)
    }

    pub fn standing(&self) -> Option<(&'a StandingDate, Date<'a>)> {
        let standing = self.facts.standing.as_ref()?;
        Some((standing, Date::of(&standing.slot, self.facts, self.written_at())))
    }

    pub fn written_at(&self) -> Timestamp {
        self.notice.created_at
    }

    /// When its slot opens. Of one that nothing else is known of, the name says it.
    pub fn when(&self) -> Option<String> {
        let by_name = || {
            let opens = self.notice.slot.as_deref()?;
            Some(Local::by_name(opens).for_people(opens.parse().ok()?))
        };
        self.date().map(|date| date.opens()).or_else(by_name)
    }

    pub fn customer(&self) -> &'a str {
        &self.facts.customer
    }

    pub fn your_opt_out(&self) -> String {
        self.facts.value.as_ref().map_or_else(|| "Your opt-out".into(), |value| format!("Your opt-out {value:?}"))
    }

    pub fn the_upgrade(&self) -> String {
        self.version().map_or_else(|| "the upgrade".into(), |to| format!("the upgrade to {to}"))
    }

    pub fn the_upgrade_on(&self, on: &str) -> String {
        let on = self.when().map(|when| format!(" {on} {when}")).unwrap_or_default();
        format!("{}{on}", self.the_upgrade())
    }

    pub fn upgrade_of_customer(&self) -> String {
        let to = self.version().map(|to| format!(" to {to}")).unwrap_or_default();
        format!("upgrade of {}{to}", self.customer())
    }

    /// A subject that names the date.
    pub fn about(&self, what: &str) -> String {
        let of = self.upgrade_of_customer();
        let on = self.when().map(|when| format!(" on {when}")).unwrap_or_default();
        format!("{what}{}{on}", of.strip_prefix("upgrade").unwrap_or(&of))
    }

    /// A retry goes to the version whose images stand there already: it comes from none that a customer knows.
    pub fn way(&self) -> String {
        let from = self.facts.from.as_deref().filter(|from| Some(*from) != self.version());
        let from = from.map(|from| format!("from {from} ")).unwrap_or_default();
        self.version().map(|to| format!("{from}to {to} ")).unwrap_or_default()
    }
}

pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

//! What one reader knows: the last word on dates, and the calendar (RFC 5546).

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uplift::{
    api::notice_key::NoticeKey,
    letters::{Invitation, Method, Outgoing},
};

use super::letter::{self, Date, Instruction, Says};

/// The last word on dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Belief {
    #[default]
    Nothing,
    GoesAhead(Date),
    Off(Date),
}

/// An entry of the calendar.
#[derive(Clone, Debug)]
struct Entry {
    sequence: u32,
    method: Method,
    date: Date,
}

/// Everything that arrived at one address about one tenant.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Keys and contacts of letters: the same one again is dropped.
    seen: BTreeSet<(NoticeKey, String)>,
    pub belief: Belief,
    calendar: BTreeMap<String, Entry>,
    /// How to decline the date that stands.
    pub instruction: Option<Instruction>,
    /// When what it knows was written.
    known_at: Timestamp,
    /// How many refusals are left, as the last letter said.
    pub refusals: Option<u32>,
    /// How many were used, as far as letters tell.
    pub used: usize,
}

impl Inbox {
    /// Whether it is the first time that this letter arrives.
    pub fn is_new(&mut self, notice: &Outgoing) -> bool {
        self.seen.insert((notice.key.clone(), notice.contact.clone()))
    }

    pub fn read(&mut self, notice: &Outgoing) {
        let message = &notice.message;
        if let Some(invitation) = &message.invitation {
            self.enter(invitation, message.to.as_deref().unwrap_or_default());
        }
        // Whoever reads a letter that was late sees that it is older than what they know.
        if notice.created_at < self.known_at {
            return;
        }
        match letter::says(message) {
            Says::GoesAhead(date) => self.belief = Belief::GoesAhead(date),
            Says::Off(date, to) => self.is_off(date.as_ref(), &to),
            Says::Ended(date, to) => self.is_over(date.as_ref(), &to),
            Says::Nothing => return,
        }
        self.known_at = notice.created_at;
        self.instruction = letter::instruction(message).or(self.instruction.take().filter(|old| self.goes_ahead(&old.date)));
    }

    /// The date that stands, if it is this one, or without a date: for this version.
    fn standing(&self, date: Option<&Date>, to: &str) -> Option<Date> {
        let Belief::GoesAhead(known) = &self.belief else { return None };
        date.map_or(known.to == to, |date| date == known).then(|| known.clone())
    }

    fn is_off(&mut self, date: Option<&Date>, to: &str) {
        if let Some(date) = self.standing(date, to) {
            self.belief = Belief::Off(date);
        }
    }

    fn is_over(&mut self, date: Option<&Date>, to: &str) {
        if self.standing(date, to).is_some() {
            self.belief = Belief::Nothing;
        }
    }

    /// A lower or equal sequence is ignored.
    fn enter(&mut self, invitation: &Invitation, to: &str) {
        let Invitation { method, uid, sequence, opens_at, .. } = invitation;
        if self.calendar.get(uid).is_some_and(|entry| entry.sequence >= *sequence) {
            return;
        }
        let date = Date { opens_at: *opens_at, to: to.to_owned() };
        self.calendar.insert(uid.clone(), Entry { sequence: *sequence, method: *method, date });
    }

    pub fn goes_ahead(&self, date: &Date) -> bool {
        matches!(&self.belief, Belief::GoesAhead(known) if known == date)
    }

    /// Whether the date stands in the calendar.
    pub fn has_entry(&self, date: &Date) -> bool {
        self.calendar.values().any(|entry| entry.method == Method::Request && entry.date == *date)
    }

    /// A date to come that was called off and stands in the calendar all the same.
    pub fn phantom(&self, now: Timestamp) -> Option<&Date> {
        let Belief::Off(date) = &self.belief else { return None };
        (date.opens_at > now && self.has_entry(date)).then_some(date)
    }
}

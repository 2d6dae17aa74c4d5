//! What a letter says, as whoever reads it takes it. The one place that knows words and fields of letters.

use std::ops::RangeInclusive;

use jiff::{
    SignedDuration, Timestamp,
    civil::{self, DateTime},
    tz::TimeZone,
};
use uplift::{
    api::{reason::Reason, tenant::NoticeKind},
    letters::{Message, Outgoing, SlotTimes},
};

/// A date for a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    pub opens_at: Timestamp,
    pub to: String,
}

/// What a reader knows after a letter that they did not before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// The upgrade takes place on this date.
    GoesAhead(Date),
    /// It does not; without a date: whichever it was.
    Off(Option<Date>, String),
    /// It is over, well or not.
    Ended(Option<Date>, String),
    /// Nothing about dates.
    Nothing,
}

/// How to decline, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What to write.
    pub value: String,
    /// The last second in which it counts.
    pub until: Timestamp,
    /// What it declines.
    pub date: Date,
}

pub fn date(message: &Message) -> Option<Date> {
    let (slot, to) = (message.slot.as_ref()?, message.to.clone()?);
    Some(Date { opens_at: slot.opens_at, to })
}

pub fn says(message: &Message) -> Says {
    let version = || message.to.clone().unwrap_or_default();
    let ahead = || date(message).map_or(Says::Nothing, Says::GoesAhead);
    match message.kind {
        NoticeKind::Planned
        | NoticeKind::Moved
        | NoticeKind::Reminder
        | NoticeKind::OptOutTooLate
        | NoticeKind::OptOutLimitReached => ahead(),
        NoticeKind::OptOutUndone if message.text.contains("runs between") => ahead(),
        NoticeKind::OptOutAccepted if is_noted(message) && !message.text.contains("does not take place") => Says::Nothing,
        // That day, of which nobody was told: it says nothing of a date that stands on another.
        NoticeKind::OptOutAccepted if message.text.contains("no upgrade takes place on that day") => Says::Nothing,
        NoticeKind::OptOutAccepted => Says::Off(date(message), version()),
        NoticeKind::Postponed if message.text.contains("does not take place") => Says::Off(date(message), version()),
        NoticeKind::Failed | NoticeKind::RolledBack if message.text.contains("may be tried again until") => Says::Nothing,
        NoticeKind::Succeeded | NoticeKind::Failed | NoticeKind::RolledBack => Says::Ended(date(message), version()),
        NoticeKind::OptOutUndone
        | NoticeKind::Postponed
        | NoticeKind::SupportEnding
        | NoticeKind::SupportEnded
        | NoticeKind::TrialReady
        | NoticeKind::TrialEnding
        | NoticeKind::TrialEnded
        | NoticeKind::SupportDigest => Says::Nothing,
    }
}

/// An answer that promises something for later, and says nothing of a date that stands.
pub fn is_noted(message: &Message) -> bool {
    message.kind == NoticeKind::OptOutAccepted && message.reason.as_ref().is_some_and(|reason| *reason == Reason::Noted)
}

/// What an answer repeats of what was said: `Your opt-out "2026-12-15" is noted`.
pub fn repeated(text: &str) -> Option<String> {
    let rest = text.split("opt-out \"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

/// An answer to an opt-out.
pub fn answers_opt_out(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::OptOutAccepted | NoticeKind::OptOutTooLate | NoticeKind::OptOutLimitReached)
}

/// "To decline, tell us by … (uplift.dev/opt-out: "2026-12-15")": what it says is in the words, what moment that is in the data.
pub fn instruction(message: &Message) -> Option<Instruction> {
    let (value, slot) = (value(&message.text)?, message.slot.as_ref()?);
    let names_it = message.text.contains(&format!("tell us by {}", slot.local.opt_out_until));
    names_it.then_some(Instruction { value, until: slot.opt_out_until, date: date(message)? })
}

/// The days of a date as a letter shows it, `between Fri 18 Dec 2026 19:00 GMT and Mon 21 Dec 2026 00:00 GMT`: from that of the answer that
/// it asks for to the last on which the upgrade may run. What ends at midnight is over with the day before.
pub fn days(slot: &SlotTimes) -> RangeInclusive<civil::Date> {
    let local = &slot.local;
    let [opens, closes, answer] = [&local.opens, &local.closes, &local.opt_out_until].map(|text| shown(text));
    let last = closes.saturating_sub(SignedDuration::from_secs(1)).max(opens);
    opens.min(answer).date()..=last.date()
}

/// Which day an instant is where the times of a letter are local.
pub fn day_there(slot: &SlotTimes, at: Timestamp) -> civil::Date {
    let ahead = shown(&slot.local.opens).to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |local| local.timestamp());
    (at + ahead.duration_since(slot.opens_at)).to_zoned(TimeZone::UTC).date()
}

/// `Tue 15 Dec 2026 18:00 GMT`, without its zone.
#[allow(clippy::panic, reason = "a test may fail where it stands")]
fn shown(text: &str) -> DateTime {
    let local = text.rsplit_once(' ').map_or(text, |(local, _)| local);
    DateTime::strptime("%a %d %b %Y %H:%M", local).unwrap_or_else(|wrong| panic!("{text:?} is no time for people: {wrong}"))
}

/// The value that a letter asks to write.
pub fn value(text: &str) -> Option<String> {
    let rest = text.split("uplift.dev/opt-out: \"").nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

/// The address that it went to: whoever reads there.
pub fn address(notice: &Outgoing) -> String {
    match &notice.address {
        uplift::plan::Address::Webhook(address) | uplift::plan::Address::Email(address) => address.clone(),
    }
}

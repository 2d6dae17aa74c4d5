//! The words of each kind of notice: what is, what then happens, and what can be done about it.

use jiff::Timestamp;

use super::{
    date::{Date, Declining},
    reasons,
    text::one_line,
};
use crate::{
    api::{
        reason::Reason,
        tenant::{NoticeFacts, NoticeKind, NoticeRecord, StandingDate, Verdict},
    },
    calendar::Local,
    plan::Declines,
};

const NOTHING_TO_DO: &str = "You need not do anything.";
const CALL_SUPPORT: &str = "If it must not, call support.";
const TOLD_BEFORE: &str = "you will be told of the date before it comes";

/// What a notice is made of.
pub struct Words<'a> {
    notice: &'a NoticeRecord,
    facts: &'a NoticeFacts,
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

    /// Subject and text.
    pub fn write(&self) -> (String, String) {
        match self.notice.kind {
            NoticeKind::Planned => (self.about("Upgrade"), self.announced("is planned: it runs")),
            NoticeKind::Moved => {
                let why = self.because(Some(reasons::moved(self.reason())));
                (self.about("New date: upgrade"), self.announced(&format!("has a new date{why}: it runs")))
            }
            NoticeKind::Reminder => (self.about("Reminder: upgrade"), self.announced("runs")),
            NoticeKind::OptOutAccepted if self.facts.verdict == Some(Verdict::Noted) || self.reason() == Some(Reason::Noted) => {
                self.noted()
            }
            NoticeKind::OptOutAccepted => self.accepted(),
            NoticeKind::OptOutTooLate => self.too_late(),
            NoticeKind::OptOutLimitReached => self.limit_reached(),
            NoticeKind::OptOutUndone => self.undone(),
            NoticeKind::Postponed if self.own().is_some() => self.held(),
            NoticeKind::Postponed => self.off(),
            NoticeKind::Succeeded => {
                let subject = format!("{} runs {}", self.customer(), self.version().unwrap_or("the new version"));
                (subject, format!("The upgrade {}succeeded. {NOTHING_TO_DO}", self.way()))
            }
            NoticeKind::Failed => self.failed(),
            NoticeKind::RolledBack => self.rolled_back(),
        }
    }

    fn announced(&self, verb: &str) -> String {
        let Some(date) = self.date() else { return format!("{} {verb} soon.", capital(&self.the_upgrade())) };
        format!("The upgrade {}{verb} {}.\n\n{}", self.way(), date.between(), date.how_to_decline())
    }

    fn accepted(&self) -> (String, String) {
        let subject = format!("Opt-out accepted: {} stays on its version", self.customer());
        let version =
            self.facts.value.as_deref().is_some_and(|value| matches!(Declines::parse(value), Some(Declines::Version(_))));
        let then = match self.facts.refusals_left {
            _ if version => "You stay on your version until a newer release is planned for you.".into(),
            None => "You will get another date.".into(),
            Some(0) => "You will get another date, which cannot be declined.".into(),
            Some(1) => "You will get another date, which you can decline once more.".into(),
            Some(n) => format!("You will get another date; you can decline {n} more times."),
        };
        if !version && self.notice.slot.is_none() {
            // Noted before any date was told: the day is all that the customer knows of.
            return (subject, format!("{} counts: no upgrade takes place on that day. {then}", self.your_opt_out()));
        }
        (subject, format!("{} counts: {} does not take place. {then}", self.your_opt_out(), self.the_upgrade_on("on")))
    }

    /// What fits nothing planned is noted. A date that stands beside it must not be taken for declined.
    fn noted(&self) -> (String, String) {
        let later = match self.facts.refusals_left {
            Some(0) => "When something is planned that it fits, you will be told then what becomes of it.",
            _ => "When something is planned that it fits, it is declined without asking you again.",
        };
        let (said, customer) = (self.your_opt_out(), self.customer());
        if self.notice.slot.is_some() {
            let upgrade = capital(&self.the_upgrade_on("on"));
            let text = format!("{said} came after the cut-off. {upgrade} does not take place all the same. {later}");
            return (format!("{} does not take place", self.about("Upgrade")), text);
        }
        let Some((standing, date)) = self.standing() else {
            let text = format!("{said} fits nothing that is planned yet. {later}");
            return (format!("Your opt-out is noted: {customer}"), text);
        };
        let (to, opens) = (&standing.release, date.opens());
        let then = if standing.started { "" } else { ": that goes ahead" };
        (
            format!("Your opt-out does not touch the upgrade of {customer} to {to} on {opens}"),
            format!("{said} does not fit the upgrade to {to} on {opens}{then}. {}\n\n{later}", date.whether_to_decline()),
        )
    }

    fn too_late(&self) -> (String, String) {
        let subject = format!("Opt-out too late: {}", self.upgrade_of_customer());
        let said = self.your_opt_out();
        if self.facts.verdict == Some(Verdict::AlreadyStarted) {
            let text = format!("{said} came when {} had begun. It goes on. If it must not, call support.", self.the_upgrade());
            return (subject, text);
        }
        let upgrade = capital(&self.the_upgrade_on("on"));
        (subject, format!("{said} came after the cut-off. {upgrade} goes ahead. {CALL_SUPPORT}"))
    }

    fn limit_reached(&self) -> (String, String) {
        let upgrade = self.the_upgrade();
        let why = match self.facts.deferrals {
            0 => format!("The date of {upgrade} cannot be declined."),
            _ => format!("{} was put off as often as agreed.", capital(&upgrade)),
        };
        let then =
            self.when().map_or_else(|| format!("It goes ahead; {TOLD_BEFORE}."), |when| format!("It goes ahead on {when}."));
        (format!("Opt-out not possible: {}", self.upgrade_of_customer()), format!("{why} {then} {CALL_SUPPORT}"))
    }

    /// The date that stands again, or that stands now.
    fn undone(&self) -> (String, String) {
        let then = match (self.own(), self.standing()) {
            (Some(date), _) => format!("{} runs {}, as announced before.", capital(&self.the_upgrade()), date.between()),
            (None, Some((standing, date))) => format!("The upgrade to {} runs {}.", standing.release, date.between()),
            (None, None) => "You will be told of the date of the upgrade before it comes.".into(),
        };
        (format!("Opt-out taken back: {}", self.customer()), format!("{} is taken back. {then}", self.your_opt_out()))
    }

    /// The date stands, and something holds it back.
    fn held(&self) -> (String, String) {
        let why = self.because(reasons::postponed(self.reason()));
        let subject = format!("{} may not take place", self.about("Upgrade"));
        let text = format!(
            "Something holds back {}{why}. If it is lifted in time, the upgrade runs as announced. If not, you will get a new date, {}. \
             {NOTHING_TO_DO}",
            self.the_upgrade_on("announced for"),
            self.chance(),
        );
        (subject, text)
    }

    /// The date is off, and there is no other yet.
    fn off(&self) -> (String, String) {
        let why = self.because(reasons::postponed(self.reason()));
        let then = match self.reason() {
            Some(Reason::AlreadyRunning) => String::new(),
            Some(reason) if reasons::is_final(reason) => format!(" If there is another upgrade, {TOLD_BEFORE}."),
            _ => format!(" If there is a new date you will be told{}.", self.chance_of_it()),
        };
        (
            format!("{} does not take place", self.about("Upgrade")),
            format!("{} does not take place{why}.{then} {NOTHING_TO_DO}", capital(&self.the_upgrade_on("announced for"))),
        )
    }

    /// The customer has the version from before again.
    fn rolled_back(&self) -> (String, String) {
        let (subject, text) = self.failed();
        let runs = format!("{} runs again", self.facts.from.as_deref().unwrap_or("the version from before"));
        (format!("{subject}: {runs}"), format!("{}, as before the upgrade.\n\n{text}", capital(&runs)))
    }

    fn failed(&self) -> (String, String) {
        let what = reasons::failed(self.reason());
        (
            format!("{} failed", capital(&self.upgrade_of_customer())),
            format!(
                "{} failed: {what}. We are looking into it. {} {NOTHING_TO_DO}",
                capital(&self.the_upgrade()),
                self.tried_again(),
            ),
        )
    }

    /// While its slot is open, the date that was announced still counts.
    fn tried_again(&self) -> String {
        match self.date().and_then(|date| date.closes()) {
            Some(closes) => format!("It may be tried again until {closes}; later you will get a new date first."),
            None => "Before it is tried again you will get a new date.".into(),
        }
    }

    /// Whether the next date is a chance to decline.
    fn chance(&self) -> &'static str {
        if self.none_left() { "which cannot be declined" } else { "with a new chance to decline" }
    }

    fn chance_of_it(&self) -> &'static str {
        if self.none_left() { "; it cannot be declined" } else { ", with a new chance to decline" }
    }

    fn none_left(&self) -> bool {
        self.facts.refusals_left == Some(0)
    }

    fn reason(&self) -> Option<Reason> {
        self.notice.reason.as_ref().and_then(crate::api::stored_reason::StoredReason::known)
    }

    /// The reason in brackets, with what people wrote.
    fn because(&self, why: Option<&str>) -> String {
        let detail = self.facts.detail.as_deref().map(one_line).filter(|detail| !detail.is_empty());
        match (why, detail) {
            (Some(why), Some(detail)) => format!(" ({why}: {detail})"),
            (Some(why), None) => format!(" ({why})"),
            (None, _) => String::new(),
        }
    }

    fn date(&self) -> Option<Date<'a>> {
        self.facts.slot().map(|slot| Date::of(slot, self.facts, self.written_at()))
    }

    /// The date of the notice, if it stands.
    fn own(&self) -> Option<Date<'a>> {
        let stands = self.facts.standing.as_ref().is_some_and(|date| date.own);
        self.date().filter(|_| stands)
    }

    fn standing(&self) -> Option<(&'a StandingDate, Date<'a>)> {
        let standing = self.facts.standing.as_ref()?;
        Some((standing, Date::of(&standing.slot, self.facts, self.written_at())))
    }

    fn written_at(&self) -> Timestamp {
        self.notice.created_at
    }

    /// When its slot opens. Of one that nothing else is known of, the name says it.
    fn when(&self) -> Option<String> {
        let by_name = || {
            let opens = self.notice.slot.as_deref()?;
            Some(Local::by_name(opens).for_people(opens.parse().ok()?))
        };
        self.date().map(|date| date.opens()).or_else(by_name)
    }

    fn customer(&self) -> &'a str {
        &self.facts.customer
    }

    fn your_opt_out(&self) -> String {
        self.facts.value.as_ref().map_or_else(|| "Your opt-out".into(), |value| format!("Your opt-out {value:?}"))
    }

    fn the_upgrade(&self) -> String {
        self.version().map_or_else(|| "the upgrade".into(), |to| format!("the upgrade to {to}"))
    }

    fn the_upgrade_on(&self, on: &str) -> String {
        let on = self.when().map(|when| format!(" {on} {when}")).unwrap_or_default();
        format!("{}{on}", self.the_upgrade())
    }

    fn upgrade_of_customer(&self) -> String {
        let to = self.version().map(|to| format!(" to {to}")).unwrap_or_default();
        format!("upgrade of {}{to}", self.customer())
    }

    /// A subject that names the date.
    fn about(&self, what: &str) -> String {
        let of = self.upgrade_of_customer();
        let on = self.when().map(|when| format!(" on {when}")).unwrap_or_default();
        format!("{what}{}{on}", of.strip_prefix("upgrade").unwrap_or(&of))
    }

    /// A retry goes to the version whose images stand there already: it comes from none that a customer knows.
    fn way(&self) -> String {
        let from = self.facts.from.as_deref().filter(|from| Some(*from) != self.version());
        let from = from.map(|from| format!("from {from} ")).unwrap_or_default();
        self.version().map(|to| format!("{from}to {to} ")).unwrap_or_default()
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

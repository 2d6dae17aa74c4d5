//! Answers to what a customer said.

use super::{
    date::Declining,
    phrases::{CALL_SUPPORT, TOLD_BEFORE, Words, capital},
    text::not_supported_from,
};
use crate::{api::tenant::Verdict, plan::Declines};

impl Words<'_> {
    pub fn accepted(&self) -> (String, String) {
        let subject = format!("Opt-out accepted: {} stays on its version", self.customer());
        let version = self.declines_a_version();
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
    pub fn noted(&self) -> (String, String) {
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

    pub fn too_late(&self) -> (String, String) {
        let subject = format!("Opt-out too late: {}", self.upgrade_of_customer());
        let said = self.your_opt_out();
        if self.facts.verdict == Some(Verdict::AlreadyStarted) {
            let text = format!("{said} came when {} had begun. It goes on. If it must not, call support.", self.the_upgrade());
            return (subject, text);
        }
        let upgrade = capital(&self.the_upgrade_on("on"));
        (subject, format!("{said} came after the cut-off. {upgrade} goes ahead. {CALL_SUPPORT}"))
    }

    pub fn limit_reached(&self) -> (String, String) {
        let upgrade = self.the_upgrade();
        let why = match (self.facts.support_ends_on, self.facts.deferrals) {
            (Some(on), _) => {
                let (left, cannot) =
                    if self.declines_a_version() { ("other version", "left out") } else { ("later date", "declined") };
                format!("{}, and no {left} is left before that, so {upgrade} cannot be {cannot}.", not_supported_from(on))
            }
            (None, 0) => format!("The date of {upgrade} cannot be declined."),
            (None, _) => format!("{} was put off as often as agreed.", capital(&upgrade)),
        };
        let then =
            self.when().map_or_else(|| format!("It goes ahead; {TOLD_BEFORE}."), |when| format!("It goes ahead on {when}."));
        (format!("Opt-out not possible: {}", self.upgrade_of_customer()), format!("{why} {then} {}", self.another_day()))
    }

    /// A version that is needed may still come on another day.
    fn another_day(&self) -> String {
        let date = self.own().filter(|date| self.declines_a_version() && date.declining() == Declining::Possible);
        date.map_or_else(|| CALL_SUPPORT.into(), |date| format!("{} {CALL_SUPPORT}", date.for_another_one()))
    }

    fn declines_a_version(&self) -> bool {
        self.facts.value.as_deref().is_some_and(|value| matches!(Declines::parse(value), Some(Declines::Version(_))))
    }

    /// The date that stands again, or that stands now.
    pub fn undone(&self) -> (String, String) {
        let then = match (self.own(), self.standing()) {
            (Some(date), _) => format!("{} runs {}, as announced before.", capital(&self.the_upgrade()), date.between()),
            (None, Some((standing, date))) => format!("The upgrade to {} runs {}.", standing.release, date.between()),
            (None, None) => "You will be told of the date of the upgrade before it comes.".into(),
        };
        (format!("Opt-out taken back: {}", self.customer()), format!("{} is taken back. {then}", self.your_opt_out()))
    }
}

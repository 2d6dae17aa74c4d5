//! A date that is given, held back, or off.

use super::{
    phrases::{NOTHING_TO_DO, TOLD_BEFORE, Words, capital},
    reasons,
};
use crate::api::reason::Reason;

impl Words<'_> {
    pub fn announced(&self, verb: &str) -> String {
        let Some(date) = self.date() else { return format!("{} {verb} soon.", capital(&self.the_upgrade())) };
        format!("The upgrade {}{verb} {}.\n\n{}", self.way(), date.between(), date.how_to_decline())
    }

    /// The date stands, and something holds it back.
    pub fn held(&self) -> (String, String) {
        let why = self.because(reasons::postponed(self.reason()));
        let subject = format!("{} may not take place", self.about("Upgrade"));
        let otherwise = match self.reason() {
            Some(reason) if reasons::is_final(reason) => format!("If not, and there is another upgrade, {TOLD_BEFORE}."),
            _ => format!("If not, you will get a new date, {}.", self.chance()),
        };
        let text = format!(
            "Something holds back {}{why}. If it is lifted in time, the upgrade runs as announced. {otherwise} {NOTHING_TO_DO}",
            self.the_upgrade_on("announced for"),
        );
        (subject, text)
    }

    /// The date is off, and there is no other yet.
    pub fn off(&self) -> (String, String) {
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
}

//! How an upgrade ended, and what runs now.

use super::{
    phrases::{NOTHING_TO_DO, Words, capital},
    reasons,
};

impl Words<'_> {
    pub fn succeeded(&self) -> (String, String) {
        let subject = format!("{} runs {}", self.customer(), self.version().unwrap_or("the new version"));
        (subject, format!("The upgrade {}succeeded. {NOTHING_TO_DO}", self.way()))
    }

    /// The customer has the version from before again.
    pub fn rolled_back(&self) -> (String, String) {
        let runs = format!("{} runs again", self.facts.from.as_deref().unwrap_or("the version from before"));
        let text = format!("{}, as before the upgrade.\n\n{}", capital(&runs), self.why_failed(""));
        (format!("{}: {runs}", self.has_failed()), text)
    }

    pub fn failed(&self) -> (String, String) {
        (self.has_failed(), self.why_failed(&self.runs_now()))
    }

    fn has_failed(&self) -> String {
        format!("{} failed", capital(&self.upgrade_of_customer()))
    }

    fn why_failed(&self, runs: &str) -> String {
        let (upgrade, why) = (capital(&self.the_upgrade()), reasons::failed(self.reason()));
        format!("{upgrade} failed: {why}.{runs} We are looking into it. {} {NOTHING_TO_DO}", self.tried_again())
    }

    /// What a customer has after a failure that nothing put back.
    fn runs_now(&self) -> String {
        let ill = "it may not work as it should until we have mended it";
        match self.facts.runs.as_deref() {
            Some(runs) if Some(runs) == self.version() => format!(" Your instance stays on {runs}; {ill}."),
            Some(runs) => format!(" Your instance runs {runs}, as before."),
            None => format!(" It is not certain which version your instance runs now; {ill}."),
        }
    }

    /// While its slot is open, the date that was announced still counts: but not for a release that is stopped.
    fn tried_again(&self) -> String {
        match self.date().and_then(|date| date.closes()).filter(|_| !self.facts.over) {
            Some(closes) => format!("It may be tried again until {closes}; later you will get a new date first."),
            None => "Before it is tried again you will get a new date.".into(),
        }
    }
}

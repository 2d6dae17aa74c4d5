//! How an upgrade ended, and what runs now.

use super::{
    phrases::{NOTHING_TO_DO, TOLD_BEFORE, Words, capital},
    reasons,
};
use crate::api::reason::Reason;

/// Going back sets images, and nothing else: no letter may read as if the data were those from before.
const DATA_STAY: &str = "Going back changed the version, not your data: we are checking them.";
const CALL_IF_MISSING: &str = "If you miss something, call support.";
const CANNOT_WORK: &str = "If you cannot work, call support.";

impl Words<'_> {
    pub fn succeeded(&self) -> (String, String) {
        let subject = format!("{} runs {}", self.customer(), self.version().unwrap_or("the new version"));
        (subject, format!("The upgrade {}succeeded. {NOTHING_TO_DO}", self.way()))
    }

    /// The customer has the version from before again.
    pub fn rolled_back(&self) -> (String, String) {
        let runs = format!("{} runs again", self.facts.from.as_deref().unwrap_or("the version from before"));
        let then = match self.restored() {
            Some(restored) => format!("{restored} {CALL_IF_MISSING}"),
            None if self.reason() == Some(Reason::ProbeDiffers) => format!("{DATA_STAY} {CALL_IF_MISSING}"),
            None => NOTHING_TO_DO.into(),
        };
        let text = format!("{}.\n\n{} {then}", capital(&runs), self.why_failed(""));
        (format!("{}: {runs}", self.has_failed()), text)
    }

    pub fn failed(&self) -> (String, String) {
        let (runs, then) = self.runs_now();
        let restored = self.restored().map(|restored| format!(" {restored}")).unwrap_or_default();
        (self.has_failed(), format!("{} {then}", self.why_failed(&format!("{runs}{restored}"))))
    }

    /// What was entered since the data were saved may be lost, and only the customer knows what that was.
    fn restored(&self) -> Option<String> {
        let at = self.facts.restored_to?;
        let when = self.date().map_or_else(|| "before the upgrade".into(), |date| date.local(at));
        Some(format!("Your data are those of {when} again: what was entered after that may be missing."))
    }

    fn has_failed(&self) -> String {
        format!("{} failed", capital(&self.upgrade_of_customer()))
    }

    fn why_failed(&self, runs: &str) -> String {
        let (upgrade, why) = (capital(&self.the_upgrade()), reasons::failed(self.reason()));
        format!("{upgrade} failed: {why}.{runs} We are looking into it. {}", self.tried_again())
    }

    /// What a customer has after a failure that nothing put back, and what they can do.
    fn runs_now(&self) -> (String, &'static str) {
        let ill = "it may not work as it should until we have mended it";
        match self.facts.runs.as_deref() {
            Some(runs) if Some(runs) == self.version() => {
                (format!(" Your instance has {runs} now, and does not go back by itself; {ill}."), CANNOT_WORK)
            }
            Some(runs) => (format!(" Your instance still runs {runs}."), NOTHING_TO_DO),
            None => (format!(" It is not certain which version your instance runs now; {ill}."), CANNOT_WORK),
        }
    }

    /// While its slot is open, the date that was announced still counts: but not for a release that is stopped.
    fn tried_again(&self) -> String {
        if self.facts.over {
            return format!("It is not tried again on this date. If there is another upgrade, {TOLD_BEFORE}.");
        }
        match self.date().and_then(|date| date.closes()) {
            Some(closes) => {
                format!("It may be tried again until {closes}; after that only on a new date, which you are told first.")
            }
            None => "Before it is tried again you will get a new date.".into(),
        }
    }
}

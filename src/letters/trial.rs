//! A version that may be tried on a copy of the customer's data (R37): where, until when, and what to do where it does not do.

use jiff::Timestamp;

use super::{phrases::Words, text::one_line};
use crate::{
    api::{
        Duration,
        reason::Reason,
        tenant::TrialFacts,
        trial::{TrialAnswer, TrialVerdict},
    },
    calendar::Local,
};

const NOT_TOUCHED: &str = "Your own instance is not touched.";
const AS_ITS_LETTER_SAYS: &str = "This does not move the date of your upgrade: to decline that, do as its letter says.";

impl Words<'_> {
    pub fn trial_ready(&self) -> (String, String) {
        let text = format!("{}\n\n{}\n\n{}", self.where_and_until("You can now try"), self.what_it_is(), self.how_to_say_no());
        (format!("{}: {} is ready for you to try", self.customer(), self.the_version()), text)
    }

    pub fn trial_ending(&self) -> (String, String) {
        let then = "After that the copy is removed, with all that was changed in it.";
        let text = format!("{}\n\n{then} {}", self.where_and_until("You can still try"), self.how_to_say_no());
        (format!("{}: {} can be tried{}", self.customer(), self.the_version(), self.until()), text)
    }

    pub fn trial_ended(&self) -> (String, String) {
        let failed = self.tried(|trial| trial.verdict) == Some(TrialVerdict::Failed);
        let how = if failed { "did not succeed" } else { "is over" };
        let subject = format!("{}: the trial of {} {how}", self.customer(), self.the_version());
        let what = if failed { self.why_it_failed() } else { self.what_came_of_it() };
        let removed =
            self.tried(|trial| trial.cleaned_at).map(|at| format!("The copy of your data was removed on {}.", self.local(at)));
        let left = removed.unwrap_or_else(|| "No data of yours had been brought into it.".into());
        (subject, format!("{what}\n\n{left} You need not do anything."))
    }

    fn tried<T>(&self, of: impl Fn(&TrialFacts) -> Option<T>) -> Option<T> {
        self.facts.trial.as_ref().and_then(of)
    }

    fn is_required(&self) -> bool {
        self.facts.trial.as_ref().is_some_and(|trial| trial.required)
    }

    fn the_version(&self) -> String {
        self.version().map_or_else(|| "the new version".into(), |version| format!("version {version}"))
    }

    fn local(&self, at: Timestamp) -> String {
        Local::named(self.facts.trial.as_ref().map_or("UTC", |trial| &trial.time_zone)).for_people(at)
    }

    fn until(&self) -> String {
        self.tried(|trial| trial.until).map(|until| format!(" until {}", self.local(until))).unwrap_or_default()
    }

    fn where_and_until(&self, may: &str) -> String {
        let tried = format!("{may} {} on a copy of your data{}", self.the_version(), self.until());
        match self.tried(|trial| trial.url.as_deref().map(one_line)) {
            Some(url) => format!("{tried}: {url}"),
            None => format!("{tried}. Support tells you where."),
        }
    }

    fn what_it_is(&self) -> String {
        let from = self.tried(|trial| trial.data_from).map(|at| format!(" of {}", self.local(at))).unwrap_or_default();
        let took =
            self.tried(|trial| trial.upgrade_took).map(|took| format!(" The upgrade {}took {} on it.", self.way(), length(took)));
        format!(
            "The copy has your data{from}. It is cut off: no mail leaves it, and what you change in it is not kept.{} {NOT_TOUCHED}",
            took.unwrap_or_default()
        )
    }

    fn how_to_say_no(&self) -> String {
        if self.is_required() {
            return format!(
                "If something is wrong with it, call support before then: your instance does not get {} as long as it is. If we hear nothing from you, we take it that it is all right.",
                self.the_version()
            );
        }
        format!("If something is wrong with it, call support. {AS_ITS_LETTER_SAYS}")
    }

    fn what_came_of_it(&self) -> String {
        let (the_version, tried) = (self.the_version(), "was tried on a copy of your data");
        match (self.tried(|trial| trial.answer), self.reason()) {
            (Some(TrialAnswer::Confirmed), _) => format!("We were told that {the_version}, which {tried}, is all right."),
            (Some(TrialAnswer::Rejected), _) if self.is_required() => format!(
                "We were told that something is wrong with {the_version}, which {tried}. Your instance does not get it before it was tried again."
            ),
            (Some(TrialAnswer::Rejected), _) => {
                format!("We were told that something is wrong with {the_version}, which {tried}. {AS_ITS_LETTER_SAYS}")
            }
            (None, Some(Reason::TrialExpired)) => {
                format!("We heard of nothing that is wrong with {the_version}, which {tried}, and take it that it is all right.")
            }
            (None, _) => format!("The trial of {the_version} on a copy of your data was ended before its time."),
        }
    }

    fn why_it_failed(&self) -> String {
        let then = if self.is_required() { " Your instance does not get it before a trial has succeeded." } else { "" };
        format!(
            "The trial of {} on a copy of your data did not succeed: {}. We are looking into it.{then}",
            self.the_version(),
            failed(self.reason())
        )
    }
}

/// Why a trial failed.
fn failed(reason: Option<Reason>) -> &'static str {
    match reason {
        Some(Reason::QuarantineUnproven | Reason::QuarantineNotEnforced) => "it was not certain that nothing leaves the copy",
        Some(Reason::BackupFailed | Reason::TrialRestoreFailed) => "your data could not be copied",
        Some(Reason::ScrubFailed | Reason::ScrubUnproven) => "it was not certain that the copy is safe to use",
        Some(Reason::HookFailed) => "a step of the upgrade did not succeed",
        Some(Reason::TrialExpired) => "it was not ready in time",
        Some(Reason::TrialEdited | Reason::TrialWithdrawn | Reason::TrialNotNamed | Reason::Confirmed | Reason::Rejected) => {
            "it was stopped before its time"
        }
        Some(Reason::OwnershipConflict | Reason::TrialWorkloadsRun | Reason::WorkloadGone) => "the copy was changed while it ran",
        _ => "the version did not come up on the copy",
    }
}

/// Minutes that were begun, or hours and minutes.
fn length(took: Duration) -> String {
    let minutes = (took.as_secs() + 59) / 60;
    let minute = |n: i64| if n == 1 { "1 minute".into() } else { format!("{n} minutes") };
    let hour = |n: i64| if n == 1 { "1 hour".into() } else { format!("{n} hours") };
    match (minutes / 60, minutes % 60) {
        (0, n) => minute(n.max(1)),
        (n, 0) => hour(n),
        (n, rest) => format!("{} and {}", hour(n), minute(rest)),
    }
}

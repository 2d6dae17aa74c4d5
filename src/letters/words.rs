//! The words of each kind of notice: what is, what then happens, and what can be done about it.

use super::{digest, phrases::Words, reasons};
use crate::api::{
    reason::Reason,
    tenant::{NoticeKind, Verdict},
};

impl Words<'_> {
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
            NoticeKind::Succeeded => self.succeeded(),
            NoticeKind::Failed => self.failed(),
            NoticeKind::RolledBack => self.rolled_back(),
            NoticeKind::SupportEnding | NoticeKind::SupportEnded => self.support(),
            NoticeKind::TrialReady => self.trial_ready(),
            NoticeKind::TrialEnding => self.trial_ending(),
            NoticeKind::TrialEnded => self.trial_ended(),
            NoticeKind::SupportDigest => digest::digest(&self.facts.digest),
        }
    }
}

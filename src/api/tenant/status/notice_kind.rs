//! What kinds of notices there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum NoticeKind {
    /// A slot, for the first time for this release.
    Planned,
    /// Another slot, and why.
    Moved,
    /// The slot comes soon.
    Reminder,
    /// The opt-out counts.
    OptOutAccepted,
    /// The opt-out came too late: the upgrade goes ahead.
    OptOutTooLate,
    /// The limit of deferrals is reached: the upgrade goes ahead.
    OptOutLimitReached,
    /// An opt-out was taken back in time.
    OptOutUndone,
    /// Something holds the upgrade: it may not come on the day.
    Postponed,
    /// The upgrade succeeded.
    Succeeded,
    /// The upgrade failed.
    Failed,
    /// The upgrade failed, and the version from before runs again.
    RolledBack,
    /// Something that the customer runs or uses is not supported for much longer.
    SupportEnding,
    /// It is not supported any more.
    SupportEnded,
    /// A version may be tried on a copy of the customer's data.
    TrialReady,
    /// That ends on the next day.
    TrialEnding,
    /// It is over, and the copy is removed.
    TrialEnded,
    /// What of the platform's ends, to its own contacts. It is no tenant's: it never stands in a status.
    #[schemars(skip)]
    SupportDigest,
}

impl NoticeKind {
    /// Its stable word, as in a status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Moved => "Moved",
            Self::Reminder => "Reminder",
            Self::OptOutAccepted => "OptOutAccepted",
            Self::OptOutTooLate => "OptOutTooLate",
            Self::OptOutLimitReached => "OptOutLimitReached",
            Self::OptOutUndone => "OptOutUndone",
            Self::Postponed => "Postponed",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::RolledBack => "RolledBack",
            Self::SupportEnding => "SupportEnding",
            Self::SupportEnded => "SupportEnded",
            Self::TrialReady => "TrialReady",
            Self::TrialEnding => "TrialEnding",
            Self::TrialEnded => "TrialEnded",
            Self::SupportDigest => "SupportDigest",
        }
    }

    /// Whether it tells a customer of an end of support, and is about no upgrade.
    pub fn is_of_support(self) -> bool {
        matches!(self, Self::SupportEnding | Self::SupportEnded)
    }

    /// Whether it tells a customer of a trial.
    pub fn is_of_trial(self) -> bool {
        matches!(self, Self::TrialReady | Self::TrialEnding | Self::TrialEnded)
    }

    /// Whether no date hangs on it: it takes no room and no turn from those that announce one.
    pub fn is_beside(self) -> bool {
        self.is_of_support() || self.is_of_trial()
    }
}

//! Events as sentences, for people who know the service and not the program.

use crate::{
    api::tenant::NoticeKind,
    plan::{
        Story,
        StoryEvent::{
            self, IssueAccepted, IssueFound, OptInTooLate, OptOutAccepted, OptOutAlreadyStarted, OptOutLimitReached, OptOutNoted,
            OptOutStale, OptOutTooLate, OptOutUndone, RunwayChanged, SoftwareReleased, SupportEnded, SupportEnding, TrialCleaned,
            TrialEnded, TrialFailed, TrialNotCleaned, TrialReady, TrialStarted, TrialWaits,
        },
    },
};

/// One sentence, without the tenant's name.
pub(super) fn of(story: &Story) -> String {
    let (release, window, slot) = names(story);
    let sentence = match story.event {
        StoryEvent::CheckPassed => format!("a check of {release} passed"),
        StoryEvent::CheckFailed => format!("a check of {release} failed"),
        StoryEvent::ReleaseAccepted => format!("{release} is accepted: every check passed and the soak is over"),
        StoryEvent::ReleaseRejected => format!("{release} is rejected by change management"),
        StoryEvent::ReleaseApproved => format!("{release} is approved by change management"),
        StoryEvent::ReleaseSuspended => format!("{release} is suspended: nothing new starts"),
        StoryEvent::ChangeExpired => format!("the change window of {release} is over, and somebody still waits for it"),
        StoryEvent::ReleaseHalted => format!("{release} is halted: nothing new starts"),
        StoryEvent::ReleaseResumed => format!("{release} goes on"),
        StoryEvent::ReleaseWithdrawn => format!("{release} is withdrawn"),
        StoryEvent::ReleaseRolledOut => format!("{release} is rolled out: no tenant waits for it any more"),
        StoryEvent::RingProven => format!("a ring has proved {release} for the next"),
        StoryEvent::RingUnknown => format!("is in no ring of {release}"),
        StoryEvent::SlotPlanned => format!("gets a slot for {release}{slot}"),
        StoryEvent::SlotReplanned => format!("gets another slot for {release}{slot}"),
        StoryEvent::NoTimeToAnnounce => format!("cannot be told of {release}{slot} in time any more"),
        StoryEvent::SlotMissed => format!("was not upgraded to {release} in its slot{slot}"),
        StoryEvent::NoticeDelivered => format!("was told{}", about(story)),
        StoryEvent::NoticeFailed => format!("could not be told in time{}", about(story)),
        StoryEvent::WindowOpened => format!("window {window} opens{slot}"),
        StoryEvent::WindowClosed => format!("window {window} closes{slot}"),
        StoryEvent::UpgradeStarted => format!("upgrade to {release} starts"),
        StoryEvent::HookFailed => format!("a step of the upgrade to {release} failed"),
        StoryEvent::ProbeDiffers => format!("the data after the upgrade to {release} do not agree with those before"),
        StoryEvent::DataRestored => format!("the data from before the upgrade to {release} are back"),
        StoryEvent::UpgradeSucceeded => format!("runs {release}: the upgrade succeeded"),
        StoryEvent::UpgradeFailed => format!("upgrade to {release} failed"),
        StoryEvent::UpgradeRolledBack => format!("upgrade to {release} failed and was rolled back"),
        StoryEvent::RollbackFailed => format!("upgrade to {release} failed, and so did its rollback"),
        StoryEvent::Blocked | StoryEvent::Unblocked => blocked(story),
        StoryEvent::ImagesSetByTool => "has its images from a tool that may put them back".into(),
        StoryEvent::IntentUnknown => "has an annotation of an upgrade that nobody knows".into(),
        around @ (RunwayChanged | SupportEnding | SupportEnded | SoftwareReleased | IssueFound | IssueAccepted) => {
            around_it(around, story, &release)
        }
        trial @ (TrialStarted | TrialWaits | TrialReady | TrialEnded | TrialFailed | TrialCleaned | TrialNotCleaned) => {
            tried(trial, &release)
        }
        no @ (OptOutAccepted | OptOutTooLate | OptOutNoted | OptOutStale | OptOutLimitReached) => answered(no, &release, &slot),
        answer @ (OptOutAlreadyStarted | OptInTooLate | OptOutUndone) => answered(answer, &release, &slot),
    };
    format!("{sentence}{}", why(story))
}

/// The release, the window and the slot, as far as it is about one.
fn names(story: &Story) -> (String, String, String) {
    let said = |text: &Option<String>, or: &str| text.clone().unwrap_or_else(|| or.into());
    (said(&story.release, "the release"), said(&story.window, "the window"), slot(story))
}

fn tried(event: StoryEvent, release: &str) -> String {
    match event {
        StoryEvent::TrialStarted => format!("a trial of {release} begins"),
        StoryEvent::TrialWaits => "the trial waits".into(),
        StoryEvent::TrialReady => format!("the trial of {release} is ready"),
        StoryEvent::TrialEnded => format!("the trial of {release} is over, and is emptied"),
        StoryEvent::TrialFailed => format!("the trial of {release} failed, and is emptied"),
        StoryEvent::TrialCleaned => format!("the trial of {release} is empty again"),
        _ => format!("the trial of {release} is not empty yet"),
    }
}

fn blocked(story: &Story) -> String {
    let is = if story.event == StoryEvent::Blocked { "is blocked" } else { "is not blocked any more" };
    format!("{}{is}", subject(story))
}

/// What ends, and what does not fit together. Without a tenant an end is the platform's.
fn around_it(event: StoryEvent, story: &Story, release: &str) -> String {
    match event {
        StoryEvent::RunwayChanged => story.release.as_ref().map_or_else(|| "uses".into(), |release| format!("runs {release}")),
        StoryEvent::SupportEnding if story.tenant.is_some() => "is told of an end of support that comes".into(),
        StoryEvent::SupportEnded if story.tenant.is_some() => "is told of an end of support that has come".into(),
        StoryEvent::SupportEnding => "an end of support comes".into(),
        StoryEvent::SupportEnded => "an end of support has come".into(),
        StoryEvent::SoftwareReleased => "a software has a new release".into(),
        StoryEvent::IssueFound if story.release.is_none() => "uses a shared service that moves".into(),
        StoryEvent::IssueFound => format!("{release} does not fit with what is around it"),
        StoryEvent::IssueAccepted => format!("an issue of {release} is accepted"),
        // No other comes here.
        other => other.name().to_owned(),
    }
}

/// What became of what a customer said.
fn answered(event: StoryEvent, release: &str, slot: &str) -> String {
    match event {
        StoryEvent::OptOutAccepted => format!("says no to {release}{slot}: accepted"),
        StoryEvent::OptOutTooLate => format!("says no to {release}{slot}, too late: the upgrade goes ahead"),
        StoryEvent::OptOutNoted => format!("says no to what isn't planned yet{slot}: noted"),
        StoryEvent::OptOutStale => "says no to a day or a release that is past".into(),
        StoryEvent::OptOutLimitReached => format!("says no to {release}{slot} once too often: the upgrade goes ahead"),
        StoryEvent::OptOutAlreadyStarted => format!("says no to {release} while its upgrade runs"),
        StoryEvent::OptInTooLate => format!("asks for {release}{slot} again, after the cut-off"),
        StoryEvent::OptOutUndone => format!("takes its no to {release}{slot} back"),
        // No other comes here.
        other => other.name().to_owned(),
    }
}

/// Who it is, where no tenant's name stands before the sentence.
fn subject(story: &Story) -> String {
    match (&story.tenant, &story.window, &story.release) {
        (None, Some(window), _) => format!("window {window} "),
        (None, None, Some(release)) => format!("release {release} "),
        _ => String::new(),
    }
}

fn slot(story: &Story) -> String {
    story.slot.as_ref().map(|slot| format!(" ({slot})")).unwrap_or_default()
}

fn about(story: &Story) -> String {
    let what = match story.notice {
        Some(NoticeKind::Planned) => " of its slot",
        Some(NoticeKind::Moved) => " of its new slot",
        Some(NoticeKind::Reminder) => " that its slot comes soon",
        Some(NoticeKind::OptOutAccepted) => " that its no counts",
        Some(NoticeKind::OptOutTooLate) => " that its no came too late",
        Some(NoticeKind::OptOutLimitReached) => " that its limit of refusals is reached",
        Some(NoticeKind::OptOutUndone) => " that its no is taken back",
        Some(NoticeKind::Postponed) => " that its upgrade may not come on the day",
        Some(NoticeKind::Succeeded) => " that the upgrade succeeded",
        Some(NoticeKind::Failed) => " that the upgrade failed",
        Some(NoticeKind::SupportEnding) => " that support ends",
        Some(NoticeKind::SupportEnded) => " that support has ended",
        Some(NoticeKind::TrialReady) => " that it may try a version",
        Some(NoticeKind::TrialEnding) => " that its trial ends soon",
        Some(NoticeKind::TrialEnded) => " that its trial is over and emptied",
        Some(NoticeKind::SupportDigest) => " of what ends of the platform's",
        Some(NoticeKind::RolledBack) => " that the upgrade failed and the old version runs again",
        None => "",
    };
    format!("{what}{}", slot(story))
}

/// The ids of starts and halts are for programs; everything else that is said is for people, too.
fn why(story: &Story) -> String {
    let id = matches!(story.event, StoryEvent::UpgradeStarted | StoryEvent::ReleaseHalted);
    let message = story.message.as_ref().filter(|_| !id);
    match (&story.reason, message) {
        (_, Some(message)) => format!(": {message}"),
        (Some(reason), None) => format!(" ({reason})"),
        (None, None) => String::new(),
    }
}

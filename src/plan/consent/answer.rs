//! Rule R12: each verdict is told, once: as an event to everyone, and to the contacts unless only the asker cares (`Stale`).

use super::{deferral, value::Declines};
use crate::{
    api::{
        Version,
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, OptOutRecord, Verdict},
    },
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::{
            draft::{Answer, Draft, NewNotice},
            ids,
        },
    },
};

/// Tells every state that the ledger came to in this turn.
pub fn tell(pass: &Pass, draft: &mut Draft) {
    for answer in std::mem::take(&mut draft.answers) {
        let story = story(pass, draft, &answer.record);
        draft.tell(story);
        notice(pass, draft, &answer);
    }
}

fn story(pass: &Pass, draft: &Draft, record: &OptOutRecord) -> Story {
    let event = match record.verdict {
        Verdict::Accepted => StoryEvent::OptOutAccepted,
        Verdict::TooLate => StoryEvent::OptOutTooLate,
        Verdict::Noted => StoryEvent::OptOutNoted,
        Verdict::Stale => StoryEvent::OptOutStale,
        Verdict::LimitReached => StoryEvent::OptOutLimitReached,
        Verdict::AlreadyStarted => StoryEvent::OptOutAlreadyStarted,
        Verdict::Undone => StoryEvent::OptOutUndone,
    };
    let (window, deferrals) = (&draft.spec.window_ref.name, draft.status.deferrals.as_ref());
    let limit = Some(record).filter(|record| record.verdict == Verdict::LimitReached);
    let end = limit.and_then(|record| deferral::kept_for(pass, window, deferrals, &draft.room, Some(record)));
    let because = end.map(|on| format!("; support ends on {on}, and nothing else leads out of it in time")).unwrap_or_default();
    let (reason, message) = (end.map(|_| Reason::EndOfLife.into()), Some(format!("{}{because}", describe(record))));
    Story { reason, message, ..about(draft, event, record) }
}

/// An event about what the opt-out names.
pub fn about(draft: &Draft, event: StoryEvent, record: &OptOutRecord) -> Story {
    let mut story = Story { slot: record.slot.clone(), ..draft.story(event) };
    if let Some(Declines::Version(version)) = Declines::parse(&record.value) {
        story.release = Some(version.to_string());
    }
    story
}

fn describe(record: &OptOutRecord) -> String {
    if record.verdict == Verdict::Undone {
        return format!("opt-out {:?} taken back by opt-in", record.value);
    }
    let by = record.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let reason = record.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("opt-out {:?}{by} at {}{reason}", record.value, record.at)
}

fn notice(pass: &Pass, draft: &mut Draft, answer: &Answer) {
    let record = &answer.record;
    let kind = match record.verdict {
        Verdict::Accepted | Verdict::Noted => NoticeKind::OptOutAccepted,
        Verdict::TooLate | Verdict::AlreadyStarted => NoticeKind::OptOutTooLate,
        Verdict::LimitReached => NoticeKind::OptOutLimitReached,
        Verdict::Undone => NoticeKind::OptOutUndone,
        Verdict::Stale => return,
    };
    let release = match (Declines::parse(&record.value), &draft.status.upgrade) {
        (Some(Declines::Version(version)), _) => as_released(pass, draft, &version),
        (_, Some(upgrade)) => upgrade.to.clone(),
        _ => String::new(),
    };
    let reason = (record.verdict == Verdict::Noted).then_some(Reason::Noted.into());
    // A date that nobody announced is no date to the customer: the day or the version that they named is. What is taken back speaks of
    // the date that stands, if it is one of this version.
    let own = record.slot.clone().filter(|_| answer.announced);
    let slot = match draft.slot().filter(|_| record.verdict == Verdict::Undone) {
        Some((upgrade, slot)) => Some(slot.opens.clone()).filter(|_| upgrade.to == release),
        None => own,
    };
    draft.note(pass, &NewNotice { key: key(draft, record), kind, release, slot, reason, deliver_by: answer.deliver_by });
}

/// A version as its release writes it: people may leave zeros out.
fn as_released(pass: &Pass, draft: &Draft, version: &Version) -> String {
    let release = pass.channel(&draft.spec.channel).iter().find(|release| release.version == version);
    release.map_or_else(|| version.to_string(), |release| release.spec.version.clone())
}

/// The key of the answer. The same pair may be answered again after it was taken back: the instant tells the answers apart.
pub fn key(draft: &Draft, record: &OptOutRecord) -> NoticeKey {
    ids::answer_notice(&draft.tenant.meta.uid, &record.value, record.slot.as_deref(), record.at.as_second(), record.verdict)
}

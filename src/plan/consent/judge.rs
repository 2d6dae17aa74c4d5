//! Rules R11 to R15: what the customer said, whether it was in time, and what follows.

use jiff::tz::Offset;

use crate::{
    api::{
        Version, reasons,
        tenant::{Answer, Consent, Deferrals, NoticeKind, OptOutRecord, Slot, SlotResult, Verdict},
    },
    fleet::Said,
    plan::{
        consent::{
            opt_in,
            said::{in_time, said_at, said_by, stamped},
            value::Declines,
        },
        output::{
            Class,
            story::{Story, StoryEvent},
        },
        pass::{Pass, wake::later},
        record::{
            draft::{Draft, Ended, NewNotice},
            history, ids,
        },
        slot::lose,
    },
};

/// Silence is frozen this long after the cut-off, in seconds: what was stamped in its last second has arrived by then (R14).
pub const SETTLES_AFTER: i64 = 5;

/// What the answer to a noted opt-out gives as its reason.
pub const NOTED: &str = "Noted";

/// How many opt-outs are kept.
const OPT_OUTS: usize = 10;

/// Judges what the tenant's annotations say: the opt-in first, since it takes back what was judged before.
pub fn judge(pass: &Pass, draft: &mut Draft) {
    opt_in::undo(pass, draft);
    let Some(said) = &draft.tenant.opt_out else { return };
    let Some(declines) = Declines::parse(&said.value) else { return };
    // A slot that closed unused is lost anyway: nobody is to hear that it goes ahead.
    let open = |slot: &Slot| pass.now < slot.closes_at || draft.in_flight() || in_time(pass, said, slot.opt_out_until);
    let fits = draft.slot().filter(|(upgrade, slot)| open(slot) && declines.slot(slot, &upgrade.to));
    let fits = fits.map(|(_, slot)| slot.clone());
    match fits {
        Some(slot) if !judged(pass, draft, said, Some(&slot.opens)) => judge_slot(pass, draft, said, &slot),
        Some(_) => {}
        None if judged(pass, draft, said, None) => {}
        None => judge_ahead(pass, draft, said, &declines),
    }
}

/// Each pair (value, slot) is judged once and kept, and what an opt-in took back stands for no slot any more. A no that is said
/// anew after that is another one: to pass over it would be a silent yes.
fn judged(pass: &Pass, draft: &Draft, said: &Said, slot: Option<&str>) -> bool {
    let at = said_at(pass, said);
    draft.status.opt_outs.iter().filter(|r| r.value == said.value).any(|r| match r.verdict {
        // Other times than a stamp move with what the same manager writes later, the opt-in too.
        Verdict::Undone if stamped(pass, said) => at <= r.at,
        Verdict::Undone => at <= r.undone_at.unwrap_or(r.at),
        // The limit may be free again, by an opt-in: what is said anew then is another no. Without a slot it was for the release.
        Verdict::LimitReached => at <= r.at && (slot.is_none() || r.slot.is_none() || r.slot.as_deref() == slot),
        _ => slot.is_none() || r.slot.as_deref() == slot,
    })
}

fn judge_slot(pass: &Pass, draft: &mut Draft, said: &Said, slot: &Slot) {
    let verdict = if draft.in_flight() {
        Verdict::AlreadyStarted
    } else if !in_time(pass, said, slot.opt_out_until) {
        Verdict::TooLate
    } else if limit_reached(pass, draft) {
        Verdict::LimitReached
    } else {
        Verdict::Accepted
    };
    let record = OptOutRecord { lost: Some(slot.clone()), ..new_record(pass, draft, said, Some(slot.opens.clone()), verdict) };
    let (by, reason) = (record.by.clone(), record.reason.clone());
    keep(pass, draft, record);
    if verdict == Verdict::Accepted {
        defer(pass, draft);
        let ended = Ended { by, message: reason, ..Ended::new(SlotResult::OptedOut, reasons::OPTED_OUT, "") };
        lose::lose(pass, draft, ended);
    }
}

/// Nothing planned fits: either nothing ever will, or it is noted until something does.
fn judge_ahead(pass: &Pass, draft: &mut Draft, said: &Said, declines: &Declines) {
    let verdict = if stale(pass, draft, declines) { Verdict::Stale } else { Verdict::Noted };
    let record = new_record(pass, draft, said, None, verdict);
    keep(pass, draft, record);
}

fn stale(pass: &Pass, draft: &Draft, declines: &Declines) -> bool {
    match declines {
        Declines::Day(day) => {
            let today = pass.schedule(&draft.spec.window_ref.name).map(|schedule| schedule.date(pass.now));
            *day < today.unwrap_or_else(|| Offset::UTC.to_datetime(pass.now).date())
        }
        Declines::Version(version) => {
            // The images of a failed upgrade stand in the workloads, but nobody runs it: a retry may be declined.
            let failed = history::last_failure(&draft.status, version).is_some();
            let passed = !failed && draft.running.as_ref().is_ok_and(|running| version <= running);
            let out = |reason: &str| matches!(reason, reasons::WITHDRAWN | reasons::REJECTED);
            let release = pass.channel(&draft.spec.channel).iter().find(|r| r.version == version);
            passed || release.and_then(|r| r.held()).is_some_and(|held| out(held.reason))
        }
    }
}

fn limit_reached(pass: &Pass, draft: &Draft) -> bool {
    let window = pass.window(&draft.spec.window_ref.name).and_then(|w| w.spec.as_ref().ok());
    let limit = window.and_then(|spec| spec.deferral.as_ref()).map(|deferral| deferral.max);
    let count = draft.status.deferrals.as_ref().map_or(0, |d| d.count);
    limit.is_some_and(|limit| count >= limit)
}

/// How many more times the customer may decline; none: as often as they like.
pub fn refusals_left(pass: &Pass, window: &str, deferrals: Option<&Deferrals>) -> Option<u32> {
    let limit = pass.window(window)?.spec.as_ref().ok()?.deferral.as_ref()?.max;
    Some(limit.saturating_sub(deferrals.map_or(0, |d| d.count)))
}

/// R15: an accepted opt-out is a deferral.
fn defer(pass: &Pass, draft: &mut Draft) {
    let deferrals = draft.status.deferrals.get_or_insert(Deferrals { count: 0, since: pass.now });
    deferrals.count += 1;
}

fn new_record(pass: &Pass, draft: &Draft, said: &Said, slot: Option<String>, verdict: Verdict) -> OptOutRecord {
    let by = said_by(pass, said);
    let reason = draft.tenant.opt_out_reason.clone();
    let opt_in_stood = draft.tenant.opt_in.as_ref().is_some_and(|other| opt_in::same(&other.value, &said.value));
    let (value, at) = (said.value.clone(), said_at(pass, said));
    OptOutRecord { value, slot, lost: None, opt_in_stood, verdict, at, by, reason, undone_at: None, undone_by: None }
}

/// Keeps a verdict and tells it: to everyone who gets Events, and to the contacts unless only the asker cares (`Stale`).
fn keep(pass: &Pass, draft: &mut Draft, record: OptOutRecord) {
    let event = match record.verdict {
        Verdict::Accepted => StoryEvent::OptOutAccepted,
        Verdict::TooLate => StoryEvent::OptOutTooLate,
        Verdict::Noted => StoryEvent::OptOutNoted,
        Verdict::Stale => StoryEvent::OptOutStale,
        Verdict::LimitReached => StoryEvent::OptOutLimitReached,
        Verdict::AlreadyStarted => StoryEvent::OptOutAlreadyStarted,
        Verdict::Undone => StoryEvent::OptOutUndone,
    };
    let mut story = about(draft.story(event), &record);
    story.message = Some(describe(&record));
    draft.tell(story);
    answer(pass, draft, &record);
    draft.status.opt_outs.insert(0, record);
    forget_old(draft);
    draft.urgent(Class::StopOrVerdict);
}

/// An event about what the opt-out names.
pub fn about(mut story: Story, record: &OptOutRecord) -> Story {
    story.slot.clone_from(&record.slot);
    if let Some(Declines::Version(version)) = Declines::parse(&record.value) {
        story.release = Some(version.to_string());
    }
    story
}

/// The oldest goes first, but neither what was just judged, nor what still stands in an annotation (it would be judged again), nor
/// a standing refusal of a version (it would come back to life).
fn forget_old(draft: &mut Draft) {
    let (running, said) = (draft.running.clone().ok(), draft.tenant.opt_out.as_ref().map(|said| said.value.clone()));
    let refuses = |r: &OptOutRecord| match Declines::parse(&r.value) {
        Some(Declines::Version(version)) => r.verdict.stands() && running.as_ref().is_none_or(|running| version > *running),
        _ => false,
    };
    let opt_outs = &mut draft.status.opt_outs;
    while opt_outs.len() > OPT_OUTS {
        let free = |r: &OptOutRecord| !refuses(r) && Some(&r.value) != said.as_ref();
        let over = |r: &OptOutRecord| free(r) && !r.verdict.stands();
        let oldest = opt_outs.iter().skip(1).rposition(over).or_else(|| opt_outs.iter().skip(1).rposition(free));
        opt_outs.remove(oldest.unwrap_or(OPT_OUTS - 1) + 1);
    }
}

fn describe(record: &OptOutRecord) -> String {
    let by = record.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let reason = record.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("opt-out {:?}{by} at {}{reason}", record.value, record.at)
}

pub fn answer(pass: &Pass, draft: &mut Draft, record: &OptOutRecord) {
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
    let key = answer_key(draft, record);
    let reason = (record.verdict == Verdict::Noted).then(|| NOTED.to_owned());
    draft.note(pass, &NewNotice { key, kind, release, slot: record.slot.clone(), reason, deliver_by: None });
}

/// A version as its release writes it: people may leave zeros out.
fn as_released(pass: &Pass, draft: &Draft, version: &Version) -> String {
    let release = pass.channel(&draft.spec.channel).iter().find(|release| release.version == version);
    release.map_or_else(|| version.to_string(), |release| release.spec.version.clone())
}

/// The same pair may be answered again after it was taken back: the instant tells the answers apart.
fn answer_key(draft: &Draft, record: &OptOutRecord) -> String {
    ids::answer_notice(&draft.tenant.meta.uid, &record.value, record.slot.as_deref(), record.at.as_second(), record.verdict)
}

/// A no to a version that came too late for a slot is in time for the next one, where that slot was not used or its upgrade failed:
/// it is noted, so that it holds although its annotation may be gone by then (R12).
pub fn carry_over(pass: &Pass, draft: &mut Draft, opens: &str) {
    let too_late = |r: &OptOutRecord| matches!(r.verdict, Verdict::TooLate | Verdict::AlreadyStarted);
    let late = |r: &&OptOutRecord| too_late(r) && r.slot.as_deref() == Some(opens);
    let version = |r: &&OptOutRecord| matches!(Declines::parse(&r.value), Some(Declines::Version(_)));
    let Some(record) = draft.status.opt_outs.iter().filter(version).find(late).cloned() else { return };
    keep(pass, draft, OptOutRecord { slot: None, lost: None, verdict: Verdict::Noted, ..record });
}

/// Whether a standing opt-out declines this version; a noted one is judged now that such a release comes up.
pub fn declines_release(pass: &Pass, draft: &mut Draft, version: &Version) -> bool {
    let names = |r: &OptOutRecord| matches!(Declines::parse(&r.value), Some(Declines::Version(v)) if v == *version);
    // What came too late for its slot, or named no candidate then, is in time for the next: approved anew, or the images put back.
    let waits =
        |r: &OptOutRecord| matches!(r.verdict, Verdict::Noted | Verdict::Stale | Verdict::TooLate | Verdict::AlreadyStarted);
    let Some(i) = draft.status.opt_outs.iter().position(|r| names(r) && (r.verdict.stands() || waits(r))) else { return false };
    // Once the limit was told of this very no, no later date asks again.
    let no = &draft.status.opt_outs[i];
    let limited =
        |r: &OptOutRecord| r.verdict == Verdict::LimitReached && r.slot.is_none() && (&r.value, r.at) == (&no.value, no.at);
    if !waits(no) {
        return true;
    }
    !draft.status.opt_outs.iter().any(limited) && settle_noted(pass, draft, i, None)
}

/// Whether an opt-out of a day declines this occurrence, which is about to be announced (R12). A day that declined one slot
/// declines any other slot that touches it; each pair gets its verdict.
pub fn declines_occurrence(pass: &Pass, draft: &mut Draft, slot: &Slot) -> bool {
    let records = &draft.status.opt_outs;
    let judged = |value: &str| records.iter().find(|r| r.value == value && r.slot.as_deref() == Some(&slot.opens));
    let names = |r: &&OptOutRecord| r.verdict.stands() && names_day_of(r, slot);
    if records.iter().filter(names).any(|r| judged(&r.value).is_some_and(|r| r.verdict.stands())) {
        return true;
    }
    match records.iter().position(|r| names(&r) && judged(&r.value).is_none()) {
        Some(i) => settle_noted(pass, draft, i, Some(slot)),
        None => false,
    }
}

fn names_day_of(record: &OptOutRecord, slot: &Slot) -> bool {
    matches!(Declines::parse(&record.value), Some(day @ Declines::Day(_)) if day.slot(slot, ""))
}

/// Whether a day declines this occurrence if it were announced: for slots that are still tentative. Nothing is judged.
pub fn would_decline(draft: &Draft, slot: &Slot) -> bool {
    draft.status.opt_outs.iter().any(|r| r.verdict.stands() && names_day_of(r, slot))
}

fn settle_noted(pass: &Pass, draft: &mut Draft, noted: usize, slot: Option<&Slot>) -> bool {
    let verdict = if limit_reached(pass, draft) { Verdict::LimitReached } else { Verdict::Accepted };
    let (lost, slot) = (slot.cloned(), slot.map(|slot| slot.opens.clone()));
    unsay(draft, noted);
    let record = OptOutRecord { slot, lost, verdict, ..draft.status.opt_outs[noted].clone() };
    if record.slot.is_none() && draft.status.opt_outs[noted].slot.is_none() {
        // The release has no slot yet: the verdict takes the place of the note, so that the pair stays one.
        draft.status.opt_outs.remove(noted);
    }
    keep(pass, draft, record);
    if verdict == Verdict::Accepted {
        defer(pass, draft);
    }
    verdict == Verdict::Accepted
}

/// What was noted in this very pass gets one answer, the verdict: that it fits nothing would be wrong a moment later.
fn unsay(draft: &mut Draft, noted: usize) {
    let record = draft.status.opt_outs[noted].clone();
    let is_it = |seen: &OptOutRecord| OptOutRecord { opt_in_stood: record.opt_in_stood, ..seen.clone() } == record;
    if draft.seen.opt_outs.iter().any(is_it) {
        return;
    }
    let key = answer_key(draft, &record);
    draft.status.notices.retain(|notice| notice.key != key);
    let told = describe(&record);
    draft.stories.retain(|story| story.event != StoryEvent::OptOutNoted || story.message.as_ref() != Some(&told));
}

/// R14: silence is frozen after the cut-off, once the notice is known to have arrived.
pub fn freeze(pass: &Pass, draft: &mut Draft) {
    let Some((upgrade, slot)) = draft.slot() else { return };
    let settled = later(slot.opt_out_until, SETTLES_AFTER);
    let due = upgrade.consent.is_none() && upgrade.started_at.is_none() && pass.now >= settled;
    if !due || !draft.notice_delivered() {
        return;
    }
    let frozen_at = pass.now;
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.consent = Some(Consent { answer: Answer::Silence, frozen_at });
    }
    draft.urgent(Class::StopOrVerdict);
}

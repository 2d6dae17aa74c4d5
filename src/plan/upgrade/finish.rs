//! Rule R24: how an upgrade ended, in one status write with its confirmation.

use crate::{
    api::{
        condition,
        notice_key::NoticeKey,
        reason::Reason,
        tenant::{NoticeKind, SlotResult},
    },
    plan::{
        consent::comes_up::carry_over,
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::{Draft, Ended, NewNotice},
        slot::lose::SLOT_NOTICES,
        target::running::every_runs,
    },
};

/// The workloads were seen running the new version (I6).
pub fn succeed(pass: &mut Pass, draft: &mut Draft) {
    let ended = Ended { by: None, reason: None, message: None, result: SlotResult::Succeeded };
    finish(pass, draft, ended);
    draft.status.deferrals = None;
}

/// Writes the result: history, condition, notice.
pub fn finish(pass: &mut Pass, draft: &mut Draft, ended: Ended) {
    let Some((upgrade, slot)) = draft.slot() else { return };
    let (id, to, opens) = (upgrade.id.clone().unwrap_or_default(), upgrade.to.clone(), slot.opens.clone());
    let succeeded = ended.result == SlotResult::Succeeded;
    // One result, one event, one letter.
    let (event, kind) = match ended.result {
        SlotResult::Succeeded => (StoryEvent::UpgradeSucceeded, NoticeKind::Succeeded),
        SlotResult::RolledBack => (StoryEvent::UpgradeRolledBack, NoticeKind::RolledBack),
        SlotResult::RollbackFailed => (StoryEvent::RollbackFailed, NoticeKind::Failed),
        _ => (StoryEvent::UpgradeFailed, NoticeKind::Failed),
    };
    let mut story = draft.story(event);
    (story.reason, story.message) = (ended.reason.map(Into::into), ended.message.clone());
    draft.tell(story);
    let default = if succeeded { Reason::Succeeded } else { Reason::Failed };
    let (reason, message) = (ended.reason, ended.message.clone());
    let message = message.unwrap_or_else(|| format!("runs {to}; every replica is updated and available"));
    let generation = draft.tenant.meta.generation;
    let conditions = &mut draft.status.conditions;
    condition::set(
        conditions,
        condition::UPGRADE_SUCCEEDED,
        succeeded,
        reason.unwrap_or(default),
        &message,
        generation,
        pass.now,
    );
    // Old images that do not come up run nothing.
    draft.left = if ended.result == SlotResult::Failed { left(pass, draft) } else { None };
    draft.record(pass, ended);
    if !succeeded {
        carry_over(draft, &opens);
    }
    draft.supersede(SLOT_NOTICES, &default.into());
    let (key, reason) = (NoticeKey::result(&id), reason.map(Into::into));
    draft.note(pass, &NewNotice { key, kind, release: to.clone(), slot: Some(opens), reason, deliver_by: None });
    draft.status.upgrade = None;
    if succeeded {
        (draft.status.version, draft.status.last_known_version) = (Some(to), None);
    }
    draft.urgent(Class::StartOrResult);
}

/// The version that every workload runs when an upgrade has failed; none: parts of two, or what nobody knows. Releases may share images: then
/// it is the new one as soon as an image was to be changed.
fn left(pass: &Pass, draft: &Draft) -> Option<String> {
    let upgrade = draft.status.upgrade.as_ref()?;
    let (from, to) = (&upgrade.from, &upgrade.to);
    let in_order = if upgrade.before.is_empty() { [from, to] } else { [to, from] };
    in_order.into_iter().find(|version| every_runs(pass, draft.key, draft.spec, &draft.status, version)).cloned()
}

//! Where a tenant stands, for people and tools: version, blockers, conditions (I10, kstatus).

use jiff::Timestamp;

use crate::{
    api::{
        Version, condition,
        reason::Reason,
        tenant::{SlotResult, Upgrade, UpgradeJob},
    },
    fleet::TenantKey,
    plan::{
        jobs::steps,
        output::{
            hold::{Gate, Hold},
            story::{Story, StoryEvent},
        },
        pass::Pass,
        record::{
            draft::Draft,
            history,
            next::NextStatus,
            phase::{Doing, Phase},
        },
        target::running::runs_images,
    },
};

/// Version and blockers, with what to tell of them.
pub fn tell(pass: &Pass, draft: &mut Draft, holds: &[Hold]) {
    let version = match &draft.running {
        // Until our own upgrade has succeeded its version is not proven (R24), and mixed ones are what it makes.
        _ if draft.in_flight() => draft.status.version.as_deref(),
        Ok(version) => Some(version_text(pass, draft, version)),
        Err(_) => None,
    };
    if draft.status.version.as_deref() != version {
        let (version, before) = (version.map(Into::into), draft.status.version.clone());
        draft.status.last_known_version = if version.is_none() { before } else { None };
        draft.status.version = version;
    }
    let stories = blockers(draft.key, &mut draft.status, holds);
    draft.stories.extend(stories);
}

/// A release's own way to write its version, so that people can compare texts.
fn version_text<'t, 'a: 't>(pass: &Pass<'a>, draft: &Draft, version: &'t Version) -> &'t str {
    let release = pass.channel(&draft.spec.channel).iter().find(|r| r.version == version);
    release.map_or(version.as_str(), |r| r.spec.version.as_str())
}

/// What neither time nor the plan lifts before the slot. `Blocked` is told for each that is new, `Unblocked` when none is left.
pub fn blockers(key: &TenantKey, status: &mut NextStatus, holds: &[Hold]) -> Vec<Story> {
    let now: Vec<_> = holds.iter().filter(|hold| !hold.waiting).map(Hold::blocker).collect();
    if now == *status.blockers {
        return vec![];
    }
    let before = std::mem::take(&mut status.blockers);
    let upgrade = status.upgrade.as_ref();
    let story = |event| Story {
        tenant: Some(key.clone()),
        release: upgrade.map(|u| u.to.clone()),
        slot: upgrade.and_then(|u| u.slot.as_ref()).map(|s| s.opens.clone()),
        ..Story::new(event)
    };
    let new = now.iter().filter(|b| before.iter().all(|o| (&o.gate, &o.reason) != (&b.gate, &b.reason)));
    let mut stories: Vec<_> = new
        .map(|b| Story { reason: Some(b.reason.clone()), message: Some(b.message.clone()), ..story(StoryEvent::Blocked) })
        .collect();
    if now.is_empty() && !before.is_empty() {
        stories.push(Story { message: Some(free(status)), ..story(StoryEvent::Unblocked) });
    }
    status.blockers = now.into();
    stories
}

/// What it means that nothing holds it any more. Where a release was taken back that is no good news: what waited for it has nothing to wait for.
fn free(status: &NextStatus) -> String {
    let stays = || status.version.as_ref().map(|version| format!("; it stays on {version}")).unwrap_or_default();
    match &status.upgrade {
        Some(_) => "nothing holds it any more".into(),
        None => format!("nothing holds it any more, and no upgrade is planned for it{}", stays()),
    }
}

/// The conditions. Messages hold nothing that changes by itself: an unchanged tenant is not written.
pub fn conditions(pass: &Pass, draft: &mut Draft, holds: &[Hold]) {
    let generation = draft.tenant.meta.generation;
    let up_to_date = up_to_date(draft, holds);
    let wrong = holds.iter().find(|hold| hold.stalled).cloned();
    let ready = match &wrong {
        Some(hold) => (false, hold.reason, hold.message.as_str()),
        None => (true, Reason::Valid, "the manifest makes sense"),
    };
    let unreachable = holds.iter().find(|hold| hold.reason == Reason::ContactUnreachable);
    let (value, reason, message) = &up_to_date;
    let reconciling = draft.in_flight().then_some((true, *reason, message.as_str()));
    let stalled = wrong.as_ref().filter(|hold| !hold.waiting).map(|hold| (true, hold.reason, hold.message.as_str()));
    let unreachable = unreachable.map(|hold| (false, hold.reason, hold.message.as_str()));
    let status = &mut draft.status;
    say(status, condition::READY, ready, generation, pass.now);
    owned(pass, draft, holds);
    let status = &mut draft.status;
    say(status, condition::UP_TO_DATE, (*value, *reason, message), generation, pass.now);
    let only_if_so =
        [(condition::STALLED, stalled), (condition::RECONCILING, reconciling), (condition::CONTACTS_REACHABLE, unreachable)];
    for (type_, said) in only_if_so {
        match said {
            Some(said) => say(status, type_, said, generation, pass.now),
            None if condition::get(&status.conditions, type_).is_some() => condition::clear(&mut status.conditions, type_),
            None => {}
        }
    }
    if status.observed_generation != generation || status.conditions.iter().any(|c| c.observed_generation != Some(generation)) {
        status.observed_generation = generation;
        status.conditions.iter_mut().for_each(|c| c.observed_generation = Some(generation));
    }
    if !status.conditions.is_sorted_by_key(|c| &c.type_) {
        status.conditions.sort_by(|a, b| a.type_.cmp(&b.type_));
    }
}

/// R23: `UpgradeSucceeded` says nothing that the images contradict. It is true again when they are ours again, and well (I6). While an
/// upgrade runs it says how the last one ended.
fn owned(pass: &Pass, draft: &mut Draft, holds: &[Hold]) {
    if draft.in_flight() {
        return;
    }
    let brought = history::last_upgrade(&draft.status).filter(|last| last.result == SlotResult::Succeeded);
    let Some(to) = brought.map(|brought| brought.to.clone()) else { return };
    let (generation, type_) = (draft.tenant.meta.generation, condition::UPGRADE_SUCCEEDED);
    if let Some(hold) = holds.iter().find(|hold| hold.gate == Gate::Ownership) {
        return say(&mut draft.status, type_, (false, hold.reason, &hold.message), generation, pass.now);
    }
    let said = condition::get(&draft.status.conditions, type_).map(|said| Reason::named(&said.reason));
    let runs = draft.running.as_ref().ok().map(|running| running.is(&to));
    match said {
        // What somebody set since is not what was brought.
        Some(reason) if runs != Some(false) && reason != Some(Reason::OwnershipConflict) => {}
        _ if runs == Some(true) && rolled_out(pass, draft, &to) => {
            let message = format!("runs {to}; every replica is updated and available");
            say(&mut draft.status, type_, (true, Reason::Succeeded, &message), generation, pass.now);
        }
        Some(_) => condition::clear(&mut draft.status.conditions, type_),
        None => {}
    }
}

fn rolled_out(pass: &Pass, draft: &Draft, version: &str) -> bool {
    let ours = |reference, workload| runs_images(pass, &draft.status, reference, workload, version);
    let out = |reference| pass.workload(draft.key, reference).is_ok_and(|w| w.rolled_out() && ours(reference, w));
    draft.spec.workloads.iter().all(out)
}

/// Sets a condition (status, reason, message) that does not stand like this already.
pub fn say(status: &mut NextStatus, type_: &str, said: (bool, Reason, &str), generation: i64, now: Timestamp) {
    let (value, reason, message) = said;
    if !condition::stands(&status.conditions, type_, said, generation) {
        condition::set(&mut status.conditions, type_, value, reason, message, generation, now);
    }
}

fn up_to_date(draft: &Draft, holds: &[Hold]) -> (bool, Reason, String) {
    let blocker = holds.iter().find(|hold| !hold.waiting);
    match &draft.status.upgrade {
        Some(upgrade) if let Some(Phase::InFlight(_, _, doing)) = draft.phase() => in_flight(upgrade, doing),
        Some(upgrade) => {
            let unheard = || crate::plan::notice::contacts::unheard(draft).map(|message| (false, Reason::NoticePending, message));
            let held = blocker.map(|hold| (false, hold.reason, hold.message.clone()));
            held.or_else(unheard).unwrap_or_else(|| planned(upgrade, holds))
        }
        None => match blocker.or(holds.first()) {
            Some(hold) => (false, hold.reason, hold.message.clone()),
            None => finished(draft),
        },
    }
}

fn in_flight(upgrade: &Upgrade, doing: Doing) -> (bool, Reason, String) {
    let Upgrade { from, to, failure, .. } = upgrade;
    let at = match doing {
        Doing::Images(on) | Doing::Rollback(on) => on.to_string(),
        Doing::Job(nth) => upgrade.jobs.get(nth).map(at_job).unwrap_or_default(),
    };
    match failure {
        None if from == to => (false, Reason::Upgrading, format!("{to} stands there already and is verified, {at}")),
        None => (false, Reason::Upgrading, format!("{from} to {to}, {at}")),
        Some(failure) => (false, Reason::RollingBack, format!("back from {to} to {from}, {at}: {}", failure.message)),
    }
}

fn at_job(job: &UpgradeJob) -> String {
    match job.waits_for() {
        Some((_, why)) => format!("{}, which waits: {why}", steps::named(job)),
        None => steps::named(job),
    }
}

fn planned(upgrade: &Upgrade, holds: &[Hold]) -> (bool, Reason, String) {
    let passed_over = holds.iter().find(|hold| hold.reason == Reason::NoTimeToAnnounce);
    match (&upgrade.slot, upgrade.expected_at) {
        (None, Some(at)) if let Some(hold) = passed_over => (false, hold.reason, format!("{}: expected at {at}", hold.message)),
        (Some(slot), _) => (false, Reason::Scheduled, format!("{} to {} at {}", upgrade.from, upgrade.to, slot.opens)),
        (None, Some(at)) => {
            (false, Reason::Expected, format!("{} to {}, expected at {at}, not announced yet", upgrade.from, upgrade.to))
        }
        (None, None) => (false, Reason::Expected, format!("{} to {}, no date yet", upgrade.from, upgrade.to)),
    }
}

fn finished(draft: &Draft) -> (bool, Reason, String) {
    let Ok(version) = &draft.running else { return (false, Reason::UnknownVersion, String::new()) };
    // The images of a failed upgrade stay: that they stand in the workload does not make it run.
    match history::failure_left(&draft.status, version) {
        Some(failed) => {
            let how = history::how_it_failed(failed.result);
            let message = format!("the upgrade to {version} {how}; annotate uplift.dev/retry={} to try again", failed.id);
            (false, Reason::UpgradeFailed, message)
        }
        None => (true, Reason::UpToDate, format!("runs {version}, the newest that it may run")),
    }
}

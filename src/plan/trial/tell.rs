//! Rule R37: the customer is told when a copy of their data may be looked at, a day before that ends, and once nothing of it is left. Each once for each run:
//! what was told last stands in the status, whatever becomes of the notice.

use jiff::Timestamp;

use crate::{
    api::{
        Duration,
        notice_key::{NoticeKey, Stage},
        reason::Reason,
        stored_reason::StoredReason,
        tenant::{NoticeKind, ToldTrial, TrialFacts},
        trial::{PastRun, TrialRun, TrialStep, TrialStepKind},
        upgrade_id::UpgradeId,
    },
    fleet::{Trial, TrialKey},
    plan::{
        pass::{
            Pass,
            wake::{earlier, later},
        },
        record::draft::{Draft, NewNotice},
    },
};

/// So long a letter is tried, and so long after the end of a run that is told, in seconds.
const PATIENCE: i64 = 7 * 24 * 3600;
/// So long before its end it is told that a run ends, in seconds.
const BEFORE: i64 = 24 * 3600;
/// Only of one that stands longer than this, in seconds.
const LONG: i64 = 2 * BEFORE;

/// Letters that speak of a copy which may be looked at.
const OF_A_COPY: &[NoticeKind] = &[NoticeKind::TrialReady, NoticeKind::TrialEnding];

/// What is to be told.
struct Due {
    namespace: String,
    stage: Stage,
    version: String,
    reason: Option<StoredReason>,
    deliver_by: Timestamp,
    facts: TrialFacts,
}

/// Writes the letter down that is due, if one is. One of a copy that nobody may look at any more is not sent. While an upgrade runs nobody hears of trials.
pub fn tell(pass: &mut Pass, draft: &mut Draft) {
    let open = open(pass, draft);
    if open.is_none() {
        make_void(draft);
    }
    if draft.in_flight() || draft.spec.contacts.is_empty() {
        return;
    }
    let due = ended(pass, draft).or_else(|| open.and_then(|(key, trial, run)| stands(pass, draft, (key, trial), run)));
    if let Some(due) = due {
        write(pass, draft, due);
    }
}

/// The trials in the namespace that the tenant names, and in the one of the last letter.
fn trials<'a>(pass: &Pass<'a>, draft: &Draft) -> Vec<(&'a TrialKey, &'a Trial)> {
    let told = draft.status.told_trial.as_ref().map(|told| told.namespace.as_str());
    let named = draft.spec.trials.as_ref().map(|trials| trials.namespace.as_str());
    let mut namespaces: Vec<_> = told.into_iter().chain(named).collect();
    namespaces.dedup();
    namespaces.into_iter().flat_map(|namespace| pass.fleet.trials_in(namespace)).collect()
}

/// The copy of this tenant's data that people may look at. Whose they are says the run: both sides had named each other when it began.
fn open<'a>(pass: &Pass<'a>, draft: &Draft) -> Option<(&'a TrialKey, &'a Trial, &'a TrialRun)> {
    let is_open = |run: &&TrialRun| run.tenant_uid == draft.tenant.meta.uid && run.ready_at.is_some() && run.ended.is_none();
    trials(pass, draft).into_iter().find_map(|(key, trial)| {
        let run = trial.status.as_ref().ok()?.run.as_ref().filter(is_open)?;
        Some((key, trial, run))
    })
}

fn make_void(draft: &mut Draft) {
    if draft.status.notices.iter().any(|notice| OF_A_COPY.contains(&notice.kind) && notice.waits()) {
        draft.supersede(OF_A_COPY, &Reason::TrialCleaning.into());
    }
}

/// A run that is cleaned, of which the customer was told before, or that is newer than that one: the oldest of them first.
fn ended(pass: &Pass, draft: &Draft) -> Option<Due> {
    let told = draft.status.told_trial.as_ref();
    let own = |run: &PastRun| run.tenant_uid == draft.tenant.meta.uid && pass.now <= later(run.cleaned_at, PATIENCE);
    let new = |run: &PastRun| told.is_none_or(|told| run.id != told.run && run.cleaned_at > told.at);
    let unfinished = |run: &PastRun| told.is_some_and(|told| run.id == told.run && told.kind != NoticeKind::TrialEnded);
    let all: Vec<_> = trials(pass, draft).into_iter().flat_map(over).filter(|(_, run)| own(run)).collect();
    let first = all.iter().find(|(_, run)| unfinished(run));
    let (namespace, run) = first.or_else(|| all.iter().filter(|(_, run)| new(run)).min_by_key(|(_, run)| run.cleaned_at))?;
    let facts = TrialFacts {
        verdict: Some(run.end.verdict),
        answer: run.end.answer,
        cleaned_at: run.restored_from.map(|_| run.cleaned_at),
        ..facts(pass, draft, run.id.clone())
    };
    let (version, reason) = (run.version.clone(), Some(run.end.reason.clone()));
    let deliver_by = later(pass.now, PATIENCE);
    Some(Due { namespace: (*namespace).to_owned(), stage: Stage::Ended, version, reason, deliver_by, facts })
}

/// The runs of a trial that are over, each with its namespace.
fn over<'a>((key, trial): (&'a TrialKey, &'a Trial)) -> impl Iterator<Item = (&'a str, &'a PastRun)> {
    let status = trial.status.as_ref().ok().into_iter();
    status.flat_map(|status| &status.runs).map(|run| (key.namespace.as_str(), run))
}

/// A copy that may be looked at: told when it is, and on its last day.
fn stands(pass: &mut Pass, draft: &Draft, (key, trial): (&TrialKey, &Trial), run: &TrialRun) -> Option<Due> {
    let (ready_at, until) = (run.ready_at?, run.expires_at?);
    let told = draft.status.told_trial.as_ref().filter(|told| told.run == run.id);
    let warned_at = earlier(until, BEFORE);
    let stage = match told {
        None => Stage::Ready,
        Some(told)
            if told.kind == NoticeKind::TrialReady && told.at < warned_at && until.duration_since(ready_at).as_secs() > LONG =>
        {
            if pass.now < warned_at {
                pass.wake.at(warned_at);
                return None;
            }
            Stage::Ending
        }
        Some(_) => return None,
    };
    let facts = TrialFacts {
        url: trial.spec.as_ref().ok().and_then(|spec| spec.url.clone()),
        data_from: run.steps.iter().find(|step| step.kind == TrialStepKind::Backup).and_then(|step| step.started_at),
        upgrade_took: took(&run.steps),
        until: Some(until),
        ..facts(pass, draft, run.id.clone())
    };
    let deliver_by = earlier(until, 1).min(later(pass.now, PATIENCE));
    Some(Due { namespace: key.namespace.clone(), stage, version: run.version.clone(), reason: None, deliver_by, facts })
}

fn facts(pass: &Pass, draft: &Draft, run: UpgradeId) -> TrialFacts {
    let zone = pass.schedule(&draft.spec.window_ref.name).map_or("UTC", |schedule| schedule.zone_name());
    TrialFacts {
        run,
        url: None,
        time_zone: zone.into(),
        data_from: None,
        upgrade_took: None,
        until: None,
        required: draft.spec.must_be_tried(),
        verdict: None,
        answer: None,
        cleaned_at: None,
    }
}

/// How long the upgrade itself took: its hooks and its images.
fn took(steps: &[TrialStep]) -> Option<Duration> {
    use TrialStepKind::{Images, ReleaseAfter, ReleaseBefore, TenantAfter, TenantBefore};
    let upgrade =
        || steps.iter().filter(|step| matches!(step.kind, TenantBefore | ReleaseBefore | Images | ReleaseAfter | TenantAfter));
    let began = upgrade().filter_map(|step| step.started_at).min()?;
    let ended = upgrade().filter_map(|step| step.finished_at).max()?;
    u32::try_from(ended.duration_since(began).as_secs()).ok().map(Duration::from_secs)
}

/// What a newer letter says makes one of the same copy void that nobody has accepted yet.
fn write(pass: &Pass, draft: &mut Draft, due: Due) {
    let Due { namespace, stage, version, reason, deliver_by, facts } = due;
    let kind = match stage {
        Stage::Ready => NoticeKind::TrialReady,
        Stage::Ending => NoticeKind::TrialEnding,
        Stage::Ended => NoticeKind::TrialEnded,
    };
    let (key, run) = (NoticeKey::trial(&facts.run, stage), facts.run.clone());
    draft.trial = Some(facts);
    draft.supersede(OF_A_COPY, &key.clone().into());
    draft.note(pass, &NewNotice { key, kind, release: version, slot: None, reason, deliver_by: Some(deliver_by) });
    draft.status.told_trial = Some(ToldTrial { namespace, run, kind, at: pass.now });
}

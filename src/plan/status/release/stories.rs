//! What happened to a release, by what its status says before and after.

use crate::{
    api::{
        DashboardReleaseStatus, condition,
        reason::Reason,
        release::{AcceptedIssue, CheckResult, CheckRun, CountedIssue},
        tenant::Issue,
    },
    fleet::Release,
    plan::output::story::{Story, StoryEvent},
};

/// A check by Job cannot run until people mend something.
const CANNOT_RUN: [Reason; 5] =
    [Reason::JobTemplateMissing, Reason::JobTemplateNotSuspended, Reason::JobsNotGranted, Reason::JobRefused, Reason::JobForeign];

/// Events whose condition says why although it is not false.
const STOPS: [StoryEvent; 4] =
    [StoryEvent::ReleaseWithdrawn, StoryEvent::ReleaseSuspended, StoryEvent::ReleaseHalted, StoryEvent::ChangeExpired];

/// Whether this write halts the release: nothing is more urgent.
pub fn is_halted_anew(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus) -> bool {
    next.standing_halt().is_some_and(|halt| seen.standing_halt().is_none_or(|before| before.id != halt.id))
}

/// What is to be told.
pub fn release_stories(seen: &DashboardReleaseStatus, next: &DashboardReleaseStatus, release: &Release) -> Vec<Story> {
    let version = release.spec.as_ref().ok().map(|spec| spec.version.clone());
    let says = |status: &DashboardReleaseStatus, type_, wanted| condition::reason(&status.conditions, type_) == Some(wanted);
    let turned = |type_| condition::is_true(&next.conditions, type_) && !condition::is_true(&seen.conditions, type_);
    let became = |type_, wanted| says(next, type_, wanted) && !says(seen, type_, wanted);
    let left = |wanted| says(seen, condition::READY, wanted) && !says(next, condition::READY, wanted);
    let (halted, standing) = (is_halted_anew(seen, next), next.standing_halt().is_some());
    let resumed = !standing && (seen.standing_halt().is_some() || left(Reason::Suspended));
    let told = [
        (turned(condition::ACCEPTED), StoryEvent::ReleaseAccepted, condition::ACCEPTED),
        (turned(condition::APPROVED), StoryEvent::ReleaseApproved, condition::APPROVED),
        (became(condition::APPROVED, Reason::Rejected), StoryEvent::ReleaseRejected, condition::APPROVED),
        (became(condition::APPROVED, Reason::ApprovedByCreator), StoryEvent::Blocked, condition::APPROVED),
        (became(condition::READY, Reason::Withdrawn), StoryEvent::ReleaseWithdrawn, condition::READY),
        (became(condition::READY, Reason::Suspended), StoryEvent::ReleaseSuspended, condition::READY),
        (became(condition::READY, Reason::ChangeExpired), StoryEvent::ChangeExpired, condition::READY),
        (halted, StoryEvent::ReleaseHalted, condition::HALTED),
        (resumed, StoryEvent::ReleaseResumed, condition::READY),
        (turned(condition::ROLLED_OUT), StoryEvent::ReleaseRolledOut, condition::ROLLED_OUT),
        (became(condition::READY, Reason::Malformed), StoryEvent::Blocked, condition::READY),
        (became(condition::READY, Reason::DuplicateVersion), StoryEvent::Blocked, condition::READY),
    ];
    let cannot_run =
        CANNOT_RUN.into_iter().map(|reason| (became(condition::ACCEPTED, reason), StoryEvent::Blocked, condition::ACCEPTED));
    let story = |event, type_| {
        let stops = STOPS.contains(&event);
        let why = condition::get(&next.conditions, type_).filter(|c| c.status == "False" || stops);
        let (reason, message) = why.map_or((None, None), |c| (Some(c.reason.as_str().into()), Some(c.message.clone())));
        // The number of the halt, as people write it to lift it.
        let message =
            if event == StoryEvent::ReleaseHalted { next.standing_halt().map(|halt| halt.id.to_string()) } else { message };
        Story { release: version.clone(), reason, message, ..Story::new(event) }
    };
    let of_release = told.into_iter().chain(cannot_run).filter(|(so, ..)| *so).map(|(_, event, type_)| story(event, type_));
    let rings = ring_stories(seen, next, version.as_ref());
    let issues = issue_stories(seen, next, release);
    check_stories(seen, next, version.as_ref()).chain(of_release).chain(rings).chain(issues).collect()
}

/// Rings that have proved the release since.
fn ring_stories(
    seen: &DashboardReleaseStatus,
    next: &DashboardReleaseStatus,
    version: Option<&String>,
) -> impl Iterator<Item = Story> {
    let known = |name: &str| seen.rings.iter().any(|ring| ring.name == name && ring.proven_at.is_some());
    let new = next.rings.iter().filter(move |ring| ring.proven_at.is_some() && !known(&ring.name));
    new.map(move |ring| Story {
        release: version.cloned(),
        message: Some(ring.name.clone()),
        ..Story::new(StoryEvent::RingProven)
    })
}

/// Issues that somebody accepted since, or for another time.
fn issue_stories<'s>(
    seen: &'s DashboardReleaseStatus,
    next: &'s DashboardReleaseStatus,
    release: &'s Release,
) -> impl Iterator<Item = Story> + use<'s> {
    let spec = release.spec.as_ref().ok();
    let known = |one: &CountedIssue| seen.issues.iter().any(|s| (&s.issue, s.accepted_until) == (&one.issue, one.accepted_until));
    let new = next.issues.iter().filter(move |one| one.accepted_until.is_some() && !known(one));
    new.filter_map(move |one| {
        let accepted = spec?.accepted_issues.iter().find(|accepted| accepted.issue == one.issue)?;
        let AcceptedIssue { issue, by, until, reason } = accepted;
        Some(Story {
            release: Some(spec?.version.clone()),
            reason: Some(Issue::word(issue).into()),
            message: Some(format!("{issue} is accepted by {by} until {until}: {reason}")),
            ..Story::new(StoryEvent::IssueAccepted)
        })
    })
}

/// Results of checks by Job that were not written down before. The message is the check.
fn check_stories(
    seen: &DashboardReleaseStatus,
    next: &DashboardReleaseStatus,
    version: Option<&String>,
) -> impl Iterator<Item = Story> {
    let known = |run: &CheckRun| {
        seen.checks.iter().any(|there| there.name == run.name && there.result.is_some() && there.attempt == run.attempt)
    };
    let new = next.checks.iter().filter(move |run| !known(run));
    new.filter_map(move |run| {
        let event = match run.result? {
            CheckResult::Passed => StoryEvent::CheckPassed,
            CheckResult::Failed => StoryEvent::CheckFailed,
        };
        Some(Story {
            release: version.cloned(),
            reason: run.reason.clone(),
            message: Some(run.name.clone()),
            ..Story::new(event)
        })
    })
}

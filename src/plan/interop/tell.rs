//! Tells of issues: once for each release, or shared service, issue and tenant.

use super::{issues, moves::moves};
use crate::{
    api::{Version, tenant::Issue},
    plan::{
        output::story::{Story, StoryEvent},
        pass::Pass,
        record::draft::Draft,
    },
};

/// So many a status holds.
const MOST: usize = 16;

/// Says which issues the planned upgrade has, and which shared services are to move away from the tenant. While an upgrade runs what was said stands.
pub fn tell(pass: &Pass, draft: &mut Draft) {
    if draft.in_flight() {
        return;
    }
    let mut now = of_upgrade(pass, draft);
    // Services move whatever is planned for the tenant, and if nothing is.
    now.extend(moves(pass, draft.spec, &[&draft.status]).iter().map(|found| found.issue(None)));
    now.truncate(MOST);
    if now == *draft.status.issues {
        return;
    }
    let before = std::mem::take(&mut draft.status.issues);
    let is_new = |issue: &Issue| !before.iter().any(|said| (&said.release, &said.issue) == (&issue.release, &issue.issue));
    for issue in now.iter().filter(|issue| is_new(issue)) {
        let story = story(draft, issue);
        draft.tell(story);
    }
    draft.status.issues = now.into();
}

/// Of the planned upgrade. While none is planned what was said stands, until that release is passed.
fn of_upgrade(pass: &Pass, draft: &Draft) -> Vec<Issue> {
    let upgrade = draft.status.upgrade.as_ref();
    let release = upgrade.and_then(|upgrade| pass.release(&upgrade.release, &upgrade.release_uid));
    match release {
        Some(release) => issues(pass, draft.key, draft.spec, release).iter().map(|found| found.issue(Some(release))).collect(),
        None => draft.status.issues.iter().filter(|said| is_ahead(draft, said)).cloned().collect(),
    }
}

/// What is of no release is about no date.
fn story(draft: &Draft, issue: &Issue) -> Story {
    let story = match issue.release {
        Some(_) => draft.story(StoryEvent::IssueFound),
        None => Story { tenant: Some(draft.key.clone()), ..Story::new(StoryEvent::IssueFound) },
    };
    Story { reason: Some(Issue::word(&issue.issue).into()), message: Some(issue.message.clone()), ..story }
}

/// It is an issue of a release that the tenant does not run yet, as far as anybody knows what it runs.
fn is_ahead(draft: &Draft, said: &Issue) -> bool {
    let Some(version) = said.release.as_ref().map(|release| release.parse::<Version>()) else { return false };
    let passed = |running: &Version| version.is_ok_and(|version| version <= *running);
    !draft.running.as_ref().is_ok_and(passed)
}

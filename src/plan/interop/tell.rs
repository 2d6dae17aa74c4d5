//! Tells of issues: once for each release, issue and tenant.

use super::issues;
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

/// Says of the planned upgrade which issues it has. While it runs, or while none is planned, what was said stands, until that release is passed.
pub fn tell(pass: &Pass, draft: &mut Draft) {
    if draft.in_flight() {
        return;
    }
    let upgrade = draft.status.upgrade.as_ref();
    let release = upgrade.and_then(|upgrade| pass.release(&upgrade.release, &upgrade.release_uid));
    let mut now: Vec<Issue> = match release {
        Some(release) => issues(pass, draft.key, draft.spec, release).iter().map(|found| found.issue(release)).collect(),
        None => draft.status.issues.iter().filter(|said| is_ahead(draft, said)).cloned().collect(),
    };
    now.truncate(MOST);
    if now == *draft.status.issues {
        return;
    }
    let before = std::mem::take(&mut draft.status.issues);
    let is_new = |issue: &Issue| !before.iter().any(|said| (&said.release, &said.issue) == (&issue.release, &issue.issue));
    for issue in now.iter().filter(|issue| is_new(issue)) {
        let (reason, message) = (Some(Issue::word(&issue.issue).into()), Some(issue.message.clone()));
        let story = Story { reason, message, ..draft.story(StoryEvent::IssueFound) };
        draft.tell(story);
    }
    draft.status.issues = now.into();
}

/// It is an issue of a release that the tenant does not run yet, as far as anybody knows what it runs.
fn is_ahead(draft: &Draft, said: &Issue) -> bool {
    let version = said.release.parse::<Version>();
    let passed = |running: &Version| version.is_ok_and(|version| version <= *running);
    !draft.running.as_ref().is_ok_and(passed)
}

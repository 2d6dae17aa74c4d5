//! The issues of a release: how many tenants have each, who is the first, and which were accepted (R31). For people: no rule reads it.

use std::{cmp::Reverse, collections::BTreeMap};

use crate::{
    api::{DashboardReleaseStatus, release::CountedIssue, tenant::TenantInstanceStatus},
    fleet::{Fleet, TenantKey},
    plan::{pass::qualified::Qualified, status::some::NAMED},
};

/// So many issues are listed: what was accepted, then what most tenants have.
const LISTED: usize = 20;

/// How many tenants have which issue.
#[derive(Clone, Default)]
pub struct Issues<'a>(BTreeMap<&'a str, u32>);

impl<'a> Issues<'a> {
    /// Counts tenants that wait for the release.
    pub fn count(&mut self, issues: &'a [String], tenants: u32) {
        for issue in issues {
            *self.0.entry(issue).or_default() += tenants;
        }
    }

    /// As the status lists them; who is first stands there where it is still so.
    pub fn listed(&self, fleet: &Fleet, name: &str, release: Option<&Qualified>, seen: &[CountedIssue]) -> Vec<CountedIssue> {
        // While its manifest makes no sense, what was accepted stands.
        let before = |issue: &str| seen.iter().find(|one| one.issue == issue);
        let until = |issue: &str| match release {
            Some(release) => {
                release.accepted_issues.iter().find(|accepted| accepted.issue == issue).map(|accepted| accepted.until)
            }
            None => before(issue).and_then(|one| one.accepted_until),
        };
        let accepted = release.iter().flat_map(|release| &release.accepted_issues).map(|accepted| accepted.issue.as_str());
        let kept = seen.iter().filter(|one| release.is_none() && one.accepted_until.is_some()).map(|one| one.issue.as_str());
        let of_nobody = accepted.chain(kept).filter(|issue| !self.0.contains_key(issue)).map(|issue| (issue, 0));
        let all = self.0.iter().map(|(issue, tenants)| (*issue, *tenants)).chain(of_nobody);
        let mut listed: Vec<_> = all
            .map(|(issue, tenants)| CountedIssue {
                first: before(issue).map(|one| still(fleet, name, issue, &one.first)).unwrap_or_default(),
                issue: issue.to_owned(),
                tenants,
                accepted_until: until(issue),
            })
            .collect();
        let order = |one: &CountedIssue| (one.accepted_until.is_none(), Reverse(one.tenants));
        listed.sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| one.issue.cmp(&other.issue)));
        listed.truncate(LISTED);
        listed
    }
}

/// Fills in who is first: that takes a look at every tenant, so it is done where it is to be written only.
pub fn name_the_first(fleet: &Fleet, name: &str, listed: &mut [CountedIssue]) {
    for one in listed.iter_mut() {
        one.first.clear();
    }
    for (key, tenant) in &fleet.tenants {
        let Ok(status) = &tenant.status else { continue };
        let short = listed.iter_mut().filter(|one| one.first.len() < NAMED.min(one.tenants as usize));
        short.filter(|one| has(status, name, &one.issue)).for_each(|one| one.first.push(key.to_string()));
    }
}

/// Whether something is accepted that was not, or not any more: that is written at once.
pub fn turned(seen: &DashboardReleaseStatus, listed: &[CountedIssue]) -> bool {
    let accepted = |issues: &[CountedIssue]| -> BTreeMap<_, _> {
        issues.iter().filter_map(|one| Some((one.issue.clone(), one.accepted_until?))).collect()
    };
    accepted(&seen.issues) != accepted(listed)
}

fn still(fleet: &Fleet, name: &str, issue: &str, named: &[String]) -> Vec<String> {
    let status = |tenant: &str| TenantKey::parse(tenant).and_then(|key| fleet.tenants.get(&key)?.status.as_ref().ok());
    named.iter().filter(|tenant| status(tenant).is_some_and(|status| has(status, name, issue))).cloned().collect()
}

/// Whether a tenant is planned for the release of this name, and has the issue.
fn has(status: &TenantInstanceStatus, name: &str, issue: &str) -> bool {
    let planned = status.upgrade.as_ref().filter(|upgrade| upgrade.started_at.is_none() && upgrade.release == name);
    planned.is_some_and(|upgrade| status.issues.iter().any(|one| one.issue == issue && one.release.as_ref() == Some(&upgrade.to)))
}

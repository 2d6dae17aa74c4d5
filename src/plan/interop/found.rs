//! An issue that was found.

use crate::{
    api::{reason::Reason, tenant::Issue},
    fleet::TenantKey,
    plan::pass::qualified::Qualified,
};

/// Something that people should look at before a tenant goes to a release.
#[derive(Clone, Debug)]
pub struct Found<'f> {
    /// Its word.
    pub reason: Reason,
    /// What it is about: a product, an interface, a risk, an installation.
    pub about: &'f str,
    /// What is wrong, and which side can mend it. It names no other tenant and no customer.
    pub message: String,
    /// It holds the tenant until somebody accepts it. Else it is told only.
    pub holds: bool,
    /// The other tenants that it is about: for people who may read both.
    pub others: Vec<&'f TenantKey>,
}

impl<'f> Found<'f> {
    /// And this one, of the same name.
    pub fn merge(&mut self, other: Found<'f>) {
        self.holds |= other.holds;
        self.message = format!("{}; and {}", self.message, other.message);
        self.others.extend(other.others);
    }

    /// As people spell it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.reason, self.about)
    }

    /// As a status says it, of the upgrade to a release; none: of what the tenant uses now.
    pub fn issue(&self, release: Option<&Qualified>) -> Issue {
        let release = release.map(|release| release.spec.version.clone());
        Issue { release, issue: self.name(), message: self.message.clone() }
    }
}

/// What has one name is accepted as one, so it is told as one: nothing of it is hidden.
pub fn merged(all: Vec<Found>) -> Vec<Found> {
    let mut merged: Vec<Found> = vec![];
    for found in all {
        match merged.iter_mut().find(|one| (one.reason, one.about) == (found.reason, found.about)) {
            Some(one) => one.merge(found),
            None => merged.push(found),
        }
    }
    // Those that hold are in the sixteen that a status has.
    merged.sort_by_key(|found| !found.holds);
    merged
}

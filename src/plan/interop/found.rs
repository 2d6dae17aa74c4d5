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
    /// What it is about: a product, an interface, a risk.
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

    /// As a status says it.
    pub fn issue(&self, release: &Qualified) -> Issue {
        Issue { release: release.spec.version.clone(), issue: self.name(), message: self.message.clone() }
    }
}

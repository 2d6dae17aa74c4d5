//! What a release needs, and a tenant has not got.

use super::{found::Found, provider};
use crate::{
    api::{
        TenantInstanceSpec, Version, VersionReq,
        reason::Reason,
        release::{Requirement, Undeclared},
        tenant::Dependency,
    },
    fleet::TenantKey,
    plan::{
        pass::{Pass, qualified::Qualified},
        software::uses::{Uses, uses},
    },
};

/// Whether a version lies in a range; none: nobody can say which version it is.
pub fn lies_in(range: &VersionReq, version: &str) -> Option<bool> {
    Version::of_software(version).map(|version| range.matches(&version))
}

/// Whether one of these versions does.
pub fn one_lies_in(range: &VersionReq, versions: &[String]) -> bool {
    versions.iter().any(|version| lies_in(range, version) == Some(true))
}

/// What is missing, in the order of `spec.requires`.
pub fn missing<'f, 'a: 'f>(
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
) -> Vec<Found<'f>> {
    let asked = Asked { pass, key, spec, release };
    let requires = release.spec.requires.iter().zip(&release.ranges.requires);
    requires.flat_map(|(requirement, range)| asked.missing(requirement, range)).collect()
}

struct Asked<'f, 'a> {
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
}

impl<'f, 'a: 'f> Asked<'f, 'a> {
    fn missing(&self, requirement: &'f Requirement, range: &VersionReq) -> Vec<Found<'f>> {
        match (&requirement.product, &requirement.interface) {
            (Some(product), _) => self.of_product(product, requirement, range),
            (None, Some(interface)) => self.of_interface(interface, requirement, range),
            (None, None) => vec![],
        }
    }

    fn of_product(&self, product: &'f str, requirement: &'f Requirement, range: &VersionReq) -> Vec<Found<'f>> {
        let known = self.spec.dependencies.iter().filter_map(|dependency| Some((dependency, uses(self.pass, dependency)?)));
        // What nobody knows may be that very product.
        let (mut declared, mut unknown, mut wrong) = (false, false, vec![]);
        for (dependency, uses) in known {
            match uses {
                Err(_) => unknown = true,
                Ok(uses) if uses.product == product => {
                    declared = true;
                    if lies_in(range, uses.version) == Some(false) {
                        let message = self.too_old(requirement, &dependency.name, &uses);
                        wrong.push(found(Reason::IncompatibleDependency, product, message));
                    }
                }
                Ok(_) => {}
            }
        }
        if !declared && !unknown {
            wrong.push(self.undeclared(product, requirement));
        }
        wrong
    }

    fn too_old(&self, requirement: &Requirement, dependency: &str, uses: &Uses) -> String {
        let Uses { product, version, responsibility, .. } = uses;
        format!(
            "{}, and dependency {dependency:?} is {product} {version}: {responsibility} has to replace it first",
            self.needs(requirement)
        )
    }

    /// While the other tenant's upgrade runs, what it runs and what it goes to must both do.
    fn of_interface(&self, interface: &'f str, requirement: &'f Requirement, range: &VersionReq) -> Vec<Found<'f>> {
        let named = |dependency: &&Dependency| dependency.interface.as_deref() == Some(interface);
        let mut named = self.spec.dependencies.iter().filter(named).peekable();
        if named.peek().is_none() {
            return vec![self.undeclared(interface, requirement)];
        }
        named.filter_map(|dependency| self.short(dependency, interface, requirement, range)).collect()
    }

    /// Of one that nobody knows the tenant's own status tells.
    fn short(
        &self,
        dependency: &Dependency,
        interface: &'f str,
        requirement: &'f Requirement,
        range: &VersionReq,
    ) -> Option<Found<'f>> {
        let offered = provider::offered(self.pass, self.key, dependency).ok()?;
        let short = offered.versions.iter().find(|versions| !one_lies_in(range, versions))?;
        let (needs, name, offers) = (self.needs(requirement), &dependency.name, short.join(", "));
        let message =
            format!("{needs}, and what dependency {name:?} names offers {offers}: that one must offer what is needed first");
        Some(Found { others: vec![offered.by], ..found(Reason::IncompatibleDependency, interface, message) })
    }

    fn undeclared(&self, about: &'f str, requirement: &Requirement) -> Found<'f> {
        let message = format!("{}, and the tenant declares nothing of it: add it to spec.dependencies", self.needs(requirement));
        let holds = requirement.undeclared == Undeclared::Hold;
        Found { holds, ..found(Reason::DependencyUndeclared, about, message) }
    }

    fn needs(&self, requirement: &Requirement) -> String {
        format!("release {} needs {} {}", self.release.name, requirement.about(), requirement.versions)
    }
}

fn found(reason: Reason, about: &str, message: String) -> Found<'_> {
    Found { reason, about, message, holds: true, others: vec![] }
}

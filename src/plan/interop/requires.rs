//! What a release needs, and a tenant has not got.

use super::{found::Found, provider};
use crate::{
    api::{
        TenantInstanceSpec, Version, VersionReq,
        reason::Reason,
        release::{Requirement, Undeclared},
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

/// What is missing, in the order of `spec.requires`.
pub fn missing<'f, 'a: 'f>(
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
) -> Vec<Found<'f>> {
    let asked = Asked { pass, key, spec, release };
    let requires = release.spec.requires.iter().zip(&release.ranges.requires);
    requires.filter_map(|(requirement, range)| asked.missing(requirement, range)).collect()
}

struct Asked<'f, 'a> {
    pass: &'f Pass<'a>,
    key: &'f TenantKey,
    spec: &'f TenantInstanceSpec,
    release: &'f Qualified<'a>,
}

impl<'f, 'a: 'f> Asked<'f, 'a> {
    fn missing(&self, requirement: &'f Requirement, range: &VersionReq) -> Option<Found<'f>> {
        match (&requirement.product, &requirement.interface) {
            (Some(product), _) => self.of_product(product, requirement, range),
            (None, Some(interface)) => self.of_interface(interface, requirement, range),
            (None, None) => None,
        }
    }

    fn of_product(&self, product: &'f str, requirement: &'f Requirement, range: &VersionReq) -> Option<Found<'f>> {
        let known = self.spec.dependencies.iter().filter_map(|dependency| Some((dependency, uses(self.pass, dependency)?)));
        // What nobody knows may be that very product.
        let (mut declared, mut unknown) = (false, false);
        for (dependency, uses) in known {
            match uses {
                Err(_) => unknown = true,
                Ok(uses) if uses.product == product => {
                    declared = true;
                    if lies_in(range, uses.version) == Some(false) {
                        return Some(found(
                            Reason::IncompatibleDependency,
                            product,
                            self.too_old(requirement, &dependency.name, &uses),
                        ));
                    }
                }
                Ok(_) => {}
            }
        }
        (!declared && !unknown).then(|| self.undeclared(product, requirement))
    }

    fn too_old(&self, requirement: &Requirement, dependency: &str, uses: &Uses) -> String {
        let Uses { product, version, responsibility } = uses;
        format!(
            "{}, and dependency {dependency:?} is {product} {version}: {responsibility} has to replace it first",
            self.needs(requirement)
        )
    }

    /// While the other tenant's upgrade runs, what it runs and what it goes to must both do.
    fn of_interface(&self, interface: &'f str, requirement: &'f Requirement, range: &VersionReq) -> Option<Found<'f>> {
        let mut declared = false;
        for dependency in self.spec.dependencies.iter().filter(|dependency| dependency.interface.as_deref() == Some(interface)) {
            declared = true;
            // Of one that nobody knows its own status tells.
            let Ok(offered) = provider::offered(self.pass, self.key, dependency) else { continue };
            let Some(short) =
                offered.versions.iter().find(|versions| !versions.iter().any(|one| lies_in(range, one) == Some(true)))
            else {
                continue;
            };
            let message = format!(
                "{}, and what dependency {:?} names offers {}: that one has to be upgraded first",
                self.needs(requirement),
                dependency.name,
                short.join(", ")
            );
            return Some(Found { others: vec![offered.by], ..found(Reason::IncompatibleDependency, interface, message) });
        }
        (!declared).then(|| self.undeclared(interface, requirement))
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

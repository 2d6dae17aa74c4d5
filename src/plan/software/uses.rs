//! What a dependency of a tenant comes to: a shared service of the platform, or a software of its own.

use crate::{
    api::{
        product::PlannedVersion,
        tenant::{Dependency, Responsibility},
    },
    plan::pass::Pass,
};

/// What a dependency comes to.
#[derive(Clone, Copy)]
pub struct Uses<'a> {
    pub product: &'a str,
    pub version: &'a str,
    pub responsibility: Responsibility,
    /// The version that a shared service is to run next.
    pub planned: Option<&'a PlannedVersion>,
}

/// Which version of which product it is; an error: nobody knows, and what mends that. None: it is no software but another tenant.
pub fn uses<'u, 'a: 'u>(pass: &Pass<'a>, dependency: &'u Dependency) -> Option<Result<Uses<'u>, String>> {
    if let Some(name) = &dependency.installation {
        return Some(installed(pass, name));
    }
    let (product, version) = dependency.product.as_deref().zip(dependency.version.as_deref())?;
    Some(Ok(Uses { product, version, responsibility: dependency.responsibility.unwrap_or_default(), planned: None }))
}

fn installed<'a>(pass: &Pass<'a>, name: &str) -> Result<Uses<'a>, String> {
    match pass.runways.installations(pass.fleet).get(name).map(Vec::as_slice) {
        Some([(product, installation)]) => Ok(Uses {
            product,
            version: &installation.version,
            responsibility: installation.responsibility,
            planned: installation.planned.as_ref(),
        }),
        Some([(one, _), (other, _), ..]) => {
            Err(format!("SoftwareProducts {one:?} and {other:?} both have an installation {name:?}; give one another name"))
        }
        _ => Err(format!("no SoftwareProduct has an installation {name:?}; add it to one, or correct the name")),
    }
}

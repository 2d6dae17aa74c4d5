//! The software that a tenant uses, whatever is known of its end (R27).

use std::fmt;

use super::{runs::runs, uses::uses};
use crate::{
    api::{TenantInstanceSpec, Version},
    plan::pass::Pass,
};

/// A version of a product, and what uses it.
pub struct Used<'a> {
    /// None: nobody knows what the shared service is made of.
    pub product: Option<&'a str>,
    /// None: nor in which version it runs.
    pub version: Option<&'a str>,
    /// The shared service that it is, if it is one.
    pub installation: Option<&'a str>,
    pub by: By<'a>,
}

/// What uses it.
pub enum By<'a> {
    /// A dependency of the tenant, by its name.
    Dependency(&'a str),
    /// The images of the version that runs.
    Images(&'a str),
}

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dependency(name) => write!(f, "dependency/{name}"),
            Self::Images(version) => write!(f, "images of {version}"),
        }
    }
}

/// All of it, as far as it is known.
pub fn used<'a>(pass: &Pass<'a>, spec: &'a TenantInstanceSpec, running: Option<&Version>) -> Vec<Used<'a>> {
    let mut all = vec![];
    for dependency in &spec.dependencies {
        let Some(uses) = uses(pass, dependency).map(Result::ok) else { continue };
        all.push(Used {
            product: uses.as_ref().map(|uses| uses.product),
            version: uses.as_ref().map(|uses| uses.version),
            installation: dependency.installation.as_deref(),
            by: By::Dependency(&dependency.name),
        });
    }
    if let Some(release) = running.and_then(|running| runs(pass, &spec.channel, running)).map(|release| release.spec) {
        let contained = release.contains.iter();
        all.extend(contained.map(|one| Used {
            product: Some(&one.product),
            version: Some(&one.version),
            installation: None,
            by: By::Images(&release.version),
        }));
    }
    all
}

//! Package urls, read by the library of their specification.

use std::str::FromStr;

use packageurl::PackageUrl;

use crate::plan::Package;

/// The parts of a package url that say what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub kind: String,
    pub namespace: String,
    pub name: String,
    pub version: Option<String>,
    pub distro: Option<String>,
}

/// None: it is no package url.
pub fn parse(text: &str) -> Option<Url> {
    let url = PackageUrl::from_str(text).ok()?;
    Some(Url {
        kind: url.ty().to_owned(),
        namespace: url.namespace().unwrap_or_default().to_owned(),
        name: url.name().to_owned(),
        version: url.version().map(str::to_owned),
        distro: url.qualifiers().get("distro").map(ToString::to_string),
    })
}

impl Url {
    pub fn package(&self) -> Package<'_> {
        let Self { kind, namespace, name, version, distro } = self;
        Package { kind, namespace, name, version: version.as_deref(), distro: distro.as_deref() }
    }
}

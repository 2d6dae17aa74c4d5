//! Rule R27 for bills of materials: which product a package is, and in which version.
//!
//! A package of a distribution is judged by the distribution: Debian mends its OpenSSL for as long as Debian lives, whatever upstream says. Only a
//! product that names that very package url takes it for itself.

use std::collections::BTreeMap;

use crate::{
    api::product::{Identifier, IdentifierType},
    fleet::Fleet,
};

/// Types of package urls whose packages belong to a distribution.
const OF_DISTRIBUTIONS: [&str; 4] = ["deb", "rpm", "apk", "alpm"];

/// A package as a bill of materials names it, by the parts of its package url.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Package<'p> {
    /// Its type: `deb`, `npm`, `docker`.
    pub kind: &'p str,
    /// Its namespace: the distribution, the organization; empty: none.
    pub namespace: &'p str,
    /// Its name.
    pub name: &'p str,
    /// Its version.
    pub version: Option<&'p str>,
    /// The qualifier `distro`: `debian-12`, as in `/etc/os-release` the `ID` and the `VERSION_ID`.
    pub distro: Option<&'p str>,
}

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identified<'a> {
    /// This version of this product.
    As(&'a str, &'a str),
    /// It belongs to a distribution of which there is no product, or of which the package does not say the version.
    Distribution,
    /// A product names it, and it has no version.
    Unversioned(&'a str),
    /// Two products name it.
    Twice(&'a str, &'a str),
    /// No product names it.
    Unknown,
}

/// What products say that they are.
#[derive(Debug, Default)]
pub struct Catalogue<'a> {
    /// By type, namespace and name.
    urls: BTreeMap<(String, String, String), Vec<&'a str>>,
    /// By the `ID` of `/etc/os-release`.
    distributions: BTreeMap<&'a str, Vec<&'a str>>,
}

impl<'a> Catalogue<'a> {
    /// Of every product that makes sense. `parse` reads a package url; what it cannot read names nothing.
    pub fn of(fleet: &'a Fleet, parse: impl Fn(&str) -> Option<(String, String, String)>) -> Self {
        let mut catalogue = Self::default();
        for (product, known) in &fleet.products {
            for Identifier { kind, id } in known.spec.iter().flat_map(|spec| &spec.identifiers) {
                match kind {
                    IdentifierType::Purl => {
                        let Some(url) = parse(id) else { continue };
                        catalogue.urls.entry(url).or_default().push(product);
                    }
                    IdentifierType::OsRelease => catalogue.distributions.entry(id).or_default().push(product),
                }
            }
        }
        catalogue
    }

    /// Which product a package is.
    pub fn identify(&self, package: &Package<'a>) -> Identified<'_> {
        let Package { kind, namespace, name, version, distro } = *package;
        let url = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        match self.urls.get(&url).map(Vec::as_slice) {
            Some([product]) => {
                version.map_or(Identified::Unversioned(product), |version| Identified::As(product, plain(version)))
            }
            Some([one, other, ..]) => Identified::Twice(one, other),
            _ if OF_DISTRIBUTIONS.contains(&kind) => {
                distro.map_or(Identified::Distribution, |distro| self.of_distribution(namespace, distro))
            }
            _ => Identified::Unknown,
        }
    }

    /// Some tools write the version alone: the namespace is the `ID` then.
    fn of_distribution(&self, namespace: &str, distro: &'a str) -> Identified<'_> {
        if distro.starts_with(|c: char| c.is_ascii_digit()) {
            self.version_of(namespace, distro)
        } else {
            self.distribution(distro)
        }
    }

    /// Which product a distribution is, named like `debian-12` or `opensuse-leap-15.6`.
    pub fn distribution(&self, distro: &'a str) -> Identified<'_> {
        let Some((id, version)) = distro.rsplit_once('-') else { return Identified::Distribution };
        self.version_of(id, version)
    }

    fn version_of(&self, id: &str, version: &'a str) -> Identified<'_> {
        if !version.starts_with(|c: char| c.is_ascii_digit()) {
            return Identified::Distribution;
        }
        match self.distributions.get(id).map(Vec::as_slice) {
            Some([product]) => Identified::As(product, version),
            Some([one, other, ..]) => Identified::Twice(one, other),
            _ => Identified::Distribution,
        }
    }
}

/// Tags are written with a `v`, and mean the version without it.
fn plain(version: &str) -> &str {
    let bare = version.strip_prefix('v').unwrap_or(version);
    if bare.starts_with(|c: char| c.is_ascii_digit()) { bare } else { version }
}

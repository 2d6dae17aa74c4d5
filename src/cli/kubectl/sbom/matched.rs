//! What the packages of bills come to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{bill::Listed, url};
use crate::{
    api::release::Contained,
    plan::{Catalogue, Identified},
};

/// Versions and names that a release can say: as the definition of `contains` has it.
fn fits(version: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || ".+~:_-".contains(c);
    version.len() <= 64 && version.starts_with(|c: char| c.is_ascii_alphanumeric()) && version.chars().all(legal)
}

/// What was found.
#[derive(Default)]
pub struct Matched {
    components: usize,
    known: BTreeSet<(String, String)>,
    of_products: usize,
    /// By reason: how often, and which.
    unknown: BTreeMap<&'static str, (usize, BTreeSet<String>)>,
}

/// What could not be matched, and why.
#[derive(Serialize)]
pub struct Unmatched {
    why: &'static str,
    components: Vec<String>,
}

impl Matched {
    /// Takes in what a bill lists.
    pub fn note(&mut self, catalogue: &Catalogue, listed: Listed) {
        self.components += 1;
        match listed {
            Listed::Nameless(name) => self.miss("it has no package url", name),
            Listed::System(distro) => self.take(&distro, catalogue.distribution(&distro)),
            Listed::Package(text) => match url::parse(text) {
                None => self.miss("its package url cannot be read", text),
                Some(url) => self.take(text, catalogue.identify(&url.package())),
            },
        }
    }

    fn take(&mut self, name: &str, found: Identified) {
        let why = match found {
            Identified::As(product, version) if fits(version) => {
                self.of_products += 1;
                self.known.insert((product.to_owned(), version.to_owned()));
                return;
            }
            Identified::As(..) => "its version cannot be written down",
            Identified::Distribution => "no product is its distribution in that version",
            Identified::Unversioned(_) => "it has no version",
            Identified::Twice(..) => "two products name it",
            Identified::Unknown => "no product names it",
        };
        self.miss(why, name);
    }

    fn miss(&mut self, why: &'static str, name: &str) {
        let (n, names) = self.unknown.entry(why).or_default();
        *n += 1;
        names.insert(name.to_owned());
    }

    /// Whether a bill listed anything at all.
    pub fn is_empty(&self) -> bool {
        self.components == 0
    }

    /// What the release is to say.
    pub fn contained(&self) -> Vec<Contained> {
        let one = |(product, version): &(String, String)| Contained { product: product.clone(), version: version.clone() };
        self.known.iter().map(one).collect()
    }

    /// What could not be matched.
    pub fn unknown(&self) -> Vec<Unmatched> {
        let one = |(why, (_, all)): (&&'static str, &(usize, BTreeSet<String>))| Unmatched {
            why,
            components: all.iter().cloned().collect(),
        };
        self.unknown.iter().map(one).collect()
    }

    /// `412 components: 403 are of products; not matched are 7 (no product names it), 2 (it has no package url)`.
    pub fn summary(&self) -> String {
        let (all, matched) = (self.components, self.of_products);
        let missed: Vec<_> = self.unknown.iter().map(|(why, (n, _))| format!("{n} ({why})")).collect();
        let missed =
            if missed.is_empty() { "all are matched".to_owned() } else { format!("not matched are {}", missed.join(", ")) };
        format!("{all} components: {matched} are of products; {missed}. -o json lists what is not.")
    }
}

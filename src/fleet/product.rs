//! What is known of a software product.

use std::collections::BTreeMap;

use super::{Meta, Parsed};
use crate::api::{
    SoftwareProductSpec, SoftwareProductStatus,
    product::{Cycle, Installation},
};

/// A product as last seen.
#[derive(Clone, Debug)]
pub struct Product {
    /// Its identity.
    pub meta: Meta,
    /// Its spec, or why it does not parse.
    pub spec: Parsed<SoftwareProductSpec>,
    /// Its status as last written.
    pub status: Parsed<SoftwareProductStatus>,
    /// Where each cycle stands in the spec, by its name.
    cycles: BTreeMap<String, usize>,
}

impl Product {
    /// The facts of an object that was read.
    pub fn new(meta: Meta, spec: Parsed<SoftwareProductSpec>, status: Parsed<SoftwareProductStatus>) -> Self {
        let releases = spec.iter().flat_map(|spec| &spec.releases);
        let cycles = releases.enumerate().map(|(at, cycle)| (cycle.name.clone(), at)).collect();
        Self { meta, spec, status, cycles }
    }

    /// The cycle of a version: the one whose name is its longest prefix that ends at a dot, or all of it (R27).
    pub fn cycle(&self, version: &str) -> Option<&Cycle> {
        let mut prefixes = std::iter::successors(Some(version), |longer| longer.rsplit_once('.').map(|(shorter, _)| shorter));
        let at = prefixes.find_map(|prefix| self.cycles.get(prefix))?;
        self.spec.as_ref().ok()?.releases.get(*at)
    }

    /// Where it runs for several tenants.
    pub fn installations(&self) -> impl Iterator<Item = &Installation> {
        self.spec.iter().flat_map(|spec| &spec.installations)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_version_belongs_to_the_longest_name_that_ends_at_one_of_its_dots() {
        let meta = Meta { uid: "u".into(), resource_version: "1".into(), generation: 1, created_at: Timestamp::UNIX_EPOCH };
        let releases = json!([{"name": "1"}, {"name": "1.2"}, {"name": "15"}, {"name": "22.04"}]);
        let spec = serde_json::from_value(json!({"releases": releases})).map_err(|e| e.to_string());
        let product = Product::new(meta, spec, Ok(SoftwareProductStatus::default()));
        let cycle = |version: &str| product.cycle(version).map(|cycle| cycle.name.clone());
        for (version, name) in [("1.2.3", "1.2"), ("1.2", "1.2"), ("1.20", "1"), ("15.4-1.pgdg120", "15"), ("22.04.3", "22.04")] {
            assert_eq!(cycle(version).as_deref(), Some(name), "{version}");
        }
        for version in ["150", "22", "2.1", "", "."] {
            assert_eq!(cycle(version), None, "{version}");
        }
    }
}

//! What is known of a software product.

use std::{collections::BTreeMap, sync::Arc};

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
    /// The cycles that count, by their names.
    cycles: Arc<BTreeMap<String, Cycle>>,
}

impl Product {
    /// The facts of an object that was read.
    pub fn new(meta: Meta, spec: Parsed<SoftwareProductSpec>, status: Parsed<SoftwareProductStatus>) -> Self {
        let cycles = effective(&spec, &status).into_iter().map(|cycle| (cycle.name.clone(), cycle.clone())).collect();
        Self { meta, spec, status, cycles: Arc::new(cycles) }
    }

    /// The cycles that count, by their names: those of the spec, or those that its source told (R27).
    pub fn cycles(&self) -> &Arc<BTreeMap<String, Cycle>> {
        &self.cycles
    }

    /// The cycle of a version: the one whose name is its longest prefix that ends at a dot, or all of it (R27).
    pub fn cycle(&self, version: &str) -> Option<&Cycle> {
        let mut prefixes = std::iter::successors(Some(version), |longer| longer.rsplit_once('.').map(|(shorter, _)| shorter));
        prefixes.find_map(|prefix| self.cycles.get(prefix))
    }

    /// Where it runs for several tenants.
    pub fn installations(&self) -> impl Iterator<Item = &Installation> {
        self.spec.iter().flat_map(|spec| &spec.installations)
    }
}

/// What another source said than that of the spec counts for nothing.
fn effective<'p>(spec: &'p Parsed<SoftwareProductSpec>, status: &'p Parsed<SoftwareProductStatus>) -> Vec<&'p Cycle> {
    let Ok(spec) = spec else { return vec![] };
    let Some(source) = &spec.source else { return spec.releases.iter().collect() };
    let told = status.as_ref().ok().and_then(|status| status.source.as_ref()).filter(|told| told.url == source.url);
    told.iter().flat_map(|told| &told.releases).map(|known| &known.cycle).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn meta() -> Meta {
        Meta { uid: "u".into(), resource_version: "1".into(), generation: 1, created_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_version_belongs_to_the_longest_name_that_ends_at_one_of_its_dots() {
        let releases = json!([{"name": "1"}, {"name": "1.2"}, {"name": "15"}, {"name": "22.04"}]);
        let spec = serde_json::from_value(json!({"releases": releases})).map_err(|e| e.to_string());
        let product = Product::new(meta(), spec, Ok(SoftwareProductStatus::default()));
        let cycle = |version: &str| product.cycle(version).map(|cycle| cycle.name.clone());
        for (version, name) in [("1.2.3", "1.2"), ("1.2", "1.2"), ("1.20", "1"), ("15.4-1.pgdg120", "15"), ("22.04.3", "22.04")] {
            assert_eq!(cycle(version).as_deref(), Some(name), "{version}");
        }
        for version in ["150", "22", "2.1", "", "."] {
            assert_eq!(cycle(version), None, "{version}");
        }
    }

    #[test]
    fn what_a_source_said_counts_as_long_as_it_is_the_same_source() {
        let told = json!({"source": {"url": "https://eol.example/pg", "fetchedAt": "2026-12-01T00:00:00Z", "releases": [{"name": "15", "latest": "15.14"}]}});
        let known = |spec: Value| {
            let (spec, status) = (serde_json::from_value(spec).unwrap(), serde_json::from_value(told.clone()).unwrap());
            Product::new(meta(), Ok(spec), Ok(status)).cycle("15.4").is_some()
        };
        assert!(known(json!({"source": {"url": "https://eol.example/pg"}})));
        assert!(!known(json!({"source": {"url": "https://eol.example/postgresql"}})));
        assert!(!known(json!({"releases": [{"name": "17"}]})), "what is written by hand is all that there is");
    }
}

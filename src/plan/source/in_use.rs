//! Which versions of software are in use: whoever installed them, contains them or depends on them.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::fleet::{Fleet, Product};

/// All of them, by product. They are gathered once a pass, and only where an answer asks for it.
#[derive(Default)]
pub struct InUse<'a>(OnceCell<BTreeMap<&'a str, BTreeSet<&'a str>>>);

impl<'a> InUse<'a> {
    /// The cycles of a product that something uses, by their names.
    pub fn cycles<'p>(&self, fleet: &'a Fleet, name: &str, product: &'p Product) -> BTreeSet<&'p str> {
        let versions = self.0.get_or_init(|| gather(fleet)).get(name);
        let cycles = versions.into_iter().flatten().filter_map(|version| product.cycle(version));
        cycles.map(|cycle| cycle.name.as_str()).collect()
    }
}

fn gather<'a>(fleet: &'a Fleet) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut all: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut note = |product: &'a str, version: &'a str| _ = all.entry(product).or_default().insert(version);
    for (name, product) in &fleet.products {
        product.installations().for_each(|one| note(name, &one.version));
    }
    for release in fleet.releases.values().filter_map(|release| release.spec.as_ref().ok()) {
        release.contains.iter().for_each(|one| note(&one.product, &one.version));
    }
    for tenant in fleet.tenants.values().filter_map(|tenant| tenant.spec.as_ref().ok()) {
        let named = tenant.dependencies.iter().filter_map(|one| one.product.as_deref().zip(one.version.as_deref()));
        named.for_each(|(product, version)| note(product, version));
    }
    all
}

//! Which tenants use interfaces of which (R31). What one runs decides whether the other may start, so its turn depends on that one's facts too.

use super::links::Links;
use crate::{
    api::tenant::Dependency,
    fleet::{Tenant, TenantKey},
};

/// The tenant that a dependency names.
pub fn named(dependency: &Dependency) -> Option<TenantKey> {
    TenantKey::parse(dependency.tenant.as_deref()?)
}

/// Who uses whom, both ways. Most tenants are in neither.
#[derive(Clone, Debug, Default)]
pub struct Neighbours(Links<TenantKey, TenantKey>);

impl Neighbours {
    /// A tenant names these now; none: it is gone, or does not parse.
    pub fn note(&mut self, key: &TenantKey, tenant: Option<&Tenant>) {
        let spec = tenant.and_then(|tenant| tenant.spec.as_ref().ok());
        let named = spec.iter().flat_map(|spec| &spec.dependencies).filter_map(named);
        self.0.set(key, named.filter(|provider| provider != key).collect());
    }

    /// Who uses an interface of this tenant.
    pub fn consumers(&self, key: &TenantKey) -> impl Iterator<Item = &TenantKey> {
        self.0.by(key)
    }

    /// Those, and whose interfaces it uses itself.
    pub fn of(&self, key: &TenantKey) -> impl Iterator<Item = &TenantKey> {
        self.0.named(key).chain(self.0.by(key))
    }

    /// Nobody uses anybody.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{api::TenantInstanceStatus, fleet::Meta};

    fn tenant(uses: &[&str]) -> Tenant {
        let one = |(i, tenant): (usize, &&str)| json!({"name": format!("d{i}"), "tenant": tenant, "interface": "api"});
        let dependencies: Vec<_> = uses.iter().enumerate().map(one).collect();
        let spec =
            json!({"customer": {"displayName": "c"}, "windowRef": {"name": "w"}, "workloads": [], "dependencies": dependencies});
        Tenant {
            meta: Meta { uid: "u".into(), resource_version: "1".into(), generation: 1, created_at: jiff::Timestamp::UNIX_EPOCH },
            spec: Ok(serde_json::from_value(spec).unwrap()),
            status: Ok(TenantInstanceStatus::default()),
            opt_out: None,
            opt_out_reason: None,
            opt_in: None,
            retry: None,
            trial: None,
        }
    }

    fn key(name: &str) -> TenantKey {
        TenantKey::new(name, name)
    }

    fn of(neighbours: &Neighbours, name: &str) -> Vec<String> {
        neighbours.of(&key(name)).map(|key| key.name.clone()).collect()
    }

    #[test]
    fn who_uses_whom_is_known_both_ways_and_follows_each_edit() {
        let mut neighbours = Neighbours::default();
        neighbours.note(&key("a"), Some(&tenant(&["hub/hub", "b/b"])));
        neighbours.note(&key("c"), Some(&tenant(&["hub/hub", "hub/hub"])));
        assert_eq!(
            (of(&neighbours, "a"), of(&neighbours, "hub")),
            (vec!["b".into(), "hub".into()], vec!["a".into(), "c".into()])
        );
        neighbours.note(&key("a"), Some(&tenant(&["b/b"])));
        assert_eq!((of(&neighbours, "hub"), of(&neighbours, "b")), (vec!["c".into()], vec!["a".into()]));
        neighbours.note(&key("a"), None);
        neighbours.note(&key("c"), Some(&tenant(&[])));
        assert_eq!(neighbours.0, Links::default(), "nothing is left on either side");
    }

    #[test]
    fn a_tenant_that_names_itself_is_no_neighbour() {
        let mut neighbours = Neighbours::default();
        neighbours.note(&key("a"), Some(&tenant(&["a/a"])));
        assert!(neighbours.is_empty());
    }
}

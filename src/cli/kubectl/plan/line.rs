//! A tenant as a line of a plan, and as an item of `-o json`.

use serde::Serialize;

use crate::{
    api::{
        shared::Shared,
        tenant::{Blocker, Slot},
    },
    cli::kubectl::{output, tenants},
    fleet::{Fleet, Tenant, TenantKey},
};

/// Where a tenant stands in a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it runs.
    pub from: Option<String>,
    /// Where it goes.
    pub to: Option<String>,
    /// Its route, where that has more than one hop.
    pub route: Vec<String>,
    /// Its announced slot.
    pub slot: Option<Slot>,
    /// When a slot is expected, in the window's time.
    pub expected: Option<String>,
    /// What holds it.
    pub blockers: Shared<Blocker>,
    #[serde(skip)]
    date: String,
}

impl Line {
    /// The line of a tenant.
    pub fn of(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> Self {
        let line = tenants::Line::of(fleet, key, tenant);
        Self {
            date: line.date(),
            slot: line.slot().cloned(),
            to: line.target().map(str::to_owned),
            route: line.upgrade.as_ref().map(|upgrade| upgrade.route.clone()).unwrap_or_default(),
            namespace: line.namespace,
            name: line.name,
            from: line.version,
            expected: line.expected,
            blockers: line.blockers,
        }
    }

    /// `namespace/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
    /// The slot, or with a tilde when one is expected.
    pub fn date(&self) -> &str {
        &self.date
    }
}

/// A blocker in one line.
pub fn blocker(blocker: &Blocker) -> String {
    format!("{}: {}", blocker.reason, blocker.message)
}

impl output::Row for Line {
    const KIND: &'static str = "TenantPlan";
    const OBJECT: &'static str = "TenantInstance";
    const COLUMNS: &'static [&'static str] = &["TENANT", "FROM", "TO", "SLOT", "BLOCKER"];
    const MORE: &'static [&'static str] = &["ROUTE", "OTHER BLOCKERS"];
    const CUT: &'static [&'static str] = &["BLOCKER"];

    fn name(&self) -> &str {
        &self.name
    }
    fn cells(&self) -> Vec<String> {
        vec![
            self.full_name(),
            self.from.clone().unwrap_or_default(),
            self.to.clone().unwrap_or_default(),
            self.date.clone(),
            self.blockers.first().map(blocker).unwrap_or_default(),
        ]
    }
    fn more(&self) -> Vec<String> {
        let others: Vec<_> = self.blockers.iter().skip(1).map(blocker).collect();
        vec![self.route.join(", "), others.join("; ")]
    }
}

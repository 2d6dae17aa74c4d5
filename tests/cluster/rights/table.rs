//! What stands in `table.yaml`. Used twice: `mod.rs` plays it, `tests/shape/rights.rs` writes it into `docs/security.md`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub who: Vec<Who>,
    pub objects: Vec<Value>,
    pub statuses: Vec<Value>,
    pub job: Value,
    pub people: Vec<Group<Act>>,
    pub operator: Vec<Group<Row>>,
    pub recommended: Recommended,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group<T> {
    pub about: String,
    pub rows: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    pub name: String,
    pub is: String,
    pub user: String,
    #[serde(default)]
    pub groups: Vec<String>,
}

/// Something that everybody tries.
#[derive(Deserialize)]
pub struct Act {
    pub what: String,
    #[serde(default = "Way::all")]
    pub how: Vec<Way>,
    #[serde(default)]
    pub allowed: BTreeSet<String>,
    #[serde(default)]
    pub denied: BTreeMap<String, BTreeSet<String>>,
    /// `to`, `subresource` and `change`, or one of the words for everything else.
    #[serde(flatten)]
    pub ask: Map<String, Value>,
}

/// How a change of an object comes to the API server.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    Apply,
    Patch,
    Edit,
    #[serde(rename = "server-side apply")]
    ServerSideApply,
    Replace,
}

/// Something that is tried with the operator's token.
#[derive(Deserialize)]
pub struct Row {
    pub what: String,
    #[serde(default)]
    pub allowed: bool,
    pub denied: Option<String>,
    #[serde(default)]
    pub says: String,
    pub rights: Option<Rights>,
    #[serde(default)]
    pub token: Token,
    /// One word of `mod.rs`, and what it takes.
    #[serde(flatten)]
    pub ask: Map<String, Value>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Rights {
    /// With every right that RBAC can give.
    All,
}

/// What the operator's token is bound to.
#[derive(Deserialize, Clone, Copy, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Token {
    /// The pod that holds the Lease.
    #[default]
    Leader,
    /// Another pod.
    Standby,
    /// Nothing.
    Podless,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommended {
    pub values: Vec<String>,
    pub rows: Vec<Row>,
}

/// Who or what refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Rbac,
    Schema,
    Policy(String),
}

// === impl Table ===

impl Table {
    pub fn read() -> Self {
        serde_saphyr::from_str(include_str!("table.yaml")).expect("tests/cluster/rights/table.yaml")
    }
}

// === impl Act ===

impl Act {
    pub fn expected(&self, who: &str) -> Verdict {
        let policy = self.denied.iter().find(|(_, stopped)| stopped.contains(who));
        match policy {
            _ if self.allowed.contains(who) => Verdict::Allowed,
            Some((policy, _)) => Verdict::Policy(policy.clone()),
            None => Verdict::Rbac,
        }
    }

    pub fn is_change(&self) -> bool {
        self.ask.contains_key("change")
    }
}

// === impl Way ===

impl Way {
    pub const ALL: [Self; 5] = [Self::Apply, Self::Patch, Self::Edit, Self::ServerSideApply, Self::Replace];

    fn all() -> Vec<Self> {
        Self::ALL.to_vec()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Patch => "patch",
            Self::Edit => "edit",
            Self::ServerSideApply => "server-side apply",
            Self::Replace => "replace",
        }
    }
}

// === impl Row ===

impl Row {
    pub fn expected(&self) -> Verdict {
        match self.denied.as_deref() {
            None => Verdict::Allowed,
            Some("rbac") => Verdict::Rbac,
            Some("schema") => Verdict::Schema,
            Some(policy) => Verdict::Policy(policy.to_owned()),
        }
    }
}

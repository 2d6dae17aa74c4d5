//! An object as JSON. Its parts are shared between versions: most writes change one of them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;

use super::read::{list, text};

/// The kinds that are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Release,
    Window,
    Tenant,
    Workload,
}

/// Parts of a status by their names.
pub type Parts = BTreeMap<String, Arc<Value>>;

/// An object of an API server.
#[derive(Clone, Debug)]
pub struct Object {
    pub kind: Kind,
    /// `namespace/name`, or the name of what has no namespace.
    pub name: String,
    pub uid: String,
    pub generation: i64,
    pub created_at: Timestamp,
    /// Labels, annotations and all else that nobody counts for it.
    pub metadata: Arc<Value>,
    pub spec: Arc<Value>,
    pub status: Parts,
}

impl Object {
    /// A part of its status.
    pub fn status(&self, part: &str) -> &Value {
        self.status.get(part).map_or(&Value::Null, |value| value)
    }
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.metadata["annotations"][key].as_str()
    }
    /// The namespace that it lies in.
    pub fn namespace(&self) -> &str {
        self.name.split_once('/').map_or("", |(namespace, _)| namespace)
    }
    /// A tenant's upgrade, once it has started.
    pub fn started(&self) -> Option<&Value> {
        Some(self.status("upgrade")).filter(|up| self.kind == Kind::Tenant && up["startedAt"].is_string())
    }
    /// A tenant's slot.
    pub fn slot(&self) -> Option<&Value> {
        Some(&self.status("upgrade")["slot"]).filter(|slot| self.kind == Kind::Tenant && slot.is_object())
    }
    /// Whether this tenant names that workload.
    pub fn names(&self, workload: &Self) -> bool {
        let name = workload.name.split_once('/').map_or("", |(_, name)| name);
        let named = || list(&self.spec["workloads"]).iter().any(|one| text(&one["name"]) == name);
        self.kind == Kind::Tenant && self.namespace() == workload.namespace() && named()
    }
    /// Container to image, init containers included.
    pub fn images(&self) -> BTreeMap<&str, &str> {
        let pod = &self.spec["template"]["spec"];
        let containers = list(&pod["containers"]).iter().chain(list(&pod["initContainers"]));
        containers.map(|c| (text(&c["name"]), text(&c["image"]))).collect()
    }
    /// The id of the upgrade that the operator's annotation on a workload names.
    pub fn intent(&self) -> String {
        text(&self.note()["id"]).to_owned()
    }
    /// Whether that annotation says that the images are those from before the upgrade.
    pub fn is_rollback(&self) -> bool {
        self.note()["rollback"] == true
    }
    fn note(&self) -> Value {
        serde_json::from_str(self.annotation("uplift.dev/intent").unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.name)
    }
}

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
    Product,
    Tenant,
    Trial,
    Workload,
    /// A CronJob that Jobs are made from.
    Template,
    Job,
}

/// Parts of a status by their names.
pub type Parts = BTreeMap<String, Arc<Value>>;

/// An object of an API server.
#[derive(Clone, Debug)]
pub struct Object {
    pub kind: Kind,
    /// `namespace/name`, of a workload `namespace/kind/name`, or the name of what has no namespace.
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
    /// Whether this tenant, or this trial, names that workload.
    pub fn names(&self, workload: &Self) -> bool {
        matches!(self.kind, Kind::Tenant | Kind::Trial) && self.workloads().any(|name| name == workload.name)
    }
    /// The workloads that this tenant names.
    pub fn workloads(&self) -> impl Iterator<Item = String> {
        list(&self.spec["workloads"]).iter().map(|one| workload_name(self.namespace(), text(&one["kind"]), text(&one["name"])))
    }
    /// Of a workload: whether its controller replaces no pods, or not all, when its template changes.
    pub fn keeps_old_pods(&self) -> bool {
        let strategy = &self.spec["updateStrategy"];
        strategy["type"] == "OnDelete" || strategy["rollingUpdate"]["partition"].as_i64() > Some(0)
    }
    /// Of a workload: its kind.
    pub fn workload_kind(&self) -> &str {
        self.name.split('/').nth(1).unwrap_or_default()
    }
    /// Container to image, init containers included.
    pub fn images(&self) -> BTreeMap<&str, &str> {
        let pod = &self.spec["template"]["spec"];
        let containers = list(&pod["containers"]).iter().chain(list(&pod["initContainers"]));
        containers.map(|c| (text(&c["name"]), text(&c["image"]))).collect()
    }
    /// Of a Job of the operator: whose it is, which step, and which try of it.
    pub fn run(&self) -> (&str, &str, u64) {
        let labels = &self.metadata["labels"];
        let env = list(&self.spec["template"]["spec"]["containers"][0]["env"]);
        let attempt = env
            .iter()
            .find(|variable| variable["name"] == "UPLIFT_ATTEMPT")
            .and_then(|variable| text(&variable["value"]).parse().ok());
        (text(&labels["uplift.dev/id"]), text(&labels["uplift.dev/step"]), attempt.unwrap_or_default())
    }
    /// Whether this Job succeeded.
    pub fn completed(&self) -> bool {
        self.says("Complete")
    }
    /// Whether this Job is over.
    pub fn ended(&self) -> bool {
        self.says("Complete") || self.says("Failed")
    }
    fn says(&self, condition: &str) -> bool {
        list(self.status("conditions")).iter().any(|c| c["type"] == condition && c["status"] == "True")
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

/// How a workload is called here: two of different kinds may have one name.
pub fn workload_name(namespace: &str, kind: &str, name: &str) -> String {
    format!("{namespace}/{kind}/{name}")
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.name)
    }
}

//! The node as the API server sees it.

use anyhow::{Context, Result};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node as NodeObject;
use k8s_openapi::api::storage::v1::StorageClass;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use uplift::clock::{Clock, RealClock};

use super::place::Place;
use super::{CLASS, KEY, LOOPBACK, NAME};

/// Who this is in managedFields.
const MANAGER: &str = "process-node";

/// The node: its client and its place.
#[derive(Clone)]
pub struct Node {
    pub client: Client,
    pub place: Place,
}

impl Node {
    /// Writes the Node and the class of its claims.
    ///
    /// No lease and no heartbeat: no control plane of the testbed has a node life-cycle controller that would read them.
    pub async fn register(&self) -> Result<()> {
        let (force, nodes) = (PatchParams::apply(MANAGER).force(), Api::<NodeObject>::all(self.client.clone()));
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": NAME, "labels": {KEY: "true", "kubernetes.io/hostname": NAME}},
            "spec": {"taints": [{"key": KEY, "effect": "NoSchedule"}]},
        });
        nodes.patch(NAME, &force, &Patch::Apply(&node)).await.context("writing the Node")?;
        let class = json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": CLASS}, "provisioner": KEY, "volumeBindingMode": "Immediate", "reclaimPolicy": "Retain",
        });
        let classes = Api::<StorageClass>::all(self.client.clone());
        classes.patch(CLASS, &force, &Patch::Apply(&class)).await.context("writing the StorageClass")?;
        let room = json!({"cpu": "1000", "memory": "4Ti", "pods": "1000"});
        let status = json!({
            "apiVersion": "v1", "kind": "Node",
            "status": {
                "capacity": room, "allocatable": room,
                "addresses": [{"type": "InternalIP", "address": LOOPBACK}, {"type": "Hostname", "address": NAME}],
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "ProcessNodeReady", "message": "process-node takes pods",
                    "lastHeartbeatTime": now(), "lastTransitionTime": now(),
                }],
            },
        });
        nodes.patch_status(NAME, &force, &Patch::Apply(&status)).await.context("writing the Node's status")?;
        Ok(())
    }
}

/// The machine's time, to the second, as the API server keeps it.
pub fn now() -> Timestamp {
    let now = RealClock.now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

//! A process-node beside a control plane, for tests.

use std::path::Path;

use anyhow::Result;
use k8s_openapi::api::core::v1::Node;
use kube::Api;

use super::NAME;
use super::place::Place;
use crate::control_plane::ControlPlane;

/// The supervisor's name for it.
const PROCESS: &str = "process-node";

impl ControlPlane {
    /// Starts the node, and returns when it takes pods. It ends with the control plane. `program` is its binary: cargo builds it for
    /// tests of this package only (`env!("CARGO_BIN_EXE_process-node")`).
    pub async fn start_process_node(&self, program: &Path) -> Result<Place> {
        let folder = self.dir().join(PROCESS);
        let kubeconfig = self.user("testbed:process-node", "system:masters").await?.kubeconfig;
        let arguments = [program, Path::new("--kubeconfig"), &kubeconfig, Path::new("--folder"), &folder];
        self.start_process(PROCESS, &arguments)?;
        let nodes = Api::<Node>::all(self.admin().await?.client().await?);
        let ready = async || Ok(nodes.get(NAME).await?.status.is_some_and(|status| status.conditions.is_some()));
        self.until_ready(PROCESS, ready).await?;
        Ok(Place::new(&folder))
    }

    /// Kills it, as a power cut does: SIGKILL. What it ran is gone a moment after it.
    pub async fn kill_process_node(&self) -> Result<()> {
        self.kill_process(PROCESS).await
    }
}

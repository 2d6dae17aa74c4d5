//! A process-node beside a control plane, for tests.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::Node;
use kube::Api;

use super::NAME;
use crate::control_plane::{ControlPlane, eventually};

/// The supervisor's name for it.
const PROCESS: &str = "process-node";
/// It tries a container before it takes pods.
const READY: Duration = Duration::from_secs(30);

/// Where a process-node keeps what.
pub struct ProcessNode {
    folder: PathBuf,
}

impl ProcessNode {
    /// The folder that is a claim of the node's class.
    pub fn claim(&self, namespace: &str, name: &str) -> PathBuf {
        self.folder.join("claims").join(namespace).join(name)
    }

    /// What a container printed.
    pub fn log(&self, namespace: &str, pod: &str, container: &str) -> PathBuf {
        self.folder.join("logs").join(namespace).join(pod).join(container)
    }
}

impl ControlPlane {
    /// Starts the node, and returns when it takes pods. It ends with the control plane. `program` is its binary: cargo builds it for
    /// tests of this package only (`env!("CARGO_BIN_EXE_process-node")`).
    pub async fn start_process_node(&self, program: &Path) -> Result<ProcessNode> {
        let folder = self.dir().join(PROCESS);
        let kubeconfig = self.user("testbed:process-node", "system:masters").await?.kubeconfig;
        let arguments = [program, Path::new("--kubeconfig"), &kubeconfig, Path::new("--folder"), &folder];
        self.start_process(PROCESS, &arguments)?;
        let nodes = Api::<Node>::all(self.admin().await?.client().await?);
        eventually(READY, "process-node is ready", async || {
            Ok(nodes.get(NAME).await?.status.and_then(|status| status.conditions))
        })
        .await
        .with_context(|| self.log_end(PROCESS))?;
        Ok(ProcessNode { folder })
    }

    /// Kills it, as a power cut does: SIGKILL, and nothing that it ran is left when this returns.
    pub async fn kill_process_node(&self) -> Result<()> {
        self.kill_process(PROCESS).await
    }
}

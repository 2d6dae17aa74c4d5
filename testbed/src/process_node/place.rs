//! Where the node keeps what.

use std::path::{Path, PathBuf};

/// The node's folder.
#[derive(Clone)]
pub struct Place(PathBuf);

impl Place {
    pub(super) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The folder that is a claim of the node's class.
    pub fn claim(&self, namespace: &str, name: &str) -> PathBuf {
        self.0.join("claims").join(namespace).join(name)
    }

    /// What a container printed. It outlives the pod.
    pub fn log(&self, namespace: &str, pod: &str, container: &str) -> PathBuf {
        self.0.join("logs").join(namespace).join(pod).join(container)
    }

    /// What a pod has only while it lives.
    pub(super) fn pod(&self, uid: &str) -> PathBuf {
        self.0.join("pods").join(uid)
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }
}

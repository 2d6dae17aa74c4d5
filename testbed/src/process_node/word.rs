//! What the node tells the API server of one pod.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Client, Error, ResourceExt};
use serde_json::json;
use tokio::time::sleep;

use super::status::Story;

/// How long to wait before something is tried again that the API server or people must mend.
pub const AGAIN: Duration = Duration::from_millis(500);

/// The pod by name and UID: one of the same name that came later is left alone.
pub struct Word {
    pods: Api<Pod>,
    name: String,
    uid: Option<String>,
}

impl Word {
    pub fn new(client: Client, pod: &Pod) -> Self {
        Self { pods: Api::namespaced(client, &pod.namespace().unwrap_or_default()), name: pod.name_any(), uid: pod.uid() }
    }

    /// Writes the status, however long the API server is away.
    pub async fn tell(&self, story: &Story) {
        let patch = json!({"metadata": {"uid": self.uid}, "status": story.status()});
        while let Err(error) = self.pods.patch_status(&self.name, &PatchParams::default(), &Patch::Strategic(&patch)).await {
            if self.is_final("writing the status", &error) {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// As a kubelet does, the node takes a deleted pod away when nothing of it runs any more.
    pub async fn bury(&self) {
        let preconditions = Preconditions { uid: self.uid.clone(), resource_version: None };
        let now = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default().grace_period(0) };
        while let Err(error) = self.pods.delete(&self.name, &now).await {
            if self.is_final("taking it away", &error) {
                return;
            }
            sleep(AGAIN).await;
        }
    }

    /// The API server will not answer otherwise: the pod is gone, or is another one.
    fn is_final(&self, what: &str, error: &Error) -> bool {
        let code = if let Error::Api(status) = error { status.code } else { 0 };
        if code != 404 {
            eprintln!("pod {}: {what}: {error}", self.name);
        }
        [404, 409, 422].contains(&code)
    }
}

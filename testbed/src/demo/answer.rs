//! How the demo knows that the operator has seen what somebody did: time must not jump over what nobody has seen yet.

use std::time::Duration;

use anyhow::Result;
use kube::api::DynamicObject;

use super::{people::api, stage::Stage};
use crate::control_plane::eventually;

/// What shows that the operator has seen an act.
pub struct Answer {
    kind: String,
    namespace: Option<String>,
    name: String,
    /// The value of an opt-out, which gets a verdict; none: the generation is observed.
    opt_out: Option<String>,
}

impl Answer {
    pub fn new(kind: &str, namespace: Option<&str>, name: &str, opt_out: Option<String>) -> Self {
        Self { kind: kind.into(), namespace: namespace.map(Into::into), name: name.into(), opt_out }
    }

    /// Waits until it shows.
    pub async fn came(&self, stage: &Stage) -> Result<()> {
        let api = api(&stage.admin, &self.kind, self.namespace.as_deref())?;
        let what = format!("the operator, or the Deployment controller, answers what was done to {} {}", self.kind, self.name);
        eventually(Duration::from_secs(30), &what, async || {
            let object = api.get(&self.name).await?;
            Ok(self.is_in(&object).then_some(()))
        })
        .await
    }

    fn is_in(&self, object: &DynamicObject) -> bool {
        let status = &object.data["status"];
        match &self.opt_out {
            Some(value) => status["optOuts"].as_array().is_some_and(|all| all.iter().any(|one| one["value"] == value.as_str())),
            None => status["observedGeneration"].as_i64() == object.metadata.generation,
        }
    }
}

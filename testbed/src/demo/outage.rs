//! Contacts that do not answer for a while.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use kube::api::ListParams;
use serde_json::Value;

use super::{example::Outage, people::api, stage::Stage};
use crate::control_plane::eventually;

/// Waits until what an outage held back has arrived, or may arrive no more.
pub async fn made_good(stage: &Stage, outage: &Outage) -> Result<()> {
    eventually(Duration::from_mins(1), "the notices that the outage held back are delivered", async || {
        Ok(owed(stage, outage).await?.is_empty().then_some(()))
    })
    .await
}

/// The paths of the webhooks that an outage hits.
pub fn hooks(stage: &Stage, outage: &Outage) -> Vec<String> {
    let hit = |tenant: &&Value| outage.tenant.as_deref().is_none_or(|name| name == name_of(tenant));
    let contacts = stage.example.of_kind("TenantInstance").filter(hit).filter_map(|tenant| tenant["spec"]["contacts"].as_array());
    let webhook = |contact: &Value| contact["webhook"].as_str().and_then(|url| url.parse::<http::Uri>().ok());
    contacts.flatten().filter_map(webhook).map(|url| url.path().to_owned()).collect()
}

fn name_of(object: &Value) -> String {
    let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", text("namespace"), text("name"))
}

/// Notices of the tenants that were out, written down, not accepted, and still in time.
async fn owed(stage: &Stage, outage: &Outage) -> Result<Vec<String>> {
    let mut owed = vec![];
    for tenant in api(&stage.admin, "TenantInstance", None)?.list(&ListParams::default()).await?.items {
        let tenant = serde_json::to_value(tenant)?;
        let hit = outage.tenant.as_deref().is_none_or(|name| name == name_of(&tenant));
        let notices = tenant["status"]["notices"].as_array().cloned().unwrap_or_default();
        let now = stage.clock.now();
        let open = |notice: &&Value| {
            let in_time = notice["deliverBy"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at > now);
            in_time && notice["deliveredAt"].is_null() && notice["supersededBy"].is_null()
        };
        owed.extend(notices.iter().filter(|_| hit).filter(open).map(|notice| notice["key"].to_string()));
    }
    Ok(owed)
}

//! What the operator did, read off the API server's audit log while it is written.

use anyhow::Result;
use serde_json::Value;

use crate::control_plane::ControlPlane;

pub const OPERATOR: &str = "system:serviceaccount:uplift-system:uplift";

/// Reads on where it stopped.
#[derive(Default)]
pub struct Trail(u64);

impl Trail {
    /// What came since the last reading.
    pub fn more(&mut self, plane: &ControlPlane) -> Result<Vec<Value>> {
        let page = plane.audit_events(self.0)?;
        self.0 = page.next;
        Ok(page.events)
    }
}

/// A write of the operator's that the API server took.
pub fn is_committed_write(event: &Value) -> bool {
    is_write_attempt(event) && event["responseStatus"]["code"].as_u64().is_some_and(|code| code < 300)
}

/// Any request of the operator's that would change something. What is only asked (`dryRun`) changes nothing, and the Lease is renewed
/// whatever else happens.
pub fn is_write_attempt(event: &Value) -> bool {
    let verb = event["verb"].as_str().unwrap_or_default();
    let asks = event["requestURI"].as_str().is_some_and(|uri| uri.contains("dryRun="));
    let renews = resource(event) == "leases";
    event["user"]["username"] == OPERATOR && !asks && !renews && !matches!(verb, "get" | "list" | "watch")
}

pub fn resource(event: &Value) -> &str {
    event["objectRef"]["resource"].as_str().unwrap_or_default()
}

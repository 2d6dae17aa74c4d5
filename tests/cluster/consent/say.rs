//! What people type, and what they are answered.

use anyhow::{Result, ensure};
use uplift::api::tenant::{OptOutRecord, Verdict};

use super::stage::{SOON, Stage};
use crate::control_plane::{Output, eventually};

impl Stage {
    /// The support person's command of the documentation.
    pub async fn annotate(&self, tenant: &str, annotations: &[&str]) -> Result<Output> {
        self.annotate_as(tenant, "uplift-opt-out", annotations).await
    }

    pub async fn annotate_as(&self, tenant: &str, manager: &str, annotations: &[&str]) -> Result<Output> {
        let manager = format!("--field-manager={manager}");
        let arguments = [&["annotate", "--overwrite", &manager, "-n", tenant, "ti/dashboard"], annotations].concat();
        let output = self.plane.kubectl(&self.sue, &arguments).await;
        self.clock.wrote();
        output
    }

    /// Opts out by the day.
    pub async fn decline(&self, tenant: &str, day: &str) -> Result<()> {
        self.annotate(tenant, &[&format!("uplift.dev/opt-out={}", self.day(day))]).await?.ok().map(drop)
    }

    /// Takes it back.
    pub async fn ask_back(&self, tenant: &str, day: &str) -> Result<()> {
        self.annotate(tenant, &[&format!("uplift.dev/opt-in={}", self.day(day))]).await?.ok().map(drop)
    }

    /// Waits for the verdict on a day, which is also the newest in status.
    pub async fn verdict(&self, tenant: &str, day: &str, verdict: Verdict) -> Result<OptOutRecord> {
        let day = self.day(day);
        eventually(SOON, &format!("{tenant}'s no to {day} is {verdict:?}"), async || {
            let records = self.status(tenant).await?.opt_outs;
            let newest = records.first().filter(|record| record.value == day && record.verdict == verdict).cloned();
            ensure!(newest.is_some(), "the verdicts are {records:?}");
            Ok(newest)
        })
        .await
    }

    /// Waits until the customer's own server has got a notice of this kind, and its receipt stands in status.
    pub async fn told(&self, tenant: &str, kind: &str) -> Result<()> {
        eventually(SOON, &format!("{tenant} is told {kind}"), async || {
            let kinds = self.kinds_told(tenant);
            ensure!(kinds.iter().any(|told| told == kind), "it was told {kinds:?}");
            let notices = self.status(tenant).await?.notices;
            let receipt = notices.iter().any(|n| format!("{:?}", n.kind) == kind && n.delivered_at.is_some());
            Ok(receipt.then_some(()))
        })
        .await
    }

    pub fn kinds_told(&self, tenant: &str) -> Vec<String> {
        let here = self.receiver.deliveries().into_iter().filter(|d| d.path == format!("/{tenant}") && d.status == 204);
        here.map(|d| d.data["kind"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

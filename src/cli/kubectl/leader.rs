//! Which replica of the operator leads, and since when (R25).

use std::time::Duration;

use anyhow::anyhow;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease as KubeLease;
use kube::{Api, Client};

use super::{Failure, context::is_name, output::age, told};
use crate::lead::Lease;

/// This machine's clock and the cluster's may differ by so much before a Lease is called old.
const LEEWAY: SignedDuration = SignedDuration::from_secs(10);

/// As the chart calls it.
const LEASE: &str = "uplift-system/uplift";

/// The Lease that the leader holds.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Options {
    /// The Lease of the operator's replicas, as the chart calls it.
    #[arg(long, value_name = "NAMESPACE/NAME", default_value = LEASE)]
    lease: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { lease: LEASE.into() }
    }
}

/// A sentence about who leads. That this user may not know is an answer.
pub async fn sentence(client: &Client, options: &Options, now: Timestamp) -> Result<String, Failure> {
    let name = &options.lease;
    let both = name.split_once('/').filter(|(namespace, name)| is_name(namespace) && is_name(name));
    let (namespace, lease) =
        both.ok_or_else(|| Failure::Input(anyhow!("--lease {name}: write it as NAMESPACE/NAME, like {LEASE}")))?;
    match Api::<KubeLease>::namespaced(client.clone(), namespace).get_opt(lease).await {
        Ok(Some(lease)) => Ok(words(&Lease::of(&lease), now)),
        Ok(None) => Ok(format!("not known: there is no Lease {name} (--lease names another)")),
        Err(error) if told::is_forbidden(&error) => Ok(format!("not known: you may not read the Lease {name}")),
        Err(error) => Ok(format!("not known: get leases.coordination.k8s.io {name}: {error}")),
    }
}

fn words(lease: &Lease, now: Timestamp) -> String {
    let Some(holder) = &lease.holder else { return "nobody: no replica of the operator holds the Lease".into() };
    let held = SignedDuration::try_from(lease.duration.unwrap_or(Duration::ZERO)).unwrap_or_default();
    let since =
        lease.acquired.map(|at| format!(", since {} ({})", at.strftime("%Y-%m-%dT%H:%M:%SZ"), age(at, now))).unwrap_or_default();
    match lease.renewed.filter(|renewed| now.duration_since(*renewed) > held + LEEWAY) {
        Some(renewed) => format!("nobody: {holder} has not renewed the Lease for {}; does a replica run?", age(renewed, now)),
        None => format!("{holder}{since}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leads_is_named_with_since_when_and_one_that_is_silent_is_not() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let lease = Lease {
            holder: Some("uplift-7c-x".into()),
            duration: Some(Duration::from_secs(15)),
            acquired: Some(at("2026-12-01T10:00:00Z")),
            renewed: Some(at("2026-12-01T13:00:00Z")),
            ..Lease::default()
        };
        assert_eq!(words(&lease, at("2026-12-01T13:00:20Z")), "uplift-7c-x, since 2026-12-01T10:00:00Z (3h)");
        let silent = words(&lease, at("2026-12-01T13:05:00Z"));
        assert_eq!(silent, "nobody: uplift-7c-x has not renewed the Lease for 5m; does a replica run?");
        assert!(words(&Lease::default(), at("2026-12-01T13:05:00Z")).starts_with("nobody"));
    }
}

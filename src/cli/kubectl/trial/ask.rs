//! Which version is meant.

use kube::Api;

use super::{
    of::{ASKS, Named, no},
    said,
};
use crate::{
    api::{DashboardRelease, TenantInstance, UpgradeTrial, Version, trial::NEXT},
    cli::kubectl::{Context, Failure, approve::release_named, write::read},
};

/// What is to be tried; by default what the trial itself names.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct Which {
    /// The version of this release, by its name or its version.
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// This version, like 2026.12.0.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    version: Option<String>,
}

fn version(text: &str) -> Result<String, String> {
    let parsed = text.trim().parse::<Version>().map_err(|wrong| format!("{wrong}: write a version like 2026.12.0"))?;
    Ok(parsed.as_str().to_owned())
}

/// The version that is to be written.
pub async fn which(context: &Context, named: &Named, trial: &UpgradeTrial, which: &Which) -> Result<String, Failure> {
    if let Some(version) = &which.version {
        return Ok(version.clone());
    }
    let wanted = match &which.release {
        Some(release) => release,
        None if trial.spec.release == NEXT => return next(named).map_err(no),
        None => &trial.spec.release,
    };
    let releases: Api<DashboardRelease> = Api::all(context.client.clone());
    let name = release_named(&releases, wanted, ASKS).await?;
    let release = read(&releases, &name, ASKS).await?;
    fits(trial, &named.tenant, &name, &release.spec.version).map_err(no)?;
    Ok(release.spec.version)
}

/// The version that the tenant would be upgraded to next.
fn next(Named { key, tenant, .. }: &Named) -> Result<String, String> {
    let next = tenant.status.as_ref().and_then(|status| status.upgrade.as_ref()).map(|upgrade| upgrade.to.clone());
    next.ok_or_else(|| {
        format!(
            "no upgrade of {key} is planned, and its trial tries what comes next. kubectl uplift why {key} says why; to try another release, the platform names it in spec.release of the trial"
        )
    })
}

/// A trial tries one release: what comes next, or the one that it names.
fn fits(trial: &UpgradeTrial, tenant: &TenantInstance, name: &str, version: &str) -> Result<(), String> {
    let (tries, next) = (&trial.spec.release, tenant.status.as_ref().and_then(|status| status.upgrade.as_ref()));
    if tries == name || tries == NEXT && next.is_some_and(|next| said::means(&next.to, version)) {
        return Ok(());
    }
    let comes = next.map_or_else(|| "none is planned".into(), |next| format!("that is {}", next.to));
    let tries = if tries == NEXT { format!("what the tenant gets next ({comes})") } else { format!("release {tries}") };
    Err(format!(
        "the trial tries {tries}, and not release {name} ({version}): ask for that one, or have the platform name {name} in spec.release of the trial"
    ))
}

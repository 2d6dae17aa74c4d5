//! `kubectl uplift why`: everything that is known of one tenant, now and a month later.

mod answer;
mod images;
mod text;

use jiff::Timestamp;

use super::{
    Context, Failure,
    output::{self, Output},
    read::Reading,
};
use crate::{
    api::{DashboardReleaseSpec, condition},
    fleet::{Fleet, ObjectKey, TenantKey},
};
use answer::Answer;

/// Which tenant.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The tenant, by name or as namespace/name.
    tenant: String,
}

/// Prints what the rules say of the tenant now, and what its status remembers.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let key = context.tenant(&options.tenant)?;
    let mut reading = Reading::new(context.client.clone());
    reading.tenant(&key).await?; // first: a name that is mistyped is told at once
    reading.releases().await?;
    reading.windows().await?;
    reading.tenants(Some(&key.namespace), "").await?;
    reading.workloads(Some(&key.namespace)).await?;
    reading.trials_of_required().await?;
    let installed = uses_installations(&reading.fleet, &key);
    let products = reading.products_if_allowed().await? || !installed;
    let whole = products & read_others(&mut reading, &key).await?;
    reading.infer();
    let answer = Answer::of(&reading.fleet, reading.now, &key, whole).ok_or_else(|| gone(&key))?;
    match context.output {
        Output::Table | Output::Wide => output::print(&text::text(&answer)),
        Output::Name => output::print(&output::name("TenantInstance", &key.name)),
        format => output::print(&output::machine(format, &output::value(&answer)?)?),
    }
}

/// What others take matters only while places are looked for or upgrades start; only then the tenants of other namespaces are
/// read, if this user may. Whether what was read is enough.
async fn read_others(reading: &mut Reading, key: &TenantKey) -> Result<bool, Failure> {
    let neighbours = !may_have_neighbours(&reading.fleet, key) || reading.tenants_if_allowed("").await?;
    let Some(window) = shared_window(&reading.fleet, reading.now, key) else { return Ok(neighbours) };
    let tenants = reading.tenants_if_allowed(&format!("spec.windowRef.name={window}")).await?;
    Ok(neighbours && tenants && reading.workloads_if_allowed().await?)
}

/// Whether what products say decides about it (R31).
fn uses_installations(fleet: &Fleet, key: &TenantKey) -> bool {
    let spec = fleet.tenants.get(key).and_then(|tenant| tenant.spec.as_ref().ok());
    spec.is_some_and(|spec| spec.dependencies.iter().any(|dependency| dependency.installation.is_some()))
}

/// Whether what it uses of other tenants, or they of it, may hold it (R31).
fn may_have_neighbours(fleet: &Fleet, key: &TenantKey) -> bool {
    let Some(spec) = fleet.tenants.get(key).and_then(|tenant| tenant.spec.as_ref().ok()) else { return false };
    let offers = |release: &DashboardReleaseSpec| release.channel == spec.channel && !release.interfaces.is_empty();
    let mut releases = fleet.releases.values().filter_map(|release| release.spec.as_ref().ok());
    spec.dependencies.iter().any(|dependency| dependency.tenant.is_some()) || releases.any(offers)
}

/// The window, if what others of it take may change what is said of this tenant.
pub fn shared_window(fleet: &Fleet, now: Timestamp, key: &TenantKey) -> Option<String> {
    let tenant = fleet.tenants.get(key)?;
    let (spec, status) = (tenant.spec.as_ref().ok()?, tenant.status.as_ref().ok()?);
    let upgrade = status.upgrade.as_ref();
    if let Some(slot) = upgrade.and_then(|upgrade| upgrade.slot.as_ref()) {
        let open = slot.opens_at <= now && now < slot.closes_at;
        return open.then(|| slot.window.clone());
    }
    let limited = fleet.windows.get(&spec.window_ref.name)?.spec.as_ref().ok()?.capacity.is_some();
    let settled = condition::is_true(&status.conditions, condition::UP_TO_DATE);
    (limited && !settled).then(|| spec.window_ref.name.clone())
}

/// The answer for people, where every tenant that counts is known.
#[cfg(test)]
pub fn told(fleet: &Fleet, now: Timestamp, key: &TenantKey) -> Option<String> {
    Some(text::text(&Answer::of(fleet, now, key, true)?))
}

fn gone(key: &TenantKey) -> Failure {
    Failure::runtime(anyhow::anyhow!("{} was deleted while it was read", ObjectKey::Tenant(key.clone())))
}

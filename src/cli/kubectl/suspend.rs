//! `kubectl uplift suspend` and `resume`: the brake of whoever is on call (docs/formats/objects.md).

use anyhow::anyhow;
use clap::ValueEnum;
use kube::{Api, ResourceExt};
use serde_json::{Value, json};

use super::{
    Context, Failure,
    approve::release_named,
    halted, rings,
    write::{Hand, Kind, Writing, edit, follows, full_name, read, tell, tenant, writer},
};
use crate::api::{DashboardRelease, Suspend, TenantInstance, UpgradeWindow};

const MANAGER: &str = "uplift-suspend";

/// What to stop.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What it is.
    #[arg(value_enum)]
    kind: Stops,
    /// Its name; a release may be named by its version too.
    name: String,
    /// Why: shown to everyone who asks why nothing happens. At most 256 characters.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    writing: Writing,
}

/// What may go on.
#[derive(Debug, clap::Args)]
pub struct ResumeOptions {
    /// What it is.
    #[arg(value_enum)]
    kind: Stops,
    /// Its name; a release may be named by its version too.
    name: String,
    /// Of a release: let this ring pass, although it has not proved the release. The rings behind it go on without its proof.
    #[arg(long, value_name = "RING")]
    skip_ring: Option<String>,
    #[command(flatten)]
    writing: Writing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stops {
    /// No upgrade of this tenant starts.
    Tenant,
    /// Nothing new starts on this release.
    Release,
    /// No occurrence of this window opens.
    Window,
}

/// A kind with a brake.
trait Brake: Kind {
    /// What it takes to pull it.
    const TAKES: &'static str;
    /// What is still allowed while it is pulled, and what is not.
    const MEANS: &'static str;
    fn suspend(&self) -> Option<&Suspend>;
}

impl Brake for TenantInstance {
    const TAKES: &'static str = "the verbs patch and suspend on tenantinstances.uplift.dev (ClusterRole uplift-support)";
    const MEANS: &'static str =
        "No upgrade of it starts until it is resumed. What runs ends by its own rules, and a slot stays until it closes.";
    fn suspend(&self) -> Option<&Suspend> {
        self.spec.suspend.as_ref()
    }
}

impl Brake for DashboardRelease {
    const TAKES: &'static str =
        "the verbs patch and suspend on dashboardreleases.uplift.dev (ClusterRole uplift-platform-engineer or uplift-approver)";
    const MEANS: &'static str =
        "Nothing new starts on it and nothing new is announced until it is resumed. What runs ends by its own rules.";
    fn suspend(&self) -> Option<&Suspend> {
        self.spec.suspend.as_ref()
    }
}

impl Brake for UpgradeWindow {
    const TAKES: &'static str = "the verbs patch and suspend on upgradewindows.uplift.dev (ClusterRole uplift-platform-engineer)";
    const MEANS: &'static str = "It does not open and gives no slots until it is resumed. What runs ends by its own rules, and slots stay until they close.";
    fn suspend(&self) -> Option<&Suspend> {
        self.spec.suspend.as_ref()
    }
}

/// Pulls the brake.
pub async fn run(context: &Context, options: &Options) -> Result<(), Failure> {
    let Options { kind, name, reason, writing } = options;
    match kind {
        Stops::Tenant => {
            let (tenants, name) = tenant(context, name)?;
            stop(context, &tenants, &name, reason, *writing).await
        }
        Stops::Window => stop(context, &Api::<UpgradeWindow>::all(context.client.clone()), name, reason, *writing).await,
        Stops::Release => {
            let releases = Api::all(context.client.clone());
            stop(context, &releases, &release_named(&releases, name, hand::<DashboardRelease>()).await?, reason, *writing).await
        }
    }
}

/// Lets it go.
pub async fn resume(context: &Context, options: &ResumeOptions) -> Result<(), Failure> {
    let ResumeOptions { kind, name, skip_ring, writing } = options;
    if skip_ring.is_some() && *kind != Stops::Release {
        return Err(Failure::input(anyhow!("--skip-ring is for a release: kubectl uplift resume release NAME --skip-ring RING")));
    }
    match kind {
        Stops::Tenant => {
            let (tenants, name) = tenant(context, name)?;
            go(context, &tenants, &name, *writing).await
        }
        Stops::Window => go(context, &Api::<UpgradeWindow>::all(context.client.clone()), name, *writing).await,
        Stops::Release => {
            let releases = Api::all(context.client.clone());
            let name = release_named(&releases, name, hand::<DashboardRelease>()).await?;
            match skip_ring {
                Some(ring) => rings::let_pass(context, &releases, &name, ring, *writing).await,
                None => go_release(context, &releases, &name, *writing).await,
            }
        }
    }
}

/// Whoever lifts one brake of a release learns of the other, and lifts that by a command of its own.
async fn go_release(context: &Context, releases: &Api<DashboardRelease>, name: &str, writing: Writing) -> Result<(), Failure> {
    let release = read(releases, name, hand::<DashboardRelease>()).await?;
    if release.spec.suspend.is_none() && halted::stands(&release).is_some() {
        return halted::lift(context, releases, name, writing).await;
    }
    go(context, releases, name, writing).await?;
    follows(context, &halted::also(&release))
}

async fn stop<K: Brake>(context: &Context, api: &Api<K>, name: &str, reason: &str, writing: Writing) -> Result<(), Failure> {
    let done = edit(api, name, hand::<K>(), writing, |before| stopping(before, reason)).await?;
    let text = if done.before.suspend().is_some() { "suspended already, for this reason" } else { "suspended" };
    tell(context, &done.after, writing, text)?;
    follows(context, K::MEANS)
}

async fn go<K: Brake>(context: &Context, api: &Api<K>, name: &str, writing: Writing) -> Result<(), Failure> {
    let done =
        edit(api, name, hand::<K>(), writing, |before| Ok(before.suspend().map(|_| json!({"spec": {"suspend": null}})))).await?;
    let before = said_before(&done.before);
    let text = before.map_or_else(|| "was not suspended".into(), |before| format!("resumed; it was suspended {before}"));
    tell(context, &done.after, writing, &text)?;
    let foreign = writer(done.before.meta(), "suspend").is_some_and(|by| !by.starts_with(MANAGER));
    follows(context, if foreign { "If Git says so too, the next sync suspends it again: take it out there." } else { "" })
}

fn hand<K: Brake>() -> Hand {
    Hand { manager: MANAGER, takes: K::TAKES }
}

/// Another's reason is not overwritten: whoever resumes would lift both brakes and know of one.
fn stopping<K: Brake>(before: &K, reason: &str) -> Result<Option<Value>, Failure> {
    match before.suspend() {
        None => Ok(Some(json!({"spec": {"suspend": {"reason": reason}}}))),
        Some(suspend) if suspend.reason == reason => Ok(None),
        Some(_) => Err(Failure::Runtime(anyhow!(
            "{} is suspended already, {}. It stays suspended; to change the reason resume it first",
            full_name::<K>(&before.name_any()),
            said_before(before).unwrap_or_default()
        ))),
    }
}

/// `by uplift-suspend at 2026-12-15T12:00:00Z: "INC-7"`.
fn said_before<K: Brake>(object: &K) -> Option<String> {
    let suspend = object.suspend()?;
    let by = writer(object.meta(), "suspend").map_or_else(|| "by somebody".into(), |by| format!("by {by}"));
    Some(format!("{by}: {:?}", suspend.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(suspend: &Value) -> UpgradeWindow {
        let spec = json!({"schedule": "0 18 * * TUE", "timeZone": "UTC", "duration": "4h", "suspend": suspend});
        serde_json::from_value(json!({"metadata": {"name": "uk"}, "spec": spec})).unwrap()
    }

    #[test]
    fn the_brake_is_pulled_with_its_reason() {
        let body = stopping(&window(&Value::Null), "INC-7").unwrap();
        assert_eq!(body, Some(json!({"spec": {"suspend": {"reason": "INC-7"}}})));
    }

    #[test]
    fn anothers_reason_stays_and_is_told() {
        let suspended = window(&json!({"reason": "INC-7"}));
        assert_eq!(stopping(&suspended, "INC-7").unwrap(), None, "nothing to write");
        let Err(Failure::Runtime(error)) = stopping(&suspended, "INC-9") else { panic!("INC-7 is lost") };
        let text = error.to_string();
        assert!(
            text.contains("upgradewindow.uplift.dev/uk") && text.contains("INC-7") && text.contains("stays suspended"),
            "{text}"
        );
    }
}

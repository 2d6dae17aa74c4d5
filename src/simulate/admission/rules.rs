//! The rules of the definitions that a schema cannot say (CEL in a cluster), with the same messages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::FieldError;
use crate::{
    api::{
        DashboardReleaseSpec, Duration, SoftwareProductSpec, TenantInstanceSpec, UpgradeTrialSpec, UpgradeWindowSpec,
        data::DataJob,
        hook::{Hook, Hooks, Probe},
        product::{Alternative, Cycle, Disorder, Installation, Source},
        release::{Change, Check, Requirement},
        tenant::{Contact, Dependency, WorkloadKind},
        trial::{Scrubbed, TrialWorkload},
        window::Freeze,
    },
    simulate::world::Content,
};

const HOUR: i64 = 3600;

/// Checks a spec as a whole. `old` is the spec that it would replace.
pub(super) fn check(content: &Content, old: Option<&Value>) -> Result<(), FieldError> {
    match content {
        Content::Release(spec, _) => release(spec).and_then(|()| four_eyes(spec, old)),
        Content::Window(spec, _) => window(spec),
        Content::Product(spec, _) => product(spec).and_then(|()| no_source(spec, old)),
        Content::Tenant(spec, _) => tenant(spec),
        Content::Trial(spec, _) => trial(spec),
        Content::Workload(_) | Content::Template(_) | Content::Job(_) => Ok(()),
    }
}

fn release(spec: &DashboardReleaseSpec) -> Result<(), FieldError> {
    let fits = spec.images.keys().all(|component| component.chars().count() <= 63);
    holds(fits, "spec.images", "a component's name has at most 63 characters")?;
    let acceptance = &spec.acceptance;
    let one = |(i, check): (usize, &Check)| {
        let (at, job) = (format!("spec.acceptance.checks[{i}]"), check.cron_job_ref.is_some());
        holds(check.manual.is_some() != job, &at, "a check has either manual or cronJobRef")?;
        let bare = check.timeout.is_none() && check.attempt.is_none();
        holds(job || bare, &at, "timeout and attempt are for a check with cronJobRef")
    };
    acceptance.checks.iter().enumerate().try_for_each(one)?;
    hooks(&spec.hooks)?;
    let known = |check: &str| acceptance.checks.iter().any(|c| c.name == check && c.manual.is_some());
    let ok = acceptance.sign_offs.iter().all(|s| known(&s.check));
    holds(ok, "spec.acceptance.signOffs", "every sign-off must name one of acceptance.checks that is manual")?;
    change(spec)?;
    let one = |(i, requirement): (usize, &Requirement)| {
        let message = "a requirement names either a product or an interface; write another one for the other";
        holds(requirement.product.is_some() != requirement.interface.is_some(), &format!("spec.requires[{i}]"), message)
    };
    spec.requires.iter().enumerate().try_for_each(one)?;
    let ok = spec.rollout.proven_rings.iter().all(|name| spec.rollout.rings.iter().any(|ring| ring.name == *name));
    holds(ok, "spec.rollout.provenRings", "every name in provenRings must be one of rings")
}

fn change(spec: &DashboardReleaseSpec) -> Result<(), FieldError> {
    let Some(Change { start, end }) = spec.approval.as_ref().and_then(|approval| approval.change.as_ref()) else { return Ok(()) };
    let at = "spec.approval.change";
    holds(start.is_some() || end.is_some(), at, "a change window has a start, an end, or both")?;
    let in_order = start.zip(*end).is_none_or(|(start, end)| start <= end);
    holds(in_order, at, "start must not be after end; both are instants like 2026-12-01T08:00:00Z")
}

fn four_eyes(spec: &DashboardReleaseSpec, old: Option<&Value>) -> Result<(), FieldError> {
    let before = old.is_some_and(|old| old["acceptance"]["fourEyes"] == true);
    let message = "fourEyes stays true once it is; create another DashboardRelease";
    holds(!before || spec.acceptance.four_eyes, "spec.acceptance.fourEyes", message)
}

fn window(spec: &UpgradeWindowSpec) -> Result<(), FieldError> {
    let (duration, notice, ahead) = (spec.duration.as_secs(), spec.notice.as_secs(), spec.announce_ahead.as_secs());
    holds((300..=168 * HOUR).contains(&duration), "spec.duration", "duration must lie between 5m and 168h")?;
    holds((HOUR..=2160 * HOUR).contains(&notice), "spec.notice", "notice must lie between 1h and 2160h (90 days)")?;
    let between = "announceAhead must be longer than notice by 24h or more: a slot is announced between the two";
    holds(ahead >= notice + 24 * HOUR, "spec.announceAhead", between)?;
    holds(ahead <= 8760 * HOUR, "spec.announceAhead", "announceAhead must be at most 8760h (a year)")?;
    holds(spec.time_zone != "Local", "spec.timeZone", "name a zone, like Europe/London: a cluster has no local time")?;
    let one = |(i, freeze): (usize, &Freeze)| {
        let message = "from must not be after to; both are dates like 2026-12-18";
        holds(freeze.from <= freeze.to, &format!("spec.freezes[{i}]"), message)
    };
    spec.freezes.iter().enumerate().try_for_each(one)?;
    let fits = spec.reminders.iter().map(|ahead| ahead.as_secs()).all(|ahead| (900..notice).contains(&ahead));
    holds(fits, "spec.reminders", "each of reminders must be 15m or longer, and shorter than notice")?;
    let fits = spec.reserve.as_ref().is_none_or(|reserve| reserve.minimum <= spec.duration);
    holds(fits, "spec.reserve.minimum", "reserve.minimum must not be longer than duration: nothing would ever start")?;
    let half = "optOut.daysBefore leaves customers less than half of notice to answer; \
                make notice longer or daysBefore smaller";
    holds(notice >= 48 * HOUR * i64::from(spec.opt_out.days_before), "spec.optOut.daysBefore", half)
}

fn tenant(spec: &TenantInstanceSpec) -> Result<(), FieldError> {
    let one = |(i, contact): (usize, &Contact)| {
        let either = contact.webhook.is_some() != contact.email.is_some();
        let message = "a contact has either a webhook or an email; write another contact for the other";
        holds(either, &format!("spec.contacts[{i}]"), message)
    };
    spec.contacts.iter().enumerate().try_for_each(one)?;
    spec.dependencies
        .iter()
        .enumerate()
        .try_for_each(|(i, dependency)| depends(dependency, &format!("spec.dependencies[{i}]")))?;
    let fits = spec.rollout_timeout.is_none_or(|timeout| (60..=24 * HOUR).contains(&timeout.as_secs()));
    holds(fits, "spec.rolloutTimeout", "rolloutTimeout must lie between 1m and 24h")?;
    hooks(&spec.hooks)?;
    let data = |job: Option<&DataJob>, at: &str| timeout(job.and_then(|job| job.timeout), at);
    data(spec.data.as_ref().map(|data| &data.backup), "spec.data.backup")?;
    data(spec.data.as_ref().and_then(|data| data.restore.as_ref()), "spec.data.restore")?;
    let one = |(i, probe): (usize, &Probe)| {
        let at = format!("spec.probes[{i}]");
        holds(probe.compare.is_some() != probe.within.is_some(), &at, "a probe has either compare or within")?;
        timeout(probe.timeout, &at)
    };
    spec.probes.iter().enumerate().try_for_each(one)
}

fn trial(spec: &UpgradeTrialSpec) -> Result<(), FieldError> {
    let fits = (HOUR..=2160 * HOUR).contains(&spec.ttl.as_secs());
    holds(fits, "spec.ttl", "ttl must lie between 1h and 2160h (90 days)")?;
    let one = |(i, workload): (usize, &TrialWorkload)| {
        let message = "a DaemonSet has no replicas, so nothing could stop it; use a Deployment or a StatefulSet";
        holds(workload.kind != WorkloadKind::DaemonSet, &format!("spec.workloads[{i}].kind"), message)
    };
    spec.workloads.iter().enumerate().try_for_each(one)?;
    let names: BTreeSet<_> = spec.workloads.iter().map(|workload| &workload.name).collect();
    let message = "two workloads have one name; a trial tells them apart by it, so give one of them another name";
    holds(names.len() == spec.workloads.len(), "spec.workloads", message)?;
    let jobs = &spec.jobs;
    timeout(jobs.egress.timeout, "spec.jobs.egress")?;
    timeout(jobs.restore.timeout, "spec.jobs.restore")?;
    timeout(jobs.scrub.timeout, "spec.jobs.scrub")?;
    timeout(jobs.clean.timeout, "spec.jobs.clean")?;
    let one = |(i, count): (usize, &Scrubbed)| timeout(count.timeout, &format!("spec.jobs.scrubbed[{i}]"));
    jobs.scrubbed.iter().enumerate().try_for_each(one)
}

fn depends(dependency: &Dependency, at: &str) -> Result<(), FieldError> {
    let Dependency { installation, product, version, responsibility, tenant, interface, versions, .. } = dependency;
    let message =
        "a dependency names an installation, a product or a tenant, and one of them only; write another dependency for another";
    let named = [installation, product, tenant].into_iter().flatten().count();
    holds(named == 1, at, message)?;
    let together = product.is_some() == version.is_some();
    let message = "product and version stand together; an installation says its own version";
    holds(together, &format!("{at}.version"), message)?;
    let message = "an installation says itself who is responsible for it; leave responsibility out";
    holds(responsibility.is_none() || product.is_some(), &format!("{at}.responsibility"), message)?;
    let message = "tenant and interface stand together: which of its interfaces is used";
    holds(tenant.is_some() == interface.is_some(), &format!("{at}.interface"), message)?;
    let message = "versions are those of an installation, or of an interface of another tenant; a product of the tenant's own has a version";
    holds(versions.is_none() || product.is_none(), &format!("{at}.versions"), message)
}

/// In a simulated world nobody answers. One that is there as it was read from a cluster may stay: its last answer is there too.
fn no_source(spec: &SoftwareProductSpec, old: Option<&Value>) -> Result<(), FieldError> {
    let Some(source) = &spec.source else { return Ok(()) };
    let stays =
        old.and_then(|old| serde_json::from_value::<Source>(old["source"].clone()).ok()).is_some_and(|old| old == *source);
    holds(stays, "spec.source", "a simulation asks nobody; write the releases of the product out (spec.releases)")
}

fn product(spec: &SoftwareProductSpec) -> Result<(), FieldError> {
    let fits = spec.source.as_ref().is_none_or(|source| (HOUR..=720 * HOUR).contains(&source.interval.as_secs()));
    holds(fits, "spec.source.interval", "interval must lie between 1h and 720h (30 days)")?;
    let fits = spec.notify_before.iter().all(|before| (24 * HOUR..=17_520 * HOUR).contains(&before.as_secs()));
    holds(fits, "spec.notifyBefore", "each of notifyBefore must lie between 24h and 17520h (two years)")?;
    let either = spec.releases.is_empty() == spec.source.is_some();
    let message = "a product has either releases, written by hand, or a source that they are read from; write one of the two, and leave the other out";
    holds(either, "spec", message)?;
    let one = |(i, cycle): (usize, &Cycle)| {
        let (field, message) = match cycle.disorder() {
            None => return Ok(()),
            Some(Disorder::ReleaseAfterEnd) => ("releaseDate", "releaseDate must not be after eolFrom"),
            Some(Disorder::ActiveAfterEnd) => ("eoasFrom", "eoasFrom must not be after eolFrom: active support ends first"),
            Some(Disorder::ExtendedWithoutEnd | Disorder::EndAfterExtended) => {
                ("eoesFrom", "eoesFrom needs an eolFrom, and must not be before it: extended support comes after")
            }
        };
        holds(false, &format!("spec.releases[{i}].{field}"), message)
    };
    spec.releases.iter().enumerate().try_for_each(one)?;
    let one = |(i, alternative): (usize, &Alternative)| {
        let either = alternative.release.is_some() != alternative.product.is_some();
        let message =
            "an alternative is either a release of this product or another product; write another alternative for the other";
        holds(either, &format!("spec.alternatives[{i}]"), message)
    };
    spec.alternatives.iter().enumerate().try_for_each(one)?;
    let one = |(i, installation): (usize, &Installation)| {
        let moves = installation.planned.as_ref().is_none_or(|planned| planned.version != installation.version);
        let message = "the planned version runs already: remove planned, or name the version that comes next";
        holds(moves, &format!("spec.installations[{i}].planned.version"), message)
    };
    spec.installations.iter().enumerate().try_for_each(one)
}

fn hooks(hooks: &Hooks) -> Result<(), FieldError> {
    let all = |list: &str, hooks: &[Hook]| {
        hooks.iter().enumerate().try_for_each(|(i, hook)| timeout(hook.timeout, &format!("spec.hooks.{list}[{i}]")))
    };
    all("before", &hooks.before)?;
    all("after", &hooks.after)
}

fn timeout(timeout: Option<Duration>, at: &str) -> Result<(), FieldError> {
    let fits = timeout.is_none_or(|timeout| (10..=24 * HOUR).contains(&timeout.as_secs()));
    holds(fits, &format!("{at}.timeout"), "timeout must lie between 10s and 24h")
}

fn holds(ok: bool, field: &str, message: &str) -> Result<(), FieldError> {
    if ok { Ok(()) } else { Err(FieldError::new(field, message)) }
}

//! How long the planner takes over a fleet: `cargo run --release --bin plan-pass [TENANTS]`.
//!
//! The fleet is played through one month by the planner itself, and passes at the points that matter are timed. Every run makes
//! the same fleet. The median of the passes is printed, in milliseconds.

use std::time::Instant;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::json;
use uplift::{
    api::{TenantInstanceStatus, tenant::WorkloadKind},
    fleet::{Container, Delivery, DeliveryKey, Fleet, Meta, Release, Rollout, Tenant, TenantKey, Window, Workload, WorkloadKey},
    plan::{Change, ImageChange, Plan, plan},
};

/// How many passes are timed at each point.
const PASSES: usize = 25;

fn main() -> Result<()> {
    let tenants = std::env::args().nth(1).map_or(Ok(10_000), |n| n.parse()).context("TENANTS is a number")?;
    let mut fleet = fleet(tenants)?;
    let at = |text: &str| text.parse::<Timestamp>();
    let (announced, frozen) = (at("2026-12-02T08:00:00Z")?, at("2026-12-15T13:00:06Z")?);
    let (opens, after) = (at("2026-12-15T18:00:00Z")?, at("2026-12-16T09:00:00Z")?);

    time("giving all slots", &fleet, announced);
    let given = plan(&fleet, announced);
    fold(&mut fleet, given, announced);
    time("notices pending", &fleet, announced);
    play(&mut fleet, announced);
    time("waiting for the slot", &fleet, announced);
    play(&mut fleet, frozen);
    time("window opens", &fleet, opens);
    play(&mut fleet, opens);
    time("nothing to do", &fleet, after);
    Ok(())
}

fn time(what: &str, fleet: &Fleet, now: Timestamp) {
    let mut took: Vec<_> = (0..PASSES)
        .map(|_| {
            let start = Instant::now();
            let plan = plan(fleet, now);
            (start.elapsed().as_secs_f64() * 1000.0, plan.writes.len(), plan.notices.len())
        })
        .collect();
    took.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ms, writes, notices) = took[PASSES / 2];
    println!("{what:<22} {ms:8.2} ms  (least {:.2}; {writes} writes, {notices} notices)", took[0].0);
}

/// Lets everything happen that is due at this instant.
fn play(fleet: &mut Fleet, now: Timestamp) {
    loop {
        let plan = plan(fleet, now);
        if plan.writes.is_empty() && plan.notices.is_empty() {
            return;
        }
        fold(fleet, plan, now);
    }
}

/// Every write is committed, every notice accepted, every rollout done at once.
fn fold(fleet: &mut Fleet, plan: Plan, now: Timestamp) {
    fleet.deliveries.clear();
    for notice in plan.notices {
        let key = DeliveryKey { tenant_uid: notice.tenant_uid, key: notice.record.key, contact: notice.record.contact };
        fleet.deliveries.insert(key, Delivery { attempts: 1, delivered_at: Some(now), ..Delivery::default() });
    }
    for write in plan.writes {
        match write.change {
            Change::TenantStatus { tenant, status } => {
                fleet.tenants.entry(tenant).and_modify(|tenant| tenant.status = Ok(*status));
            }
            Change::Images { workload, images } => {
                fleet.workloads.entry(workload).and_modify(|workload| roll_out(workload, images));
            }
            Change::ReleaseStatus { release, status } => {
                fleet.releases.entry(release).and_modify(|release| release.status = Ok(*status));
            }
            Change::WindowStatus { window, status } => {
                fleet.windows.entry(window).and_modify(|window| window.status = Ok(*status));
            }
            // No release of this fleet has a check or a hook, and nothing fails.
            Change::Job { .. } | Change::AskJob { .. } | Change::ReadJob { .. } | Change::ReadPods { .. } => {}
        }
    }
}

fn roll_out(workload: &mut Workload, change: ImageChange) {
    for container in &mut workload.containers {
        if let Some(image) = change.intent.images.get(&container.name) {
            container.image.clone_from(image);
        }
    }
    workload.intent = Some(Ok(change.intent));
    workload.meta.generation += 1;
}

/// One window, two releases, and each tenant with one workload and one contact in a namespace of its own.
fn fleet(tenants: usize) -> Result<Fleet> {
    let mut fleet = Fleet::fresh();
    for version in ["2026.11.0", "2026.12.0"] {
        let spec = json!({"version": version, "images": {"dashboard": image(version)}, "approval": {"decision": "Approved", "by": "bob"}});
        let release = Release::new(meta(version)?, Ok(read(spec)?), Ok(read(json!({}))?));
        fleet.releases.insert(format!("r-{version}"), release);
    }
    let spec = json!({"schedule": "0 18 * * TUE#3", "timeZone": "Europe/London", "duration": "4h", "maxConcurrent": 1000});
    fleet.windows.insert("uk-evenings".into(), Window::new(meta("uk-evenings")?, Ok(read(spec)?), Ok(read(json!({}))?)));
    for n in 0..tenants {
        let key = TenantKey::new(format!("customer-{n:05}"), "dashboard");
        fleet.workloads.insert(WorkloadKey::new(WorkloadKind::Deployment, &key.namespace, "dashboard"), workload(n)?);
        fleet.tenants.insert(key, tenant(n)?);
    }
    Ok(fleet)
}

fn tenant(n: usize) -> Result<Tenant> {
    let spec = json!({
        "customer": {"displayName": format!("Customer {n}")},
        "contacts": [{"name": "it", "webhook": format!("https://hooks.example.com/customer-{n:05}")}],
        "windowRef": {"name": "uk-evenings"},
        "workloads": [{"kind": "Deployment", "name": "dashboard"}],
    });
    let (spec, status) = (Ok(read(spec)?), Ok(TenantInstanceStatus::default()));
    let meta = meta(&format!("tenant-{n}"))?;
    Ok(Tenant { meta, spec, status, opt_out: None, opt_out_reason: None, opt_in: None, retry: None })
}

fn workload(n: usize) -> Result<Workload> {
    let dashboard = Container { name: "dashboard".into(), image: image("2026.11.0"), init: false, image_manager: None };
    Ok(Workload {
        meta: meta(&format!("workload-{n}"))?,
        containers: vec![dashboard],
        rollout: Rollout { current: true, wanted: 1, updated: 1, available: 1, ..Rollout::default() },
        paused: false,
        keeps_old: None,
        progress_deadline: Some(600),
        last_set: None,
        version_label: None,
        intent: None,
    })
}

fn image(version: &str) -> String {
    format!("registry.example.com/product/dashboard:{version}")
}

fn meta(uid: &str) -> Result<Meta> {
    Ok(Meta { uid: uid.into(), resource_version: "1".into(), generation: 1, created_at: "2026-11-01T00:00:00Z".parse()? })
}

fn read<T: DeserializeOwned>(value: serde_json::Value) -> Result<T> {
    Ok(serde_json::from_value(value)?)
}

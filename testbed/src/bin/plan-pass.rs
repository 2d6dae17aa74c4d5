//! How long the planner takes over a fleet: `cargo run --profile campaign --bin plan-pass [TENANTS] [--software] [--json]`.
//!
//! The fleet is played through one month by the planner itself, and passes at the points that matter are timed: from the beginning, then
//! with what is remembered of the pass before, while nothing has changed, and while the workloads of 1,000 tenants have. Every run makes the
//! same fleet. The median of the passes is printed, in milliseconds.

use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::json;
use uplift::{
    api::{TenantInstanceStatus, tenant::WorkloadKind},
    fleet::{
        Container, Delivery, DeliveryKey, Fleet, Meta, Product, Release, Rollout, Tenant, TenantKey, Window, Workload,
        WorkloadKey,
    },
    plan::{Change, ImageChange, Memo, Plan, Subject, impact, plan},
};
use uplift_testbed::bench::pass::Pass;

/// How many passes are timed at each point.
const PASSES: usize = 25;
/// So many products, where there are some.
const PRODUCTS: usize = 200;
/// So many tenants have changed.
const CHANGED: usize = 1_000;

/// Plays the planner through one month.
#[derive(Parser)]
struct Options {
    /// How many tenants the fleet has.
    #[arg(default_value_t = 10_000)]
    tenants: usize,
    /// With 200 products, of which each tenant uses five.
    #[arg(long)]
    software: bool,
    /// For a program: the times only.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let Options { tenants, software, json } = Options::parse();
    let mut fleet = fleet(tenants)?;
    if software {
        furnish(&mut fleet)?;
    }
    let at = |text: &str| text.parse::<Timestamp>();
    let (announced, frozen) = (at("2026-12-02T08:00:00Z")?, at("2026-12-15T13:00:06Z")?);
    let (opens, after) = (at("2026-12-15T18:00:00Z")?, at("2026-12-16T09:00:00Z")?);

    let mut passes = vec![time("giving all slots", &mut fleet, announced)];
    let given = plan(&fleet, announced);
    fold(&mut fleet, given, announced);
    passes.push(time("notices pending", &mut fleet, announced));
    play(&mut fleet, announced);
    passes.push(time("waiting for the slot", &mut fleet, announced));
    play(&mut fleet, frozen);
    passes.push(time("window opens", &mut fleet, opens));
    play(&mut fleet, opens);
    passes.push(time("nothing to do", &mut fleet, after));
    if json {
        println!("{}", serde_json::to_string(&passes)?);
        return Ok(());
    }
    println!("{tenants} tenants, ms:         anew  settled  1,000 changed");
    for Pass { tenants: _, what, anew, settled, changed } in passes {
        println!("{what:<22} {anew:8.2} {settled:8.2} {changed:8.2}");
    }
    for subject in [Subject::Release("2026.11.0".into()), Subject::Installation("shared-7".into())] {
        let begin = Instant::now();
        let touched = impact(&fleet, after, &subject).map_or(0, |all| all.len());
        println!("impact of {subject:?}: {touched} tenants, {:.2} ms", begin.elapsed().as_secs_f64() * 1000.0);
    }
    memory(&fleet, after)
}

/// What holds how much, in bytes for a tenant: each part is copied for all, and what the process grew by is divided. The page size is the
/// error, over all of them.
fn memory(fleet: &Fleet, now: Timestamp) -> Result<()> {
    fn part<T>(what: &str, n: usize, copies: impl FnOnce() -> T) -> Result<()> {
        let before = resident()?;
        let kept = copies();
        println!("{what:<34} {:6}", resident()?.saturating_sub(before) / n);
        std::mem::forget(kept); // what is freed would be used for the next part
        Ok(())
    }
    let (n, tenants) = (fleet.tenants.len(), &fleet.tenants);
    let statuses = || tenants.values().filter_map(|tenant| tenant.status.as_ref().ok());
    println!("\nbytes for a tenant, once upgraded; {} KiB in all", resident()? / 1024);
    part("TenantInstance", n, || (**tenants).clone())?;
    part("  its spec", n, || tenants.values().map(|tenant| tenant.spec.clone()).collect::<Vec<_>>())?;
    part("  its status", n, || statuses().cloned().collect::<Vec<_>>())?;
    part("    conditions", n, || statuses().map(|status| status.conditions.to_vec()).collect::<Vec<_>>())?;
    part("    notices", n, || statuses().map(|status| status.notices.to_vec()).collect::<Vec<_>>())?;
    part("    history", n, || statuses().map(|status| status.history.to_vec()).collect::<Vec<_>>())?;
    part("workload", n, || (*fleet.workloads).clone())?;
    part("  its containers", n, || fleet.workloads.values().map(|workload| workload.containers.clone()).collect::<Vec<_>>())?;
    part("  its annotation", n, || fleet.workloads.values().map(|workload| workload.intent.clone()).collect::<Vec<_>>())?;
    let mut memo = Memo::default();
    memo.plan(fleet, now);
    part("what is remembered of its turns", n, || memo.clone())
}

/// Bytes of this process in memory.
fn resident() -> Result<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm")?;
    let pages: usize = pages.split(' ').nth(1).context("statm")?.parse()?;
    Ok(pages * 4096)
}

/// Three kinds of passes over the same facts. A plan is dropped where it is timed: that is a part of its cost.
fn time(what: &str, fleet: &mut Fleet, now: Timestamp) -> Pass {
    let mut memo = Memo::default();
    let anew = median(|| plan(fleet, now));
    let mut recall = |changed: usize| {
        memo.plan(fleet, now);
        let mut took = vec![];
        for _ in 0..PASSES {
            fleet.planned();
            let keys: Vec<_> =
                fleet.workloads.keys().step_by(fleet.workloads.len().div_ceil(changed.max(1))).take(changed).cloned().collect();
            for key in &keys {
                fleet.workloads.get_mut(key);
            }
            let start = Instant::now();
            drop(memo.plan(fleet, now));
            took.push(start.elapsed().as_secs_f64() * 1000.0);
        }
        took.sort_by(f64::total_cmp);
        took[PASSES / 2]
    };
    let (settled, changed) = (recall(0), recall(CHANGED));
    Pass { tenants: fleet.tenants.len(), what: what.into(), anew, settled, changed }
}

fn median<T>(pass: impl Fn() -> T) -> f64 {
    let mut took: Vec<_> = (0..PASSES)
        .map(|_| {
            let start = Instant::now();
            drop(pass());
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[PASSES / 2]
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
        let (tenant, tenant_uid) = (notice.tenant, notice.tenant_uid);
        let key = DeliveryKey { tenant, tenant_uid, key: notice.record.key, contact: notice.record.contact };
        fleet.deliveries.insert(key, Delivery { attempts: 1, delivered_at: Some(now), ..Delivery::default() });
    }
    for write in plan.writes {
        match write.change {
            Change::TenantStatus { tenant, status } => {
                if let Some(tenant) = fleet.tenants.get_mut(&tenant) {
                    tenant.status = Ok(*status);
                }
            }
            Change::Images { workload, images } => {
                if let Some(workload) = fleet.workloads.get_mut(&workload) {
                    roll_out(workload, images);
                }
            }
            Change::ReleaseStatus { release, status } => {
                if let Some(release) = fleet.releases.get_mut(&release) {
                    release.status = Ok(*status);
                }
            }
            Change::WindowStatus { window, status } => {
                if let Some(window) = fleet.windows.get_mut(&window) {
                    window.status = Ok(*status);
                }
            }
            Change::ProductStatus { product, status } => {
                if let Some(product) = fleet.products.get_mut(&product) {
                    product.status = Ok(*status);
                }
            }
            // No release of this fleet has a check or a hook, nothing fails, and nothing is tried.
            Change::TrialStatus { .. }
            | Change::Job { .. }
            | Change::AskJob { .. }
            | Change::ReadJob { .. }
            | Change::ReadPods { .. } => {}
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

/// 200 products with ten cycles and an installation each; every tenant uses five of them, and all end in some years.
fn furnish(fleet: &mut Fleet) -> Result<()> {
    for n in 0..PRODUCTS {
        let cycles: Vec<_> =
            (0..10).map(|cycle| json!({"name": cycle.to_string(), "eolFrom": format!("203{cycle}-01-01")})).collect();
        let spec =
            json!({"releases": cycles, "installations": [{"name": format!("shared-{n}"), "version": format!("{}.4", n % 10)}]});
        let product = Product::new(meta(&format!("product-{n}"))?, Ok(read(spec)?), Ok(read(json!({}))?));
        fleet.products.insert(format!("product-{n:03}"), product);
    }
    for (n, tenant) in fleet.tenants.values_mut().enumerate() {
        let uses = |k: usize| json!({"name": format!("d{k}"), "installation": format!("shared-{}", (n + k * 37) % PRODUCTS)});
        if let Ok(spec) = &mut tenant.spec {
            spec.dependencies = read((0..5).map(uses).collect())?;
        }
    }
    Ok(())
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
    Ok(Tenant { meta, spec, status, opt_out: None, opt_out_reason: None, opt_in: None, retry: None, trial: None })
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

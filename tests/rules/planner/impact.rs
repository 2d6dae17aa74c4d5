//! R30: whom a release, a software or a shared service touches.

use serde_json::json;
use uplift::{
    api::{
        TenantInstanceSpec,
        release::{DashboardReleaseSpec, Withdrawn},
        tenant::Management,
    },
    fleet::{Fleet, Product, TenantKey},
    plan::{Impacted, Subject, impact},
};

use super::{acme, at, deployment, world};

/// Acme has its date: that of 2026.12.0 in December. A newer release waits for its approval.
const NOW: &str = "2026-12-02T00:00:00Z";
const NEWER: &str = "apiVersion: uplift.dev/v1alpha1\nkind: DashboardRelease\nmetadata: {name: r-2027-1}\nspec:\n  version: \"2027.1.0\"\n  \
                     images: {dashboard: \"registry.example.test/dashboard:2027.1.0\"}\n";

/// Nothing is announced yet.
fn early() -> Fleet {
    world(NEWER, "[]", "2026-12-01T00:00:00Z").0
}

fn edit(fleet: &mut Fleet, release: &str, change: impl Fn(&mut DashboardReleaseSpec)) {
    change(fleet.releases.get_mut(release).unwrap().spec.as_mut().unwrap());
}

fn tenant(fleet: &mut Fleet, change: impl Fn(&mut TenantInstanceSpec)) {
    change(fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap());
}

fn of(fleet: &Fleet, subject: &Subject) -> Vec<Impacted> {
    impact(fleet, at(NOW), subject).unwrap()
}

/// Standing, way and date of acme, in a line.
fn acme_to(fleet: &Fleet, release: &str) -> String {
    let all = of(fleet, &Subject::Release(release.into()));
    let Some(one) = all.iter().find(|one| one.name == "acme") else { return "-".into() };
    let date = one.opens.clone().or(one.expected_at.map(|at| format!("~{at}"))).unwrap_or_default();
    format!("{} {} {date}", one.standing, one.route.join(",")).trim_end().into()
}

#[test]
fn a_release_that_is_not_approved_says_who_would_go_there_and_by_which_way() {
    let mut fleet = early();
    assert_eq!(acme_to(&fleet, "r-2027-1"), "Waiting 2027.1.0");
    assert_eq!(acme_to(&fleet, "r-2026-12"), "Expected 2026.12.0 ~2026-12-15T18:00:00Z");
    edit(&mut fleet, "r-2027-1", |spec| spec.upgrades_from = Some(">=2026.12".into()));
    let release = fleet.releases.remove("r-2027-1").unwrap();
    let release = uplift::fleet::Release::new(release.meta, release.spec, release.status);
    fleet.releases.insert("r-2027-1".into(), release);
    assert_eq!(acme_to(&fleet, "2027.1.0"), "Waiting 2026.12.0,2027.1.0");
}

#[test]
fn what_is_announced_stands_and_a_newer_release_is_passed_by_or_passes_by() {
    let (mut fleet, _) = world(NEWER, "[]", "2026-12-02T00:00:00Z");
    assert_eq!(acme_to(&fleet, "2026.12.0"), "Announced 2026.12.0 2026-12-15T18:00+00:00");
    assert_eq!(acme_to(&fleet, "2027.1.0"), "Waiting 2026.12.0,2027.1.0", "one after the other");
    assert_eq!(acme_to(&fleet, "2026.11.0"), "Uses");
    // Once nothing is announced the newest open release is the target, and the older one is passed by.
    let approval = fleet.releases["r-2026-12"].spec.as_ref().unwrap().approval.clone();
    edit(&mut fleet, "r-2027-1", |spec| spec.approval.clone_from(&approval));
    fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade = None;
    assert_eq!(acme_to(&fleet, "2026.12.0"), "PassesBy 2027.1.0");
}

#[test]
fn a_withdrawn_release_is_no_way_and_no_target() {
    let mut fleet = early();
    edit(&mut fleet, "r-2027-1", |spec| spec.withdrawn = Some(Withdrawn { reason: "it loses reports".into() }));
    assert_eq!(acme_to(&fleet, "2027.1.0"), "Held 2026.12.0");
}

#[test]
fn a_pin_holds_and_who_is_not_managed_does_not_go() {
    let mut fleet = early();
    tenant(&mut fleet, |spec| spec.pin = serde_json::from_value(json!({"version": "2026.11.0", "reason": "audit"})).unwrap());
    assert_eq!(acme_to(&fleet, "2027.1.0"), "Held");
    let said = of(&fleet, &Subject::Release("2027.1.0".into()));
    assert!(said[0].message.as_ref().unwrap().contains("audit"), "{said:?}");
    tenant(&mut fleet, |spec| spec.management = Management::Unmanaged);
    assert_eq!(acme_to(&fleet, "2027.1.0"), "Unmanaged");
}

#[test]
fn who_runs_it_counts_in_every_channel_and_who_waits_in_its_own() {
    let mut fleet = early();
    tenant(&mut fleet, |spec| spec.channel = "beta".into());
    assert_eq!(acme_to(&fleet, "2026.11.0"), "Uses");
    assert_eq!(acme_to(&fleet, "2026.12.0"), "-");
}

#[test]
fn what_nobody_can_read_is_never_left_out() {
    let mut fleet = early();
    fleet.workloads.get_mut(&deployment(&acme(), "dashboard")).unwrap().containers.clear();
    assert_eq!(acme_to(&fleet, "2026.12.0"), "Unknown");
    edit(&mut fleet, "r-2026-11", |spec| {
        spec.contains = serde_json::from_value(json!([{"product": "lib", "version": "1"}])).unwrap();
    });
    let meta = fleet.tenants[&acme()].meta.clone();
    let lib = |installed: &str| {
        let spec = json!({"releases": [{"name": "1"}], "installations": [{"name": installed, "version": "1"}]});
        Product::new(meta.clone(), Ok(serde_json::from_value(spec).unwrap()), Ok(uplift::api::SoftwareProductStatus::default()))
    };
    fleet.products.insert("lib".into(), lib("shared"));
    let standings = |fleet: &Fleet, subject| of(fleet, &subject).iter().map(|one| one.standing.to_string()).collect::<Vec<_>>();
    assert_eq!(standings(&fleet, Subject::Product("lib".into(), None)), ["Unknown"], "nobody knows its images");
    tenant(&mut fleet, |spec| {
        spec.dependencies = serde_json::from_value(json!([{"name": "db", "installation": "shared"}])).unwrap();
    });
    assert_eq!(standings(&fleet, Subject::Installation("shared".into())), ["Uses"]);
    fleet.products.insert("other".into(), lib("shared"));
    assert_eq!(standings(&fleet, Subject::Installation("shared".into())), ["Unknown"], "two products have it");
    fleet.tenants.get_mut(&acme()).unwrap().spec = Err("spec.workloads: missing".into());
    assert_eq!(standings(&fleet, Subject::Installation("shared".into())), ["Unknown"]);
    assert_eq!(acme_to(&fleet, "2026.12.0"), "Unknown");
}

#[test]
fn a_release_of_a_product_that_there_is_not_is_an_error_with_those_that_there_are() {
    let mut fleet = early();
    let meta = fleet.tenants[&TenantKey::new("acme", "acme")].meta.clone();
    let spec = serde_json::from_value(json!({"releases": [{"name": "13"}, {"name": "17"}]})).unwrap();
    fleet.products.insert("lib".into(), Product::new(meta, Ok(spec), Ok(uplift::api::SoftwareProductStatus::default())));
    let asked = |release: &str| impact(&fleet, at(NOW), &Subject::Product("lib".into(), Some(release.into())));
    assert_eq!(asked("17"), Ok(vec![]));
    assert!(asked("71").unwrap_err().contains("it has 13, 17"));
}

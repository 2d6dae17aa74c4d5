//! R27: what is said of the software that a tenant uses, where no scenario shows it.

use serde_json::json;
use uplift::{
    api::{condition, tenant::Runway},
    fleet::{Fleet, Product},
    plan::{Change, plan},
};

use super::{acme, at, status_of, using};

const NOW: &str = "2026-12-02T00:00:00Z";

/// One product with a cycle for each day from here on, and a tenant that uses the first of them, the last first.
fn many(cycles: usize) -> Fleet {
    let cycle = |n: usize| json!({"name": n.to_string(), "eolFrom": format!("2027-03-{:02}", n + 1)});
    let uses = |n: usize| json!({"name": format!("d{n}"), "product": "lib", "version": format!("{}.1", cycles - 1 - n)});
    using(&(0..cycles).map(cycle).collect(), &(0..cycles).map(uses).collect(), "2026-12-01T10:00:00Z", NOW)
}

#[test]
fn sixteen_entries_are_kept_those_that_end_first() {
    let mut fleet = many(20);
    fleet.releases.get_mut("r-2026-11").unwrap().spec.as_mut().unwrap().end_of_life = Some("2028-01-01".parse().unwrap());
    fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().support = vec![].into();
    let support = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap().support;
    let ends: Vec<_> = support.iter().map(|said| format!("{} {}", said.subject, said.ends_on.unwrap())).collect();
    let libs = (1..=15).map(|day| format!("lib 2027-03-{day:02}"));
    assert_eq!(ends, std::iter::once("dashboard 2028-01-01".to_owned()).chain(libs).collect::<Vec<_>>());
}

#[test]
fn what_is_used_is_told_whatever_nobody_knows_of_the_images() {
    let mut fleet = many(1);
    fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().support = vec![].into();
    fleet.workloads.values_mut().for_each(|workload| workload.containers.clear());
    let support = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap().support;
    assert_eq!(support.iter().map(|said| said.state).collect::<Vec<_>>(), [Runway::Supported]);
}

/// What the plan writes of the product.
fn said(fleet: &Fleet, now: &str) -> Option<uplift::api::SoftwareProductStatus> {
    plan(fleet, at(now)).writes.into_iter().find_map(|write| match write.change {
        Change::ProductStatus { status, .. } => Some(*status),
        _ => None,
    })
}

#[test]
fn a_product_that_does_not_parse_says_so_and_is_unknown_to_who_uses_it() {
    let mut fleet = many(1);
    let old = fleet.products.remove("lib").unwrap();
    fleet.products.insert("lib".into(), Product::new(old.meta, Err("spec.releases: no list".into()), old.status));
    fleet.products.get_mut("lib").unwrap().meta.generation += 1;
    let status = said(&fleet, NOW).unwrap();
    let ready = condition::get(&status.conditions, condition::READY).unwrap();
    assert_eq!((ready.status.as_str(), ready.message.as_str()), ("False", "spec.releases: no list"));
    let support = status_of(&plan(&fleet, at(NOW)), &acme()).unwrap().support;
    assert_eq!(support[0].state, Runway::Unknown);
    assert!(support[0].message.as_ref().unwrap().contains("does not parse"), "{support:?}");
}

#[test]
fn an_installation_ends_with_the_first_second_of_its_day_in_utc_and_is_written_once() {
    let mut fleet = many(1);
    let product = fleet.products.remove("lib").unwrap();
    let mut spec = product.spec.unwrap();
    spec.notify_before.clear();
    spec.installations = serde_json::from_value(serde_json::json!([{"name": "one", "version": "0.9"}])).unwrap();
    let mut product = Product::new(product.meta, Ok(spec), product.status);
    product.meta.generation += 1;
    fleet.products.insert("lib".into(), product);
    let states = |fleet: &Fleet, now| said(fleet, now).map(|status| status.installations[0].state);
    let first = said(&fleet, NOW).unwrap();
    assert_eq!(first.installations[0].state, Runway::Supported);
    fleet.products.get_mut("lib").unwrap().status = Ok(first);
    assert_eq!(states(&fleet, NOW), None);
    assert_eq!(states(&fleet, "2027-02-28T23:59:59Z"), None);
    assert_eq!(states(&fleet, "2027-03-01T00:00:00Z"), Some(Runway::Ended));
}

//! R31: shared services that are to move, where no scenario shows it.

use serde_json::{Value, json};
use uplift::{
    api::{SoftwareProductStatus, product::InstallationStatus, tenant::Issue},
    fleet::{Fleet, Product},
    plan::{Change, Memo, Standing, Subject, impact, plan},
};

use super::{acme, at, interop::needs, starts::START, status_of, world};

const NOW: &str = "2026-12-15T17:00:00Z";

/// A product with this installation, which acme uses.
fn fleet(installation: &Value) -> Fleet {
    let mut fleet = world("", "[]", NOW).0;
    has(&mut fleet, "postgresql", installation);
    uses(&mut fleet, &json!([{"name": "db", "installation": "pg-eu-1"}]));
    fleet
}

fn has(fleet: &mut Fleet, product: &str, installation: &Value) {
    let mut meta = fleet.tenants[&acme()].meta.clone();
    meta.generation = fleet.products.get(product).map_or(1, |before| before.meta.generation + 1);
    let spec = json!({"releases": [{"name": "13"}, {"name": "17"}], "installations": [installation]});
    let status = fleet.products.get(product).map_or_else(|| Ok(SoftwareProductStatus::default()), |before| before.status.clone());
    fleet.products.insert(product.into(), Product::new(meta, Ok(serde_json::from_value(spec).unwrap()), status));
}

fn moves_to(version: &str) -> Value {
    json!({"name": "pg-eu-1", "version": "13.4", "planned": {"version": version, "notBefore": "2027-02-01"}})
}

fn uses(fleet: &mut Fleet, dependencies: &Value) {
    let spec = fleet.tenants.get_mut(&acme()).unwrap().spec.as_mut().unwrap();
    spec.dependencies = serde_json::from_value(dependencies.clone()).unwrap();
}

fn declares(fleet: &mut Fleet, versions: &str) {
    uses(fleet, &json!([{"name": "db", "installation": "pg-eu-1", "versions": versions}]));
}

fn issues(fleet: &Fleet) -> Vec<Issue> {
    let seen = fleet.tenants[&acme()].status.clone().unwrap();
    status_of(&plan(fleet, at(NOW)), &acme()).unwrap_or(seen).issues.to_vec()
}

#[test]
fn a_planned_version_is_told_where_it_lies_in_no_range_that_is_known() {
    for (declared, planned, told) in [
        (">=13, <17", "17.2", true),
        (">=13, <17", "16.4-2.pgdg120", false),
        (">=13, <17", "1:17.2-1", true),
        // What runs does not lie there either: nobody is held by it, and that the move does not help is worth knowing.
        (">=15, <17", "14.1", true),
        (">=15, <17", "15.1", false),
        // Of a version without numbers nobody can say.
        (">=13, <17", "edge", false),
        // Nothing lies in it.
        (">=17, <13", "15.1", true),
    ] {
        let mut fleet = fleet(&moves_to(planned));
        declares(&mut fleet, declared);
        let issues = issues(&fleet);
        assert_eq!(!issues.is_empty(), told, "{planned} in {declared}: {issues:?}");
    }
}

#[test]
fn what_runs_counts_with_what_it_needs_and_what_is_planned_does_not() {
    let mut fleet = fleet(&moves_to("17.2"));
    needs(&mut fleet, "r-2026-12", &json!([{"product": "postgresql", "versions": "<14"}]));
    assert_eq!(issues(&fleet).iter().filter(|one| one.release.is_none()).count(), 0, "it runs 2026.11.0");
    needs(
        &mut fleet,
        "r-2026-11",
        &json!([{"product": "postgresql", "versions": "<16"}, {"product": "nodejs", "versions": "<16"}]),
    );
    let all = issues(&fleet);
    assert_eq!(
        all[0].message,
        "postgresql 17.2 is planned for pg-eu-1, not before 2027-02-01, and does not lie in <16, which release r-2026-11 needs that runs: \
         the tenant has to be upgraded first, or the provider has to plan another version"
    );
    assert_eq!((all.len(), all[0].issue.as_str()), (1, "SharedServiceMoves/pg-eu-1"));
}

#[test]
fn each_service_is_one_issue_with_every_range_that_it_leaves() {
    let mut fleet = fleet(&moves_to("17.2"));
    needs(&mut fleet, "r-2026-11", &json!([{"product": "postgresql", "versions": "<16"}]));
    let db = json!({"name": "db", "installation": "pg-eu-1", "versions": "<17"});
    let more = json!({"name": "more", "installation": "pg-eu-1", "versions": "<14"});
    uses(&mut fleet, &json!([db, more]));
    let all = issues(&fleet);
    assert_eq!(all.len(), 1, "{all:?}");
    let says = |what: &str| assert!(all[0].message.contains(what), "{what}: {}", all[0].message);
    says(
        "<17, which dependency \"db\" declares, nor in <16, which release r-2026-11 needs that runs: the tenant has to allow it and to be upgraded first",
    );
    says("<14, which dependency \"more\" declares");
}

#[test]
fn of_two_services_with_one_name_nobody_knows_which_moves() {
    let mut fleet = fleet(&moves_to("17.2"));
    declares(&mut fleet, "<17");
    assert_eq!(issues(&fleet).len(), 1);
    has(&mut fleet, "mysql", &json!({"name": "pg-eu-1", "version": "8.4"}));
    assert_eq!(issues(&fleet), []);
}

#[test]
fn a_plan_is_told_with_the_next_turn_although_nothing_of_the_tenant_changed() {
    let (mut fleet, mut memo) = (fleet(&json!({"name": "pg-eu-1", "version": "13.4"})), Memo::default());
    declares(&mut fleet, "<17");
    _ = memo.plan(&fleet, at(NOW));
    fleet.planned();
    assert_eq!(status_of(&memo.plan(&fleet, at(NOW)), &acme()), None, "nothing is new");
    fleet.planned();
    has(&mut fleet, "postgresql", &moves_to("17.2"));
    let status = status_of(&memo.plan(&fleet, at(NOW)), &acme()).expect("acme had no turn");
    assert_eq!(status.issues.iter().filter_map(Issue::moves).collect::<Vec<_>>(), ["pg-eu-1"]);
    assert!(status.blockers.iter().all(|blocker| blocker.gate != "Interop"), "nothing is held: {:?}", status.blockers);
}

#[test]
fn while_an_upgrade_runs_what_was_said_stands() {
    let mut fleet = fleet(&moves_to("17.2"));
    declares(&mut fleet, "<17");
    let status = status_of(&plan(&fleet, at(START)), &acme()).unwrap();
    assert!(status.upgrade.as_ref().unwrap().started_at.is_some());
    assert_eq!(status.issues.len(), 0, "it starts in the turn in which this comes up");
    fleet.tenants.get_mut(&acme()).unwrap().status = Ok(status_of(&plan(&fleet, at(NOW)), &acme()).unwrap());
    declares(&mut fleet, "<18");
    let status = status_of(&plan(&fleet, at(START)), &acme()).unwrap();
    assert!(status.upgrade.as_ref().unwrap().started_at.is_some());
    assert_eq!(status.issues.len(), 1);
}

/// What the plan writes of the installation.
fn said(fleet: &Fleet, now: &str) -> Option<InstallationStatus> {
    plan(fleet, at(now)).writes.into_iter().find_map(|write| match write.change {
        Change::ProductStatus { status, .. } => status.installations.into_iter().next(),
        _ => None,
    })
}

#[test]
fn whom_a_plan_leaves_behind_is_counted_at_most_every_ten_seconds() {
    let mut fleet = fleet(&moves_to("17.2"));
    declares(&mut fleet, "<17");
    let first = plan(&fleet, at(NOW));
    let count = |said: &InstallationStatus| said.planned.as_ref().map(|planned| planned.left_behind);
    assert_eq!(said(&fleet, NOW).as_ref().and_then(count), Some(0), "the tenant has not said it yet");
    for write in first.writes {
        match write.change {
            Change::ProductStatus { status, .. } => fleet.products.get_mut("postgresql").unwrap().status = Ok(*status),
            Change::TenantStatus { status, .. } => fleet.tenants.get_mut(&acme()).unwrap().status = Ok(*status),
            _ => {}
        }
    }
    assert_eq!(said(&fleet, "2026-12-15T17:00:09Z"), None);
    assert_eq!(plan(&fleet, at("2026-12-15T17:00:09Z")).wake_at, Some(at("2026-12-15T17:00:10Z")));
    assert_eq!(said(&fleet, "2026-12-15T17:00:10Z").as_ref().and_then(count), Some(1));
    // Another plan is told at once.
    has(&mut fleet, "postgresql", &moves_to("18.0"));
    assert_eq!(said(&fleet, "2026-12-15T17:00:01Z").unwrap().planned.unwrap().version, "18.0");
    has(&mut fleet, "postgresql", &json!({"name": "pg-eu-1", "version": "17.2"}));
    assert_eq!(said(&fleet, "2026-12-15T17:00:01Z").unwrap().planned, None);
}

#[test]
fn who_asks_about_a_service_sees_what_is_planned_and_whom_it_leaves_behind() {
    let mut fleet = fleet(&moves_to("17.2"));
    let of = |fleet: &Fleet| impact(fleet, at(NOW), &Subject::Installation("pg-eu-1".into())).unwrap().remove(0);
    let fits = of(&fleet);
    assert_eq!((fits.standing, fits.issues.len(), fits.planned.unwrap().version.as_str()), (Standing::Uses, 0, "17.2"));
    declares(&mut fleet, "<17");
    let left = of(&fleet);
    assert_eq!((left.standing, left.issues[0].issue.as_str()), (Standing::LeftBehind, "SharedServiceMoves/pg-eu-1"));
    assert!(left.issues[0].warns && left.message.unwrap().contains("not before 2027-02-01"));
    has(&mut fleet, "postgresql", &json!({"name": "pg-eu-1", "version": "13.4"}));
    let stays = of(&fleet);
    assert_eq!((stays.standing, stays.planned), (Standing::Uses, None));
}

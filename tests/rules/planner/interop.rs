//! R31: what a scenario cannot show of neighbours, acceptances and views.

use serde_json::json;
use uplift::{
    api::{DashboardReleaseSpec, SoftwareProductStatus, TenantInstanceStatus, release::Interface},
    fleet::{Fleet, Product, Release, TenantKey, View},
    plan::{Memo, plan},
};

use super::{
    TWO, acme, at,
    starts::{START, starts},
    status_of, world, zeta,
};

fn edit(fleet: &mut Fleet, release: &str, change: impl Fn(&mut DashboardReleaseSpec)) {
    let Release { meta, mut spec, status, .. } = fleet.releases.remove(release).unwrap();
    change(spec.as_mut().unwrap());
    fleet.releases.insert(release.into(), Release::new(meta, spec, status));
}

fn offers(versions: &[&str]) -> Vec<Interface> {
    serde_json::from_value(json!([{"name": "report-api", "versions": versions}])).unwrap()
}

fn uses(fleet: &mut Fleet, who: &TenantKey, dependency: &serde_json::Value) {
    let spec = fleet.tenants.get_mut(who).unwrap().spec.as_mut().unwrap();
    spec.dependencies = vec![serde_json::from_value(dependency.clone()).unwrap()];
}

/// Zeta reads acme's reports; both are ready, an hour before their slots open.
fn neighbours() -> Fleet {
    let mut fleet = world(TWO, "[]", "2026-12-15T17:00:00Z").0;
    for (release, versions) in [("r-2026-11", ["2.9", "1.4"]), ("r-2026-12", ["2.9", "3.0"])] {
        edit(&mut fleet, release, |spec| spec.interfaces = offers(&versions));
    }
    uses(&mut fleet, &zeta(), &json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api", "versions": ">=2"}));
    fleet
}

fn started(fleet: &Fleet, now: &str) -> Vec<TenantKey> {
    let plan = plan(fleet, at(now));
    let starts = |key: &TenantKey| status_of(&plan, key).is_some_and(|s| s.upgrade.is_some_and(|u| u.started_at.is_some()));
    [acme(), zeta()].into_iter().filter(starts).collect()
}

/// The issues that hold a tenant at this instant.
fn held(fleet: &Fleet, key: &TenantKey, now: &str) -> Vec<String> {
    let status = status_of(&plan(fleet, at(now)), key).unwrap_or_default();
    status.blockers.iter().filter(|blocker| blocker.gate == "Interop").map(|blocker| blocker.reason.to_string()).collect()
}

#[test]
fn two_neighbours_do_not_start_in_one_pass() {
    let mut fleet = neighbours();
    assert_eq!(started(&fleet, START), [acme()], "zeta is judged by what acme runs then");
    fleet.tenants.get_mut(&zeta()).unwrap().spec.as_mut().unwrap().dependencies.clear();
    assert_eq!(started(&fleet, START), [acme(), zeta()]);
}

#[test]
fn while_a_neighbour_goes_from_one_release_to_another_both_must_do() {
    let mut fleet = neighbours();
    let needs = |fleet: &mut Fleet, versions: &str| {
        edit(fleet, "r-2026-12", |spec| {
            spec.requires = serde_json::from_value(json!([{"interface": "report-api", "versions": versions}])).unwrap();
        });
    };
    needs(&mut fleet, ">=3");
    assert_eq!(held(&fleet, &zeta(), START), ["IncompatibleDependency"], "acme offers 3 only after its upgrade");
    needs(&mut fleet, "<2");
    assert_eq!(held(&fleet, &zeta(), START), Vec::<String>::new(), "what acme runs will do");
    let upgrade = fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap();
    upgrade.started_at = Some(at(START));
    upgrade.step =
        Some(serde_json::from_value(json!({"at": START, "workload": {"kind": "Deployment", "name": "dashboard"}})).unwrap());
    assert_eq!(held(&fleet, &zeta(), START), ["IncompatibleDependency"], "what it goes to will not");
    needs(&mut fleet, ">=2");
    assert_eq!(held(&fleet, &zeta(), START), Vec::<String>::new(), "both have 2.9");
}

#[test]
fn what_a_neighbour_needs_by_its_own_release_counts_like_what_it_declares() {
    let mut fleet = neighbours();
    assert_eq!(held(&fleet, &acme(), START), Vec::<String>::new());
    edit(&mut fleet, "r-2026-11", |spec| {
        spec.requires = serde_json::from_value(json!([{"interface": "report-api", "versions": "<2"}])).unwrap();
    });
    assert_eq!(held(&fleet, &acme(), START), ["BreaksConsumer"], "zeta runs 2026.11.0, which needs 1.4");
}

#[test]
fn an_edit_of_a_neighbour_is_seen_although_nothing_of_the_tenant_itself_changed() {
    let (mut fleet, mut memo) = (neighbours(), Memo::default());
    let before = "2026-12-15T17:00:00Z";
    _ = memo.plan(&fleet, at(before));
    fleet.planned();
    let narrow = json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api", "versions": "<2"});
    uses(&mut fleet, &zeta(), &narrow);
    let planned = memo.plan(&fleet, at(before));
    let status = status_of(&planned, &acme()).expect("acme had no turn");
    assert_eq!(status.issues.iter().map(|issue| issue.issue.as_str()).collect::<Vec<_>>(), ["BreaksConsumer/report-api"]);
    assert!(!status.blockers[0].message.contains("zeta"), "{}", status.blockers[0].message);
}

#[test]
fn an_acceptance_ends_at_the_first_instant_of_its_day_and_the_plan_wakes_for_it() {
    let mut fleet = neighbours();
    edit(&mut fleet, "r-2026-12", |spec| {
        spec.interfaces = offers(&["3.0"]);
        let accepted = json!([{"issue": "BreaksConsumer/report-api", "by": "bob", "until": "2026-12-16", "reason": "known"}]);
        spec.accepted_issues = serde_json::from_value(accepted).unwrap();
    });
    uses(&mut fleet, &zeta(), &json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api", "versions": "<3"}));
    assert_eq!(held(&fleet, &acme(), "2026-12-15T17:00:00Z"), Vec::<String>::new());
    fleet.tenants.values_mut().for_each(|tenant| tenant.status.as_mut().unwrap().upgrade = None);
    let wakes = plan(&fleet, at("2026-12-15T23:59:59Z")).wake_at;
    assert_eq!(wakes, Some(at("2026-12-16T00:00:00Z")));
    assert_eq!(held(&fleet, &acme(), "2026-12-15T23:59:59Z"), Vec::<String>::new());
    assert_eq!(held(&fleet, &acme(), "2026-12-16T00:00:00Z"), ["BreaksConsumer"]);
}

#[test]
fn an_old_view_of_products_holds_the_start_of_whoever_uses_an_installation() {
    let mut fleet = world("", "[]", "2026-12-15T17:00:00Z").0;
    let spec = json!({"releases": [{"name": "13"}], "installations": [{"name": "pg-eu-1", "version": "13.4"}]});
    let meta = fleet.tenants[&acme()].meta.clone();
    let product = Product::new(meta, Ok(serde_json::from_value(spec).unwrap()), Ok(SoftwareProductStatus::default()));
    fleet.products.insert("postgresql".into(), product);
    fleet.views.0.insert(View::Products, 91);
    assert!(starts(&fleet, START), "it uses none");
    uses(&mut fleet, &acme(), &json!({"name": "db", "installation": "pg-eu-1"}));
    assert!(!starts(&fleet, START));
    fleet.views.0.insert(View::Products, 90);
    assert!(starts(&fleet, START));
}

#[test]
fn of_two_upgrades_that_wait_for_each_other_both_are_told_so() {
    let mut fleet = neighbours();
    let needs = |fleet: &mut Fleet, release: &str, versions: &str| {
        edit(fleet, release, |spec| {
            spec.requires = serde_json::from_value(json!([{"interface": "report-api", "versions": versions}])).unwrap();
        });
    };
    // What zeta runs needs 1.4 of acme, and what it goes to needs 3: acme's next release has 3 only.
    uses(&mut fleet, &zeta(), &json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api"}));
    needs(&mut fleet, "r-2026-11", "<2");
    needs(&mut fleet, "r-2026-12", ">=3");
    edit(&mut fleet, "r-2026-12", |spec| spec.interfaces = offers(&["3.0"]));
    let plan = plan(&fleet, at(START));
    for (tenant, issue) in [(acme(), "BreaksConsumer/report-api"), (zeta(), "IncompatibleDependency/report-api")] {
        let issues = status_of(&plan, &tenant).unwrap().issues;
        let own = issues.iter().find(|one| one.issue == issue).unwrap();
        assert!(own.message.contains("each waits for the other (InteropCycle)"), "{}", own.message);
    }
    edit(&mut fleet, "r-2026-12", |spec| spec.interfaces = offers(&["3.0", "1.4"]));
    let issues = status_of(&uplift::plan::plan(&fleet, at(START)), &zeta()).unwrap().issues;
    assert!(!issues.iter().any(|one| one.message.contains("InteropCycle")), "acme goes first: {issues:?}");
}

/// The release needs this.
pub fn needs(fleet: &mut Fleet, release: &str, requires: &serde_json::Value) {
    edit(fleet, release, |spec| spec.requires = serde_json::from_value(requires.clone()).unwrap());
}

#[test]
fn what_was_last_known_of_a_neighbour_counts_and_what_its_failure_left() {
    let mut fleet = neighbours();
    let status = |fleet: &mut Fleet, change: fn(&mut TenantInstanceStatus)| {
        change(fleet.tenants.get_mut(&acme()).unwrap().status.as_mut().unwrap());
    };
    needs(&mut fleet, "r-2026-12", &json!([{"interface": "report-api", "versions": ">=3"}]));
    status(&mut fleet, |status| (status.version, status.last_known_version) = (None, status.version.take()));
    assert_eq!(held(&fleet, &zeta(), START), ["IncompatibleDependency"], "acme offered 2.9 when that was last known");
    // It goes to 2026.12.0 by an upgrade that fails, and leaves the new images there.
    status(&mut fleet, |status| {
        (status.version, status.last_known_version) = (Some("2026.12.0".into()), None);
        let failed = json!([{"result": "Failed", "id": "x-1", "from": "2026.11.0", "to": "2026.12.0", "slot": "s", "noticed": true, "finishedAt": START}]);
        status.history = serde_json::from_value(failed).unwrap();
    });
    assert_eq!(held(&fleet, &zeta(), START), ["IncompatibleDependency"], "who knows whether it goes back");
    status(&mut fleet, |status| status.history = vec![].into());
    assert_eq!(held(&fleet, &zeta(), START), Vec::<String>::new());
}

#[test]
fn who_has_not_what_it_needs_now_is_broken_by_nobody() {
    let mut fleet = neighbours();
    uses(&mut fleet, &zeta(), &json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api", "versions": ">=4"}));
    assert_eq!(held(&fleet, &acme(), START), Vec::<String>::new());
    uses(&mut fleet, &zeta(), &json!({"name": "reports", "tenant": "acme/acme", "interface": "report-api", "versions": "<2"}));
    assert_eq!(held(&fleet, &acme(), START), ["BreaksConsumer"]);
}

#[test]
fn a_range_that_contradicts_itself_stops_who_would_go_there_and_nobody_who_runs_it() {
    let mut fleet = neighbours();
    let contradiction = json!([{"product": "postgresql", "versions": ">=3, <2"}]);
    needs(&mut fleet, "r-2026-11", &contradiction);
    assert_eq!(started(&fleet, START), [acme()], "2026.11.0 is known as before");
    needs(&mut fleet, "r-2026-12", &contradiction);
    assert_eq!(started(&fleet, START), []);
    let status = status_of(&plan(&fleet, at(START)), &acme()).unwrap();
    assert!(status.blockers.iter().any(|one| one.reason.word() == "Malformed"), "{:?}", status.blockers);
}

#[test]
fn what_has_one_name_is_told_as_one_and_nothing_of_it_is_hidden() {
    let mut fleet = neighbours();
    let both = json!([{"product": "api", "versions": ">=14"}, {"interface": "api", "versions": ">=3", "undeclared": "Hold"}]);
    needs(&mut fleet, "r-2026-12", &both);
    let issues = status_of(&plan(&fleet, at(START)), &acme()).unwrap().issues;
    assert_eq!(issues.len(), 1, "{issues:?}");
    assert!(issues[0].message.contains(">=14") && issues[0].message.contains(">=3"), "{}", issues[0].message);
    assert_eq!(held(&fleet, &acme(), START), ["DependencyUndeclared"], "the second holds");
}

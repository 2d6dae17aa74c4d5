use std::{io::sink, path::PathBuf};

use super::*;
use crate::{
    api::tenant::{SlotResult, TenantInstanceStatus},
    fleet::TenantKey,
    simulate::{Format, Options, Simulation, events, input, load},
};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The monthly cycle from the first of December on.
fn month(until: Timestamp) -> Options {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle");
    let events = Some(dir.join("events.yaml"));
    Options { dir, from: instant("2026-12-01T00:00:00Z"), until, events, output: Format::Json }
}

fn facts(world: &World) -> Fleet {
    let mut fleet = Fleet::fresh();
    world.objects().for_each(|object| object.fold_into(&mut fleet, world.now(), false));
    fleet
}

/// The same month, cut in two: the second part begins with what the first had shown to a reader.
fn in_two_parts(cut: Timestamp, until: Timestamp) -> Simulation {
    let mut first = load(&month(cut), &mut sink()).unwrap();
    first.run().unwrap();
    let fleet = facts(first.world());
    let (mut world, left_out) = World::of(&fleet, cut);
    assert_eq!(left_out, vec![]);
    for (key, behaviour) in &first.world().behaviours {
        world.behaviours.insert(key.clone(), behaviour.clone()); // no part of what a cluster shows
    }
    let month = month(until);
    let start = input::read(&month.dir, month.events.as_deref(), month.from, &mut sink()).unwrap();
    let mut rest = events::load(month.events.as_ref().unwrap(), &start, &mut sink()).unwrap();
    rest.retain(|event| event.at > cut);
    let mut second = Simulation::new(world, rest, until).with_known(fleet);
    second.run().unwrap();
    second
}

type End = (Option<String>, Option<String>, Vec<(SlotResult, String)>);

/// What runs, the slot that is announced or expected, and how each slot ended.
fn end(status: &TenantInstanceStatus) -> End {
    let upgrade = status.upgrade.as_ref();
    let date = upgrade.and_then(|u| u.slot.as_ref().map(|s| s.opens.clone()).or_else(|| u.expected_at.map(|at| at.to_string())));
    let history = status.history.iter().map(|entry| (entry.result, format!("{} {}", entry.to, entry.slot))).collect();
    (status.version.clone(), date, history)
}

fn ends(world: &World) -> BTreeMap<TenantKey, End> {
    facts(world).tenants.iter().map(|(key, tenant)| (key.clone(), end(tenant.status.as_ref().unwrap()))).collect()
}

#[test]
fn a_world_made_of_what_was_read_of_another_goes_on_like_it() {
    let until = instant("2027-01-31T00:00:00Z");
    let mut whole = load(&month(until), &mut sink()).unwrap();
    whole.run().unwrap();
    let expected = ends(whole.world());
    // Before the approval; announced; between the two opt-outs; in the window; while an upgrade rolls out; after it.
    let cuts = [
        "2026-12-02T12:00:00Z",
        "2026-12-14T00:00:00Z",
        "2026-12-15T13:00:00Z",
        "2026-12-15T18:00:30Z",
        "2026-12-15T18:01:10Z",
        "2026-12-16T12:00:00Z",
    ];
    for cut in cuts {
        let parts = in_two_parts(instant(cut), until);
        let now = ends(parts.world());
        for (key, expected) in &expected {
            assert_eq!(now.get(key), Some(expected), "{key}, cut at {cut}");
        }
    }
}

#[test]
fn what_was_read_is_read_again_the_same() {
    let cut = instant("2026-12-15T13:30:00Z");
    let mut first = load(&month(cut), &mut sink()).unwrap();
    first.run().unwrap();
    let fleet = facts(first.world());
    let (world, _) = World::of(&fleet, cut);
    let mut again = fleet.clone();
    world.objects().for_each(|object| object.fold_into(&mut again, cut, true));
    assert_eq!(*again.workloads, *fleet.workloads);
    for (key, tenant) in &fleet.tenants {
        let read = &again.tenants[key];
        assert_eq!((&read.meta, &read.spec, &read.status), (&tenant.meta, &tenant.spec, &tenant.status));
        assert_eq!(
            (&read.opt_out, &read.opt_out_reason, &read.opt_in),
            (&tenant.opt_out, &tenant.opt_out_reason, &tenant.opt_in)
        );
    }
    for (name, release) in &fleet.releases {
        assert_eq!((&again.releases[name].meta, &again.releases[name].spec), (&release.meta, &release.spec));
    }
}

#[test]
fn an_object_that_does_not_parse_is_left_out_and_named() {
    let cut = instant("2026-12-02T12:00:00Z");
    let mut first = load(&month(cut), &mut sink()).unwrap();
    first.run().unwrap();
    let mut fleet = facts(first.world());
    let broken = TenantKey::new("acme", "acme");
    fleet.tenants.get_mut(&broken).unwrap().spec = Err("spec.windowRef: missing field".into());
    let (world, left_out) = World::of(&fleet, cut);
    assert_eq!(left_out, [(ObjectKey::Tenant(broken.clone()), "spec.windowRef: missing field".into())]);
    assert!(world.get(&ObjectKey::Tenant(broken)).is_none());
}

#[test]
fn a_manifest_that_is_applied_later_removes_what_it_leaves_out_but_not_what_people_set_beside_it() {
    let cut = instant("2026-12-14T00:00:00Z");
    let mut first = load(&month(cut), &mut sink()).unwrap();
    first.run().unwrap();
    let (world, _) = World::of(&facts(first.world()), cut);
    let text = |file: &str| std::fs::read_to_string(month(cut).dir.join(file)).unwrap();
    let apply = |world: World, text: &str| input::apply(world, "with".as_ref(), text, &mut sink()).unwrap();
    let world = apply(world, &text("tenants/ember.yaml"));
    let world = apply(world, &text("releases/2026.12.0.yaml"));
    let window = text("windows/uk-evenings.yaml");
    let world = apply(world, window.split("  freezes:").next().unwrap());
    let object = |key| world.get(&key).unwrap().spec();
    assert!(object(ObjectKey::Window("uk-evenings".into()))["freezes"].is_null(), "left out by the manifest");
    assert!(object(ObjectKey::Tenant(TenantKey::new("ember", "ember")))["suspend"].is_object(), "set by whoever is on call");
    let release = object(ObjectKey::Release("dashboard-2026.12.0".into()));
    assert_eq!(release["approval"]["decision"], "Approved");
    assert_eq!(release["acceptance"]["signOffs"][0]["result"], "Passed");
}

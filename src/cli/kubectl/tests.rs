//! What people see of the example's month, compared with files: `UPDATE=1 cargo test --lib kubectl` writes them anew; read the
//! difference before you commit it.

mod lists;

use std::{io::sink, path::PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::{
    calendar,
    output::{self, Output, WIDTH},
    plan::{Manifests, Preview, change},
    releases, status,
    tenants::summary,
    why,
};
use crate::{
    api::{Suspend, UpgradeWindowSpec, condition, reason::Reason, tenant::Verdict, window::Freeze},
    fleet::{ClockAhead, Fleet, TenantKey, Views, Window},
    plan as planner,
    simulate::{Format, Options, load},
};

/// The cut-off is over, the window is not open yet.
const NOON: &str = "2026-12-15T13:30:00Z";
/// An opt-in came between.
const UNDONE: &str = "2026-12-15T13:10:00Z";
/// The first upgrade runs.
const OPEN: &str = "2026-12-15T18:00:30Z";

pub fn example() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/monthly-cycle")
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The example's fleet as somebody reads it at this instant.
pub fn fleet(at: &str) -> Fleet {
    fleet_of(example(), at)
}

pub fn fleet_of(dir: PathBuf, at: &str) -> Fleet {
    let until = instant(at);
    let (from, events) = (instant("2026-12-01T00:00:00Z"), Some(dir.join("events.yaml")).filter(|file| file.exists()));
    let mut simulation = load(&Options { dir, from, until, events, output: Format::Json }, &mut sink()).unwrap();
    simulation.run().unwrap();
    let mut fleet = Fleet::fresh();
    simulation.world().objects().for_each(|object| object.fold_into(&mut fleet, until, true));
    fleet
}

/// Compares a text with the file of that name.
pub fn golden(name: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/cli/kubectl/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(text == expected, "{} says otherwise:\n{text}", file.display());
}

pub fn fits(text: &str) {
    let wide = text.lines().find(|line| line.chars().count() > WIDTH);
    assert_eq!(wide, None, "wider than {WIDTH} columns");
}

#[test]
fn the_command_line_is_sound() {
    use clap::CommandFactory;
    super::Cli::command().debug_assert();
}

#[test]
fn the_status_of_the_example_fits_the_screen_and_counts_everyone() {
    let lines = status::lines(&fleet(NOON), &status::Options::default());
    let text = format!("{}\n{}\n", output::text(Output::Table, &lines).unwrap(), summary(&lines)); // as rows() prints them
    fits(&text);
    golden("status.txt", &text);
    golden("status-wide.txt", &output::text(Output::Wide, &lines).unwrap());
}

#[test]
fn a_filter_selects_rows() {
    let fleet = fleet(NOON);
    let count = |release: Option<&str>, window: Option<&str>, blocked| {
        let (release, window) = (release.map(Into::into), window.map(Into::into));
        status::lines(&fleet, &status::Options { release, window, blocked, ..status::Options::default() }).len()
    };
    let all = count(None, None, false);
    assert_eq!(count(None, Some("uk-evenings"), false) + count(None, Some("us-evenings"), false), all);
    assert!((1..all).contains(&count(None, None, true)));
    assert!((1..=all).contains(&count(Some("2026.12.0"), None, false)));
    assert_eq!(count(Some("1.0"), None, false), 0);
}

#[test]
fn programs_get_a_list_with_names_that_stay() {
    let lines =
        status::lines(&fleet(NOON), &status::Options { window: Some("us-evenings".into()), ..status::Options::default() });
    golden("status.json", &output::text(Output::Json, &lines).unwrap());
    golden("status-name.txt", &output::text(Output::Name, &lines).unwrap());
}

#[test]
fn the_calendar_shows_places_freezes_and_who_is_expected() {
    let text = output::text(Output::Table, &calendar::lines(&fleet(NOON), instant(NOON), &calendar::Options::default())).unwrap();
    fits(&text);
    golden("calendar.txt", &text);
}

/// The same fleet with another spec of this window.
fn with_window(mut fleet: Fleet, name: &str, change: impl Fn(&mut UpgradeWindowSpec)) -> Fleet {
    let old = fleet.windows.remove(name).unwrap();
    let mut spec = old.spec.unwrap();
    change(&mut spec);
    fleet.windows.insert(name.into(), Window::new(old.meta, Ok(spec), old.status));
    fleet
}

#[test]
fn a_frozen_a_full_and_an_open_occurrence_say_so() {
    let (from, to) = ("2027-01-19".parse().unwrap(), "2027-01-20".parse().unwrap());
    let fleet = with_window(fleet(OPEN), "uk-evenings", |spec| {
        spec.freezes = vec![Freeze { from, to, reason: "stocktaking".into() }];
        spec.capacity = Some(4);
    });
    let options = calendar::Options { window: Some("uk-evenings".into()), until: Some(instant("2027-02-28T00:00:00Z")) };
    let text = output::text(Output::Table, &calendar::lines(&fleet, instant(OPEN), &options)).unwrap();
    golden("calendar-full.txt", &text);
}

#[test]
fn tenants_elsewhere_are_read_only_while_they_may_take_a_place_or_a_turn() {
    let shared = |fleet: &Fleet, at: &str, name: &str| why::shared_window(fleet, instant(at), &TenantKey::new(name, name));
    assert_eq!(shared(&fleet(NOON), NOON, "acme"), None, "it has its place, and nothing starts yet");
    assert_eq!(shared(&fleet(OPEN), OPEN, "cedar").as_deref(), Some("uk-evenings"), "upgrades run one after the other");
    assert_eq!(shared(&fleet(NOON), NOON, "birch"), None, "there is a place for everyone");
    let limited = with_window(fleet(NOON), "uk-evenings", |spec| spec.capacity = Some(4));
    assert_eq!(shared(&limited, NOON, "birch").as_deref(), Some("uk-evenings"), "others may take the last place");
    let later = "2027-01-15T12:00:00Z";
    let limited = with_window(fleet(later), "uk-evenings", |spec| spec.capacity = Some(4));
    assert_eq!(shared(&limited, later, "cedar"), None, "it is up to date");
}

/// The plugin reads no tenant for this list: it repeats what the operator says of all.
#[test]
fn a_release_whose_tenants_are_held_by_their_jobs_says_so() {
    let mut fleet = fleet(NOON);
    let newest = fleet.releases.values_mut().last().unwrap();
    let status = newest.status.as_mut().unwrap();
    let held = (false, Reason::JobsNotGranted, "tenants are held before their upgrade");
    condition::set(&mut status.conditions, condition::JOBS_READY, held.0, held.1, held.2, 1, instant(NOON));
    let text = output::text(Output::Table, &releases::lines(&fleet, instant(NOON))).unwrap();
    assert!(text.lines().nth(1).unwrap().ends_with("JobsNotGranted"), "{text}");
}

#[test]
fn the_releases_say_why_not() {
    for (name, at) in [("releases.txt", NOON), ("releases-soaking.txt", "2026-12-01T12:00:00Z")] {
        let text = output::text(Output::Table, &releases::lines(&fleet(at), instant(at))).unwrap();
        fits(&text);
        golden(name, &text);
    }
}

/// R3: to whoever looks, and to whoever asks for one tenant.
#[test]
fn a_halted_release_says_what_lifts_the_halt() {
    let at = "2026-12-16T09:00:00Z";
    let fleet = fleet_of(example().with_file_name("rollout"), at);
    let text = output::text(Output::Table, &releases::lines(&fleet, instant(at))).unwrap();
    fits(&text);
    golden("releases-halted.txt", &text);
    golden("why-halted.txt", &why::told(&fleet, instant(at), &TenantKey::new("cedar", "cedar")).unwrap());
}

fn preview(until: &str) -> Preview {
    Preview::of(fleet(NOON), instant(NOON), instant(until)).unwrap()
}

#[test]
fn a_plan_of_the_example_shows_where_it_goes() {
    let text = output::text(Output::Table, &preview(NOON).lines().unwrap()).unwrap();
    fits(&text);
    golden("plan.txt", &text);
    golden("plan-until.txt", &output::text(Output::Table, &preview("2026-12-18T00:00:00Z").lines().unwrap()).unwrap());
}

fn with(text: &str) -> Vec<Manifests> {
    vec![("change.yaml".into(), text.into())]
}

#[test]
fn a_change_shows_what_it_changes_and_counts_the_rest() {
    let window = std::fs::read_to_string(example().join("windows/uk-evenings.yaml")).unwrap();
    let frozen = window.replace("from: 2026-12-18", "from: 2026-12-15");
    let before = preview(NOON);
    let (lines, changed) = (before.lines().unwrap(), before.with(&with(&frozen)).unwrap().lines().unwrap());
    let difference = change::difference(&lines, &changed);
    assert!(!difference.changed.is_empty() && difference.unchanged > 0);
    let text = change::text(&difference, Some(WIDTH));
    fits(&text);
    golden("plan-with.txt", &text);
}

#[test]
fn a_manifest_as_it_stands_changes_nothing() {
    let before = preview(NOON);
    let files = ["windows/uk-evenings.yaml", "releases/2026.12.0.yaml", "tenants/ember.yaml"];
    let texts: Vec<_> = files.map(|file| std::fs::read_to_string(example().join(file)).unwrap()).to_vec();
    let after = before.with(&with(&texts.join("\n---\n"))).unwrap();
    let difference = change::difference(&before.lines().unwrap(), &after.lines().unwrap());
    assert_eq!(change::text(&difference, None), format!("0 tenants change, {} as before\n", difference.unchanged));
}

#[test]
fn a_manifest_that_does_not_do_is_refused_by_file_object_and_field() {
    let wrong = "{apiVersion: uplift.dev/v1alpha1, kind: UpgradeWindow, metadata: {name: w}, spec: {schedule: 0 18 * * *}}";
    let Err(crate::cli::Failure::Input(error)) = preview(NOON).with(&with(wrong)) else { panic!("it was taken") };
    assert_eq!(format!("{error:#}"), "change.yaml: UpgradeWindow w: spec.timeZone: missing field");
}

#[test]
fn one_tenant_is_told_whole() {
    let fleet = fleet(NOON);
    for name in ["acme", "birch", "cedar", "dune", "ember", "grove"] {
        let text = why::told(&fleet, instant(NOON), &TenantKey::new(name, name)).unwrap();
        golden(&format!("why-{name}.txt"), &text);
    }
}

#[test]
fn who_took_an_opt_out_back_and_when_is_told() {
    let (mut fleet, key) = (fleet(NOON), TenantKey::new("cedar", "cedar"));
    let status = fleet.tenants.get_mut(&key).unwrap().status.as_mut().unwrap();
    let no = &mut status.opt_outs[0];
    (no.verdict, no.undone_at, no.undone_by) = (Verdict::Undone, Some(instant(UNDONE)), Some("sue@corp.example".into()));
    let text = why::told(&fleet, instant(NOON), &key).unwrap();
    golden("why-cedar-undone.txt", &text);
}

#[test]
fn a_tenant_that_is_up_to_date_is_told_what_holds_newer_releases() {
    let at = "2026-12-01T12:00:00Z";
    golden("why-acme-before.txt", &why::told(&fleet(at), instant(at), &TenantKey::new("acme", "acme")).unwrap());
}

#[test]
fn a_tenant_that_is_over_it_is_told_a_month_later() {
    let at = "2027-01-15T12:00:00Z";
    golden("why-cedar-later.txt", &why::told(&fleet(at), instant(at), &TenantKey::new("cedar", "cedar")).unwrap());
}

/// acme in its open slot, as an operator left it that cannot rely on what this makes of its facts; and as somebody else reads it.
fn held_by_the_operator(wrong: impl Fn(&mut Fleet)) -> (Fleet, TenantKey) {
    let (mut fleet, key) = (fleet("2026-12-15T17:59:59Z"), TenantKey::new("acme", "acme"));
    let read = fleet.clone();
    wrong(&mut fleet);
    let status = planner::explain(&fleet, instant(OPEN), &key).unwrap().status;
    fleet = read;
    fleet.tenants.get_mut(&key).unwrap().status = Ok(status);
    (fleet, key)
}

#[test]
fn what_only_the_operator_can_know_is_told_as_what_it_said() {
    let (fleet, key) = held_by_the_operator(|fleet| fleet.clock_ahead = ClockAhead(Some(SignedDuration::from_secs(9))));
    golden("why-acme-skewed.txt", &why::told(&fleet, instant(OPEN), &key).unwrap());
    let (fleet, key) = held_by_the_operator(|fleet| fleet.views = Views::default());
    let text = why::told(&fleet, instant(OPEN), &key).unwrap();
    assert!(text.contains("  View StaleView: holds the start, as the operator says\n"), "{text}");
}

#[test]
fn what_else_holds_is_told_beside_what_the_operator_said() {
    let (mut fleet, key) = held_by_the_operator(|fleet| fleet.views = Views::default());
    fleet.tenants.get_mut(&key).unwrap().spec.as_mut().unwrap().suspend = Some(Suspend { reason: "moving".into() });
    let text = why::told(&fleet, instant(OPEN), &key).unwrap();
    assert!(text.contains("Blocked: StaleView +1") && text.contains("Suspended: holds"), "{text}");
    assert!(text.contains("Note:        The operator has not written this"), "{text}");
}

#[test]
fn what_the_operator_said_holds_nothing_when_its_slot_is_over() {
    let (fleet, key) = held_by_the_operator(|fleet| fleet.views = Views::default());
    let text = why::told(&fleet, instant("2026-12-15T22:00:00Z"), &key).unwrap();
    assert!(!text.contains("View StaleView"), "{text}");
}

#[test]
fn a_status_that_does_not_parse_says_so_and_nothing_is_made_up() {
    let (mut fleet, key) = (fleet(NOON), TenantKey::new("acme", "acme"));
    fleet.tenants.get_mut(&key).unwrap().status = Err("status.history: invalid type".into());
    let text = why::told(&fleet, instant(NOON), &key).unwrap();
    assert!(text.contains("Blocked: Malformed") && text.contains("status.history: invalid type"), "{text}");
    assert!(!text.contains("Held by"), "{text}");
}

//! The rooms of the planner stand in an order, in `src/plan/mod.rs`: a room uses those below it, never one above.

use std::fs;

use super::{
    File, complaints,
    files::{program, root},
    source::Named,
};

#[test]
fn a_room_of_the_planner_uses_only_those_below_it() {
    let found: Vec<_> = program().iter().filter(|file| file.root() == "plan").flat_map(|file| complaints(file, above)).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_room_of_the_planner_has_its_place() {
    let listed = listed();
    for file in program().iter().filter(|file| file.root() == "plan" && file.module.len() > 1) {
        assert!(listed.contains(&file.module[1]), "{}: give it its place in the list of src/plan/mod.rs", file.path.display());
    }
    for room in &listed {
        assert!(root().join("src/plan").join(room).is_dir(), "src/plan/{room} is in the list of src/plan/mod.rs, but not there");
    }
}

#[test]
fn a_room_that_reaches_up_is_caught() {
    let lowest = listed().last().cloned().unwrap_or_default();
    for text in [
        "use crate::plan::tenant::explain;",
        "use super::super::tenant::explain;",
        "use crate::plan::plan;",
        "use crate::plan::*;",
    ] {
        let file = File::of(&format!("plan::{lowest}::sample"), text);
        assert_eq!(complaints(&file, above).len(), 1, "{text}");
    }
    let down = File::of("plan::tenant::sample", &format!("use crate::plan::{lowest}::X; use super::super::tenant::Y;"));
    assert_eq!(complaints(&down, above), Vec::<String>::new());
}

/// A room above this one, or what `plan` itself holds, which is above all.
fn above(file: &File, named: &Named) -> Option<String> {
    let listed = listed();
    let place = |room: &str| listed.iter().position(|known| known == room);
    let path = file.absolute(named)?;
    let (own, used) = (file.module.get(1)?, path.get(1)?);
    let reaches_up = path[0] == "plan" && place(used).is_none_or(|used| place(own).is_some_and(|own| used < own));
    reaches_up.then(|| format!("`{used}` stands above `{own}` in src/plan/mod.rs; move what is needed down, or hand it in"))
}

/// The rooms from above to below, as `src/plan/mod.rs` lists them.
fn listed() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/plan/mod.rs")).expect("src/plan/mod.rs");
    let rooms: Vec<_> =
        text.lines().filter_map(|line| Some(line.strip_prefix("//! - `")?.split_once("/`")?.0.to_owned())).collect();
    assert!(rooms.len() > 5, "src/plan/mod.rs lists its rooms in lines like: //! - `gates/` what they are for");
    rooms
}

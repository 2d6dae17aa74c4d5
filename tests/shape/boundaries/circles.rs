//! No file uses one that uses it, by whatever way round. A parent that calls its children is used by none of them. What a `pub use`
//! hands on counts as used where it is used.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    files::{File, program},
    source::Named,
};

/// From a file to those that it uses, each with the first line that does.
type Uses = BTreeMap<usize, BTreeMap<usize, usize>>;

#[test]
fn no_file_uses_one_that_uses_it() {
    let found = circles(&program());
    assert!(
        found.is_empty(),
        "\n{}\nMove what both need into a file of its own, below both; or hand it in as an argument.\n",
        found.join("\n")
    );
}

#[test]
fn a_circle_is_found_with_file_and_line() {
    let two = [File::of("a", "\nuse crate::b::X;"), File::of("b", "fn f() { crate::a::g() }")];
    assert_eq!(circles(&two.each_ref()), ["a circle of 2 files:\n  src/a.rs:2 uses src/b.rs\n  src/b.rs:1 uses src/a.rs"]);
}

#[test]
fn a_circle_goes_by_parents_by_names_that_stand_for_others_and_by_macros() {
    for files in [
        vec![File::of("a", "mod b; fn f() { b::g() }"), File::of("a::b", "fn g() { super::f() }")],
        vec![File::of("a", "mod b; fn f() { self::b::g() }"), File::of("a::b", "use super::*;")],
        vec![File::of("a", "pub use b::g; mod b; fn f() { g() }"), File::of("a::b", "use crate::a::f;")],
        vec![File::of("a", "pub use b::g; mod b; mod c;"), File::of("a::b", "use super::c;"), File::of("a::c", "use super::g;")],
        vec![
            File::of("a", "use crate::c::{self as d}; fn f() { d::b::g() }"),
            File::of("c", ""),
            File::of("c::b", "use crate::a;"),
        ],
        vec![File::of("a", "fn f() { vec![crate::b::X] }"), File::of("b", "mod inner { use super::super::a::f; }")],
        vec![File::of("a", "use crate::b;"), File::of("b", "use crate::c;"), File::of("c", "use crate::a;")],
    ] {
        assert_eq!(circles(&files.iter().collect::<Vec<_>>()).len(), 1, "{}", files[0].source.named[0].segments.join("::"));
    }
}

#[test]
fn one_way_is_no_circle() {
    for files in [
        vec![File::of("a", "mod b; fn f() { b::g() }"), File::of("a::b", "pub(super) fn g() {}")],
        vec![File::of("a", "pub use b::g; mod b; mod c;"), File::of("a::b", "use super::c;"), File::of("a::c", "")],
        vec![File::of("a", "pub mod b; pub struct X;"), File::of("a::b", "use super::X;")],
        vec![File::of("a", "use crate::b::X;"), File::of("b", "#[cfg(test)] mod tests { use crate::a::f; }")],
        vec![
            File::of("a", "use crate::b::X; fn f() { a::g() }"),
            File::of("b", "mod inner { pub fn f() {} } fn f() { inner::f() }"),
        ],
    ] {
        assert_eq!(circles(&files.iter().collect::<Vec<_>>()), Vec::<String>::new());
    }
}

/// The files, and which of them is which module.
struct Map<'a> {
    files: &'a [&'a File],
    modules: BTreeMap<&'a [String], usize>,
}

fn circles(files: &[&File]) -> Vec<String> {
    let uses = Map::of(files).uses();
    let reached: BTreeMap<_, _> = uses.keys().map(|from| (*from, reach(&uses, *from))).collect();
    let mut found = BTreeSet::new();
    for (from, there) in &reached {
        let group: BTreeSet<_> = there.iter().copied().filter(|other| reached[other].contains(from)).collect();
        if group.len() > 1 {
            found.insert(group);
        }
    }
    found.iter().map(|group| tell(files, &uses, group)).collect()
}

fn tell(files: &[&File], uses: &Uses, group: &BTreeSet<usize>) -> String {
    let mut text = format!("a circle of {} files:", group.len());
    for from in group {
        for (used, line) in uses[from].iter().filter(|(used, _)| group.contains(used)) {
            text.extend(["\n  ".into(), files[*from].at(*line), format!(" uses {}", files[*used].path.display())]);
        }
    }
    text
}

fn reach(uses: &Uses, from: usize) -> BTreeSet<usize> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(at) = left.pop() {
        left.extend(uses[&at].keys().copied().filter(|next| reached.insert(*next)));
    }
    reached
}

impl<'a> Map<'a> {
    fn of(files: &'a [&'a File]) -> Self {
        Self { files, modules: files.iter().enumerate().map(|(index, file)| (&file.module[..], index)).collect() }
    }
    fn uses(&self) -> Uses {
        (0..self.files.len()).map(|index| (index, self.uses_of(index))).collect()
    }
    fn uses_of(&self, index: usize) -> BTreeMap<usize, usize> {
        let (file, mut uses) = (self.files[index], BTreeMap::new());
        for named in file.source.named.iter().filter(|named| !named.handed_on) {
            let home = self.meant(file, named).and_then(|path| self.home(&path, 0));
            if let Some(used) = home.filter(|home| *home != index) {
                uses.entry(used).or_insert(named.line);
            }
        }
        uses
    }
    /// What a path means: by the root, by a child of this module, or by a name that a `use` of this file bound.
    fn meant(&self, file: &File, named: &Named) -> Option<Vec<String>> {
        let (first, rest) = named.segments.split_first()?;
        let child = [&file.module[..], std::slice::from_ref(first)].concat();
        let is_child = named.segments.len() > 1 && self.modules.contains_key(&child[..]);
        let bound = || {
            let longer = |other: &&Named| other.bound.as_ref() == Some(first) && other.segments.len() > 1 && *other != named;
            let other = file.source.named.iter().find(longer)?;
            let path = file.absolute(other).unwrap_or_else(|| [&file.module[..], &other.segments].concat());
            Some([&path[..], rest].concat())
        };
        file.absolute(named).or_else(|| if is_child { Some([&child[..], rest].concat()) } else { bound() })
    }
    /// The file that a path leads to, past what is only handed on.
    fn home(&self, path: &[String], steps: usize) -> Option<usize> {
        let length = (1..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let index = self.modules[&path[..length]];
        let file = self.files[index];
        let hands_on = |named: &&Named| named.handed_on && named.bound.is_some() && named.bound.as_ref() == path.get(length);
        let Some(named) = file.source.named.iter().find(hands_on).filter(|_| steps < 8) else { return Some(index) };
        let further = file.absolute(named).unwrap_or_else(|| [&file.module[..], &named.segments].concat());
        self.home(&[&further[..], &path[length + 1..]].concat(), steps + 1)
    }
}

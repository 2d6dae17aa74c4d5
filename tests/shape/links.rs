//! Every link in a page leads to something that is there.

#![allow(clippy::expect_used, reason = "a test says what it expects by failing")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Not ours, or not written by hand.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

#[test]
fn every_relative_link_and_anchor_leads_somewhere() {
    let pages = pages(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(pages.len() > 20, "only {} pages: this test looks in the wrong place", pages.len());
    let dead: Vec<_> = pages.iter().flat_map(|page| dead(page)).collect();
    assert!(dead.is_empty(), "\n{}\n", dead.join("\n"));
}

#[test]
fn links_and_anchors_are_read_as_they_are_shown() {
    assert_eq!(links("a [b](c.md#d), `[e](f)` and\n```\n[g](h)\n```\n[i](<j k>)"), ["c.md#d", "<j k>"]);
    assert_eq!(anchors("# A `b`, c? (d/)\n```\n# e\n```\n## A\n## A"), ["a-b-c-d", "a", "a-1"]);
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let kept = entries.filter(|path| !SKIPPED.iter().any(|name| path.ends_with(name)));
    kept.flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

fn dead(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).expect("a page");
    let wrong = |link: &String| (!leads_somewhere(page, link)).then(|| format!("{}: {link} leads nowhere", page.display()));
    links(&text).iter().filter_map(wrong).collect()
}

fn leads_somewhere(page: &Path, link: &str) -> bool {
    if link.contains("://") || link.starts_with("mailto:") {
        return true;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let target = if path.is_empty() { page.to_owned() } else { page.with_file_name(path) };
    let has = |anchor: &str| fs::read_to_string(&target).is_ok_and(|text| anchors(&text).iter().any(|a| a == anchor));
    target.exists() && anchor.is_none_or(has)
}

/// What `[text](link)` names, outside of code.
fn links(text: &str) -> Vec<String> {
    let prose = |line: &str| line.split('`').step_by(2).collect::<Vec<_>>().join("`");
    let of_line =
        |line: String| line.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect::<Vec<_>>();
    lines(text).map(prose).flat_map(of_line).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut all: Vec<String> = vec![];
    for heading in lines(text).filter(|line| line.starts_with('#')) {
        let title = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        let title: String = title.chars().filter(|c| c.is_alphanumeric() || ['-', '_'].contains(c)).collect();
        let before = all.iter().filter(|a| **a == title || a.strip_prefix(&format!("{title}-")).is_some_and(is_number)).count();
        all.push(if before == 0 { title } else { format!("{title}-{before}") });
    }
    all
}

fn is_number(text: &str) -> bool {
    text.parse::<usize>().is_ok()
}

/// The lines outside of fenced code.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

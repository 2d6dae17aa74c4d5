//! `docs/formats/reasons.md`: every stable word with its meaning, as the source says it. Generated, so that it never lies.
//!
//! `UPDATE=1 cargo test --test shape` writes it anew.

use std::{env, fs};

use uplift::api::reason::Reason;

use super::files::root;

const HEAD: &str = "# Reasons, Events and conditions

Stable words: a message may change, these do not. Generated from the source by `UPDATE=1 cargo test --test shape`. What each gate holds:
rule R16 of [the design](../design.md#gates-what-holds-it-back-plangates). What to do about it: [why is my tenant not
upgraded](../how-to/why-not-upgraded.md).
";

/// Title, file, and what stands above the table.
const TABLES: [(&str, &str, &str); 4] = [
    ("Conditions", "src/api/condition.rs", "The types of `status.conditions`, for all kinds."),
    ("Reasons", "src/api/reason.rs", "The `reason` of a condition, a blocker, an entry of the history or an Event."),
    ("Reasons of trials", "src/api/reason/trial.rs", "The same of an `UpgradeTrial` (R34 to R37), beside those above."),
    (
        "Events",
        "src/plan/output/story.rs",
        "The reasons of Kubernetes Events, and the `event` of `uplift simulate`. Of what no status can say there is an Event by the reason above: `ChangeRefused`, `ChangeAltered`, `TooManyWrites`, `TenantDeleted`, `TrialDeleted`, `TrialMissing`, `Malformed`.",
    ),
];

#[test]
fn the_page_of_reasons_is_what_the_source_says() {
    let (file, page) = (root().join("docs/formats/reasons.md"), page());
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &page).expect("docs/formats/reasons.md");
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    assert!(there == page, "docs/formats/reasons.md: run `UPDATE=1 cargo test --test shape`, read the difference, and commit it");
    let missing: Vec<_> = Reason::ALL.iter().filter(|reason| !page.contains(&format!("| `{}` |", reason.name()))).collect();
    assert!(missing.is_empty(), "{missing:?} stand in no table: each takes its comment in src/api/reason.rs");
}

#[test]
fn a_word_is_read_with_its_comment() {
    assert_eq!(
        words("/// It holds.\nHELD = \"Held\";\n/// It ended.\nEnded (warning),\n/// Open.\npub const OPEN: &str = \"Open\";\n"),
        [("Held".into(), "It holds.".into()), ("Ended".into(), "It ended.".into()), ("Open".into(), "Open.".into()),]
    );
    assert_eq!(words("/// A part.\npub part: Option<String>,\n/// A call.\nfn call() {}\nBare,\n"), []);
}

fn page() -> String {
    let table = |(title, file, about): (&str, &str, &str)| {
        let text = fs::read_to_string(root().join(file)).expect(file);
        let rows =
            words(&text).into_iter().map(|(word, means)| ["| `", &word, "` | ", &means, " |\n"].concat()).collect::<String>();
        format!("\n## {title}\n\n{about}\n\n| | |\n|---|---|\n{rows}")
    };
    TABLES.into_iter().map(table).fold(HEAD.to_owned(), |page, table| page + &table)
}

/// The words of a file, each behind its comment: `NAME = "Word";`, or `Word,` with or without `(warning)`.
fn words(text: &str) -> Vec<(String, String)> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let comment = |line: &str| line.strip_prefix("/// ").map(|text| text.replace(['[', ']'], ""));
    lines.windows(2).filter_map(|pair| Some((word(pair[1])?, comment(pair[0])?))).collect()
}

fn word(line: &str) -> Option<String> {
    let quoted = || Some(line.strip_suffix("\";")?.split_once("= \"")?.1);
    let named = || Some(line.strip_suffix(',')?.trim_end_matches(" (warning)"));
    let camel = |word: &&str| word.starts_with(|c: char| c.is_ascii_uppercase()) && word.chars().all(char::is_alphanumeric);
    quoted().or_else(named).filter(camel).map(str::to_owned)
}

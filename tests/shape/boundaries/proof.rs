//! `docs/proof.md`: for each rule and invariant of the design what shows that it holds. Generated, so that it never lies.
//!
//! `UPDATE=1 cargo test --test shape` writes it anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
};

use super::files::{root, sorted};

const HEAD: &str = "# What proves which rule

Generated from the scenarios, the comments of the tests and the seeded bugs, by `UPDATE=1 cargo test --test shape`. The rules are in
[design.md](design.md). A scenario belongs to the rule of its name, a test to the rules that its comment or the head of its file cites.
Random histories and the crash enumeration are judged by all of I1 to I10 besides.
";

/// A rule or an invariant: `R` or `I`, and its number.
type Rule = (char, u32);

/// For each rule, the lines of the page.
type Proofs = BTreeMap<Rule, BTreeSet<String>>;

#[test]
fn the_page_of_proofs_is_what_the_tests_say() {
    let (file, page) = (root().join("docs/proof.md"), page());
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &page).expect("docs/proof.md");
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    let differs = there.lines().zip(page.lines()).position(|(old, new)| old != new).unwrap_or(there.lines().count());
    assert!(
        there == page,
        "docs/proof.md:{}: run `UPDATE=1 cargo test --test shape`, read the difference, and commit it",
        differs + 1
    );
}

#[test]
fn a_comment_cites_single_rules_and_spans() {
    assert_eq!(cited("R10, I3: what proves it"), [('I', 3), ('R', 10)].into());
    assert_eq!(cited("Rules R19 to R22: what"), [('R', 19), ('R', 20), ('R', 21), ('R', 22)].into());
    assert_eq!(cited("an RFC, IPv4, R, 12 and XR3"), BTreeSet::new());
}

#[test]
fn a_test_is_found_by_its_comment() {
    let text = "//! Rule R7: places.\n/// R8: it stays.\n#[test]\nfn it_stays() {}\n\n/// R9: a helper.\nfn helper() {}\n#[tokio::test]\nasync fn it_waits() {}";
    let found: Vec<_> = tests(text).into_iter().map(|(name, rules)| (name, rules.into_iter().collect::<Vec<_>>())).collect();
    assert_eq!(found, [("it_stays".into(), vec![('R', 7), ('R', 8)]), ("it_waits".into(), vec![('R', 7)])]);
}

fn page() -> String {
    let (mut page, mut proofs) = (HEAD.to_owned(), Proofs::new());
    scenarios(&mut proofs);
    for folder in ["src", "tests", "testbed"] {
        read_tests(&root().join(folder), &mut proofs);
    }
    seeded(&mut proofs);
    let design = fs::read_to_string(root().join("docs/design.md")).expect("docs/design.md");
    for (rule, title) in titles(&design) {
        page.extend(["\n## ".into(), format!("{}{} {title}\n\n", rule.0, rule.1)]);
        match proofs.get(&rule) {
            Some(lines) => page.extend(lines.iter().map(|line| format!("{line}\n"))),
            None => page += "Nothing cites it.\n",
        }
    }
    page
}

/// Rules begin a paragraph as `**R1 Accepted.**`; invariants are rows of a table.
fn titles(design: &str) -> Vec<(Rule, String)> {
    let title = |line: &str| {
        if let Some(row) = line.strip_prefix("| I") {
            let (number, says) = row.split_once(" | ")?;
            return Some((('I', number.parse().ok()?), says.trim_end_matches(['|', ' ']).to_owned()));
        }
        let bold = line.strip_prefix("**R")?.split_once("**")?.0;
        let (number, says) = bold.split_once(' ')?;
        Some((('R', number.parse().ok()?), says.trim_end_matches('.').to_owned()))
    };
    let mut titles: Vec<_> = design.lines().filter_map(title).collect();
    titles.sort_by_key(|((kind, number), _)| (*kind == 'I', *number));
    titles
}

/// `r13-one-second-too-late.yaml` belongs to R13; what it shows stands in its `about`.
fn scenarios(proofs: &mut Proofs) {
    for path in sorted(&root().join("tests/scenarios")) {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some((rule, _)) = name.split_once('-').filter(|_| path.extension().is_some_and(|ending| ending == "yaml")) else {
            continue;
        };
        let number = rule.get(1..).and_then(|number| number.parse().ok());
        let (Some(kind @ ('R' | 'I')), Some(number)) = (rule.chars().next().map(|c| c.to_ascii_uppercase()), number) else {
            continue;
        };
        let text = fs::read_to_string(&path).expect("a scenario");
        let about = text.lines().find_map(|line| line.strip_prefix("about: ")).unwrap_or_default().trim_matches('"');
        add(proofs, [(kind, number)].into(), &format!("- scenario [{name}](../tests/scenarios/{name}): {about}"));
    }
}

fn read_tests(folder: &Path, proofs: &mut Proofs) {
    for path in sorted(folder) {
        if path.is_dir() {
            read_tests(&path, proofs);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            for (name, rules) in tests(&fs::read_to_string(&path).expect("a source file")) {
                add(proofs, rules, &format!("- test `{name}` in [{shown}](../{shown})"));
            }
        }
    }
}

/// The tests of a file that cite rules. By lines, since many stand in macros.
fn tests(text: &str) -> Vec<(String, BTreeSet<Rule>)> {
    let head: BTreeSet<_> = text.lines().filter_map(|line| line.strip_prefix("//!")).flat_map(cited).collect();
    let (mut found, mut rules, mut is_test) = (vec![], BTreeSet::new(), false);
    for line in text.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix("//").filter(|_| !line.starts_with("//!")) {
            rules.extend(cited(comment));
        } else if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        } else {
            let rules = std::mem::take(&mut rules);
            let name = line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
            if let Some(name) = name.filter(|_| std::mem::take(&mut is_test)) {
                found.push((name.to_owned(), rules.union(&head).copied().collect()));
            }
        }
    }
    found
}

fn seeded(proofs: &mut Proofs) {
    for path in sorted(&root().join("tests/seeded")).iter().filter(|path| path.extension().is_some_and(|e| e == "patch")) {
        let (name, text) = (path.file_name().expect("a name").to_string_lossy(), fs::read_to_string(path).expect("a patch"));
        let header = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default().trim();
        let line = format!("- seeded bug [{name}](../tests/seeded/{name}): {}", header("Mistake:"));
        add(proofs, cited(header("Rule:")), &line);
    }
}

fn add(proofs: &mut Proofs, rules: BTreeSet<Rule>, line: &str) {
    for rule in rules {
        proofs.entry(rule).or_default().insert(line.to_owned());
    }
}

/// The rules that a sentence cites: `R10, I3`, and all of `R19 to R22`.
fn cited(text: &str) -> BTreeSet<Rule> {
    let rule = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let kind = word.chars().next().filter(|kind| ['R', 'I'].contains(kind))?;
        Some((kind, word[1..].parse().ok()?))
    };
    let words: Vec<_> = text.split_whitespace().collect();
    let mut rules: BTreeSet<Rule> = words.iter().filter_map(|word| rule(word)).collect();
    for span in words.windows(3).filter(|span| span[1] == "to") {
        if let (Some(from), Some(to)) = (rule(span[0]), rule(span[2])) {
            rules.extend((from.1..=to.1).map(|number| (from.0, number)));
        }
    }
    rules
}

//! I4: `docs/security.md` shows who may do what, as `tests/cluster/rights/table.yaml` plays it; and no role of the chart reads Secrets.
//!
//! `UPDATE=1 cargo test --test shape` writes the tables anew.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

#[allow(dead_code, reason = "the test on the API server uses the rest")]
#[path = "../cluster/rights/table.rs"]
mod table;

use std::{env, fs, path::Path};

use serde_json::Value;

use self::table::{Act, Group, Row, Table, Verdict, Way};

const PAGE: &str = "docs/security.md";
/// What no role of the chart grants: these resources (or groups), these verbs.
const SHUT: [&str; 11] = [
    "secrets",
    "*",
    "pods/exec",
    "pods/attach",
    "pods/ephemeralcontainers",
    "serviceaccounts/token",
    "nodes/proxy",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
];
const SHUT_VERBS: [&str; 4] = ["*", "impersonate", "escalate", "bind"];

#[test]
fn the_tables_of_rights_are_those_that_the_api_server_is_asked() {
    let (file, table) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), Table::read());
    let there = fs::read_to_string(&file).expect(PAGE);
    let page =
        [("who", who(&table)), ("people", people(&table)), ("operator", operator(&table)), ("recommended", recommended(&table))]
            .into_iter()
            .fold(there.clone(), |page, (name, text)| with(&page, name, &text));
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &page).expect(PAGE);
    } else {
        assert!(there == page, "{PAGE}: run `UPDATE=1 cargo test --test shape`, read the difference, and commit it");
    }
}

#[test]
fn the_table_is_as_long_as_it_was_promised() {
    let table = Table::read();
    let people: usize = table.people.iter().map(|group| group.rows.len()).sum();
    let asked: Vec<_> = table.operator.iter().flat_map(|group| &group.rows).chain(&table.recommended.rows).collect();
    let by_policy = asked.iter().filter(|row| row.rights.is_none() && matches!(row.expected(), Verdict::Policy(_))).count();
    assert!(
        people >= 60 && by_policy >= 50,
        "{people} rows for people, {by_policy} writes of the operator that a policy refuses"
    );
    let trials = table.operator.iter().find(|group| group.about == "A namespace of trials").expect("the group of trials");
    let refused = trials.rows.iter().filter(|row| row.rights.is_none() && matches!(row.expected(), Verdict::Policy(_))).count();
    assert!(refused >= 50, "{refused} writes of the operator in namespaces of trials that a policy refuses");
}

#[test]
fn no_role_of_the_chart_reads_secrets_or_holds_a_way_around_them() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/uplift.yaml");
    let objects: Vec<Value> = serde_saphyr::from_multiple(&fs::read_to_string(file).expect("deploy/uplift.yaml")).expect("YAML");
    let roles: Vec<_> = objects.iter().filter(|object| matches!(object["kind"].as_str(), Some("ClusterRole" | "Role"))).collect();
    assert!(roles.len() >= 7, "only {} roles: this test looks in the wrong place", roles.len());
    for role in roles {
        assert!(
            role.get("aggregationRule").is_none(),
            "{}: what it holds would be somebody else's to say",
            role["metadata"]["name"]
        );
        for rule in role["rules"].as_array().expect("rules") {
            let wrong = forbidden(rule);
            assert!(wrong.is_none(), "{} grants {}: {rule}", role["metadata"]["name"], wrong.unwrap_or_default());
        }
    }
}

#[test]
fn a_rule_that_reads_secrets_is_found() {
    let rule =
        |resources: &[&str], verbs: &[&str]| serde_json::json!({"apiGroups": [""], "resources": resources, "verbs": verbs});
    assert_eq!(forbidden(&rule(&["pods", "secrets"], &["get"])), Some("secrets"));
    assert_eq!(forbidden(&rule(&["*"], &["list"])), Some("*"));
    assert_eq!(forbidden(&rule(&["pods"], &["*"])), Some("*"));
    assert_eq!(forbidden(&rule(&["users"], &["impersonate"])), Some("impersonate"));
    assert_eq!(forbidden(&rule(&["pods"], &["list"])), None);
}

/// What this rule may not grant, if it does.
fn forbidden(rule: &Value) -> Option<&str> {
    let names = |key: &str| rule[key].as_array().map(Vec::as_slice).unwrap_or_default().iter().filter_map(Value::as_str);
    let shut = |name: &&str| SHUT.contains(name);
    names("resources").chain(names("apiGroups")).find(shut).or_else(|| names("verbs").find(|verb| SHUT_VERBS.contains(verb)))
}

/// The page with this text between the two comments that name the table.
fn with(page: &str, name: &str, text: &str) -> String {
    let (begin, end) =
        (format!("<!-- {name}: written by `UPDATE=1 cargo test --test shape` -->\n"), format!("<!-- end of {name} -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("{PAGE} lacks {begin}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{PAGE} lacks {end}"));
    [before, &begin, "\n", text, "\n", &end, after].concat()
}

fn who(table: &Table) -> String {
    table.who.iter().fold("| who | is |\n|---|---|\n".to_owned(), |text, who| text + &format!("| {} | {} |\n", who.name, who.is))
}

fn people(table: &Table) -> String {
    let head = |about: &str| format!("### {about}\n\n| what | how | who | |\n|---|---|---|---|\n");
    let group = |group: &Group<Act>| head(&group.about) + &group.rows.iter().map(|act| act_rows(table, act)).collect::<String>();
    table.people.iter().map(group).collect::<Vec<_>>().join("\n")
}

/// A row for each verdict that there is.
fn act_rows(table: &Table, act: &Act) -> String {
    let mut verdicts: Vec<(Verdict, Vec<&str>)> = vec![];
    for who in &table.who {
        let verdict = act.expected(&who.name);
        match verdicts.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, names)) => names.push(&who.name),
            None => verdicts.push((verdict, vec![&who.name])),
        }
    }
    verdicts.sort_by_key(|(verdict, _)| match verdict {
        Verdict::Allowed => 0,
        Verdict::Policy(_) => 1,
        Verdict::Rbac | Verdict::Schema => 2,
    });
    let named = |(verdict, names): &(Verdict, Vec<&str>)| match verdict {
        Verdict::Rbac if names.len() == table.who.len() => "everybody".to_owned(),
        Verdict::Rbac => "everybody else".to_owned(),
        _ => names.join(", "),
    };
    let row = |group: (Verdict, Vec<&str>)| format!("| {} | {} | {} | {} |\n", act.what, how(act), named(&group), word(&group.0));
    verdicts.into_iter().map(row).collect()
}

fn how(act: &Act) -> String {
    let method = act.ask.get("send").and_then(|send| send["method"].as_str());
    match method {
        _ if act.is_change() && act.how == Way::ALL => "any".to_owned(),
        _ if act.is_change() => act.how.iter().map(|way| way.name()).collect::<Vec<_>>().join(", "),
        Some("POST") => "create".to_owned(),
        Some(method) => method.to_lowercase(),
        None => act.ask.keys().cloned().collect(),
    }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Allowed => "allowed".to_owned(),
        Verdict::Rbac => "denied by RBAC".to_owned(),
        Verdict::Schema => "denied by the API server".to_owned(),
        Verdict::Policy(policy) => format!("denied by `{policy}`"),
    }
}

fn operator(table: &Table) -> String {
    let groups = table.operator.iter().map(|group| format!("### {}\n\n{}", heading(&group.about), rows(&group.rows)));
    groups.collect::<Vec<_>>().join("\n")
}

/// "Workloads" is a heading of the other table too, and anchors are one for a page.
fn heading(about: &str) -> String {
    format!("The operator: {}{}", about[..1].to_lowercase(), &about[1..])
}

fn recommended(table: &Table) -> String {
    rows(&table.recommended.rows)
}

fn rows(rows: &[Row]) -> String {
    let head = "| what | |\n|---|---|\n".to_owned();
    rows.iter().fold(head, |text, row| text + &format!("| {} | {} |\n", row.what, word(&row.expected())))
}

//! What a change would change: pure, over the lines of two plans.

use std::collections::BTreeMap;

use serde::Serialize;

use super::line::{Line, blocker};
use crate::cli::kubectl::{output::Table, tenants::tenants};

/// What differs between two plans of a fleet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Tenants whose target, slot or blockers differ.
    pub changed: Vec<Changed>,
    /// How many stay as they are.
    pub unchanged: usize,
}

/// A tenant that differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Without the change; none: it is new.
    pub before: Option<Line>,
    /// With the change.
    pub after: Option<Line>,
}

/// Compares two plans, by namespace and name.
pub fn difference(before: &[Line], after: &[Line]) -> Difference {
    type Both<'a> = (Option<&'a Line>, Option<&'a Line>);
    let mut both: BTreeMap<(&str, &str), Both> = BTreeMap::new();
    for line in before {
        both.entry((&line.namespace, &line.name)).or_default().0 = Some(line);
    }
    for line in after {
        both.entry((&line.namespace, &line.name)).or_default().1 = Some(line);
    }
    let all = both.len();
    let differs = |(before, after): &Both| match (before, after) {
        (Some(before), Some(after)) => !aspects(Some(before), Some(after)).is_empty(),
        _ => true,
    };
    let changed = both.into_iter().filter(|(_, lines)| differs(lines)).map(|((namespace, name), (before, after))| Changed {
        namespace: namespace.into(),
        name: name.into(),
        before: before.cloned(),
        after: after.cloned(),
    });
    let changed: Vec<_> = changed.collect();
    Difference { unchanged: all - changed.len(), changed }
}

/// What differs: its name, before, after.
fn aspects(before: Option<&Line>, after: Option<&Line>) -> Vec<(&'static str, String, String)> {
    let aspect = |name, of: fn(&Line) -> String| (name, before.map(of).unwrap_or_default(), after.map(of).unwrap_or_default());
    let all = [
        aspect("version", |line| line.from.clone().unwrap_or_default()),
        aspect("target", |line| line.to.clone().unwrap_or_default()),
        aspect("slot", |line| line.date().to_owned()),
        aspect("blockers", |line| line.blockers.iter().map(blocker).collect::<Vec<_>>().join("; ")),
    ];
    all.into_iter().filter(|(_, before, after)| before != after).collect()
}

/// A line for each difference, and how much stays.
pub fn text(difference: &Difference, width: Option<usize>) -> String {
    let mut table = Table::new(&["TENANT", "WHAT", "BEFORE", "AFTER"]).cut_first(&["BEFORE", "AFTER"]);
    for changed in &difference.changed {
        let name = format!("{}/{}", changed.namespace, changed.name);
        for (what, before, after) in aspects(changed.before.as_ref(), changed.after.as_ref()) {
            table.row([name.clone(), what.into(), before, after]);
        }
    }
    let head = if table.is_empty() { String::new() } else { format!("{}\n", table.render(width)) };
    let changes = if difference.changed.len() == 1 { "changes" } else { "change" };
    format!("{head}{} {changes}, {} as before\n", tenants(difference.changed.len()), difference.unchanged)
}

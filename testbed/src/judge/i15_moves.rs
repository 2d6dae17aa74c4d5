//! I15 of shared services that are to move: a tenant is told exactly where the planned version does not lie in a range that it declares, or that
//! what it runs needs; and of which version, not before which day. And what a product's status says of it is what its spec plans.

use std::{cell::Cell, collections::BTreeMap};

use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    eyes::Eyes,
    i15_issues::sound,
    object::{Kind, Object},
    past::Past,
    range::{Range, leading},
    read::{list, text},
    verdict::Verdict,
};

/// So many entries fit into a status.
const MOST: usize = 16;

pub fn judge(past: &Past, record: &Record, leeway: Leeway, verdict: &mut Verdict) {
    let What::Write(before, after) = &record.what else { return };
    match (after.kind, before) {
        (Kind::Product, Some(before)) => product(past, before, after, verdict),
        (Kind::Tenant, _)
            if after.started().is_none() && after.status("observedGeneration").as_i64() == Some(after.generation) =>
        {
            // What products and releases say is theirs who edit them: nothing of it is a status.
            let eyes = Eyes { past, since: leeway.others_since(record.from), doubtful: false, loud: Cell::new(false) };
            if !leeway.in_doubt {
                tenant(&eyes, after, verdict);
            }
        }
        _ => {}
    }
}

fn tenant(eyes: &Eyes, tenant: &Object, verdict: &mut Verdict) {
    let issues = list(tenant.status("issues"));
    let said: BTreeMap<&str, &Value> =
        issues.iter().filter_map(|one| Some((text(&one["issue"]).strip_prefix("SharedServiceMoves/")?, one))).collect();
    let moves = moves(eyes, tenant);
    if eyes.loud.get() {
        return;
    }
    let full = issues.len() == MOST;
    let silent = moves.keys().find(|name| !full && !said.contains_key(name.as_str()));
    verdict.note("I15", silent.map(|name| format!("{tenant} is not told that {name} moves: {said:?}")));
    let wrong = said.iter().find(|(name, one)| !moves.get(**name).is_some_and(|planned| tells(one, planned)));
    verdict.note("I15", wrong.map(|(_, one)| format!("{tenant} says {one}, and what moves is {moves:?}")));
}

/// Of no release, and with the version and the day.
fn tells(said: &Value, planned: &Value) -> bool {
    let has = |part: &str| text(&said["message"]).contains(text(&planned[part]));
    said["release"].is_null() && has("version") && has("notBefore")
}

/// The installations that are to move to a version that the tenant cannot do with, each with what is planned.
fn moves<'a>(eyes: &Eyes<'a>, tenant: &Object) -> BTreeMap<String, &'a Value> {
    let used = list(&tenant.spec["dependencies"]).iter().filter_map(|one| Some((one, one["installation"].as_str()?)));
    let mut moves = BTreeMap::new();
    for (dependency, name) in used {
        let Some((product, planned)) = planned(eyes, name) else { continue };
        let Some(version) = leading(text(&planned["version"])) else { continue };
        let declared = dependency["versions"].as_str().map(Range::read);
        let runs = eyes.runs_of(tenant).unwrap_or_default();
        let requires = runs.into_iter().filter(|release| sound(release)).flat_map(|release| list(&release.spec["requires"]));
        let needed = requires.filter(|one| one["product"] == *product).map(|one| Range::read(text(&one["versions"])));
        if declared.into_iter().chain(needed).any(|range| !range.has(&version)) {
            moves.insert(name.to_owned(), planned);
        }
    }
    moves
}

/// The product of an installation, and what is planned of it; none where two products have one of this name.
fn planned<'a>(eyes: &Eyes<'a>, installation: &str) -> Option<(&'a str, &'a Value)> {
    let mut found = vec![];
    for product in eyes.every(Kind::Product) {
        let here = list(&product.spec["installations"]).iter().filter(|one| one["name"] == installation);
        found.extend(here.map(|one| (product.name.as_str(), &one["planned"])));
    }
    if found.len() == 1 { found.pop().filter(|(_, planned)| planned.is_object()) } else { None }
}

/// What was counted may be some seconds old, so here is asked only whether it may be so.
fn product(past: &Past, before: &Object, after: &Object, verdict: &mut Verdict) {
    let tenants = u64::try_from(past.names(Kind::Tenant).count()).unwrap_or(u64::MAX);
    for one in list(&before.spec["installations"]) {
        let said = list(after.status("installations")).iter().find(|said| said["name"] == one["name"]);
        let (said, planned) = (said.map_or(&Value::Null, |said| &said["planned"]), &one["planned"]);
        let same = ["version", "notBefore"].iter().all(|part| said[part] == planned[part]);
        let many = said["leftBehind"].as_u64().unwrap_or_default() > tenants;
        let wrong = !same || many || said.is_object() != planned.is_object();
        verdict.note("I15", wrong.then(|| format!("{after} says of {one} {said}")));
    }
}

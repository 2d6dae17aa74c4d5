//! I1: at most one effective image change per (workload, upgrade id), and one back; no downgrade but a rollback that is on record;
//! nothing is overwritten that nobody knows. And the second half of I2: no image change without a committed start.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    evidence::{Leeway, Record, What},
    object::{Kind, Object},
    past::Past,
    read::{leading_numbers, list, numbers, text},
    verdict::Verdict,
};

pub struct Images {
    leeway: Leeway,
    /// Workload's UID, upgrade id and whether it is a way back, to the number of effective changes.
    counts: BTreeMap<(String, String, bool), usize>,
}

impl Images {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, counts: BTreeMap::new() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let What::Write(Some(before), after) = &record.what else { return };
        if after.kind != Kind::Workload || before.images() == after.images() {
            return;
        }
        let id = after.intent();
        verdict.note("I1", id.is_empty().then(|| format!("{after} changed without an intent")));
        let back = after.is_rollback();
        let times = self.counts.entry((after.uid.clone(), id.clone(), back)).or_default();
        *times += 1;
        let since = self.leeway.since(record.from);
        verdict.note("I1", (*times > 1).then(|| format!("{after} changed for the {times}. time by upgrade {id}")));
        verdict.note("I1", downgrade(past, before, after, since).filter(|_| !back));
        verdict.note("I1", overwritten(past, before, after));
        let of_id = |tenant: &Object| tenant.started().is_some_and(|up| up["id"] == *id);
        if back {
            let on_record = |tenant: &Object| tenant.namespace() == after.namespace() && of_id(tenant) && goes_back(tenant);
            let missing = !past.all_since(Kind::Tenant, since).any(on_record);
            verdict.note("I1", missing.then(|| format!("{after} goes back for {id}, and no rollback is on record")));
            return;
        }
        let starts = |tenant: &Object| tenant.names(after) && of_id(tenant);
        let missing = !past.all_since(Kind::Tenant, since).any(starts);
        verdict.note("I2", missing.then(|| format!("{after} changed for {id} without a committed start of its tenant")));
    }
}

/// Whether the tenant's upgrade has failed, and is going back.
fn goes_back(tenant: &Object) -> bool {
    let up = tenant.status("upgrade");
    up["step"]["kind"] == "Rollback" && up["failure"].is_object()
}

/// Releases may share images: a downgrade is what is one however they are read.
fn downgrade(past: &Past, before: &Object, after: &Object, since: Timestamp) -> Option<String> {
    let highest = after.images().values().filter_map(|image| past.versions_of(image).into_iter().max()).max();
    let lowest = before.images().values().filter_map(|image| lowest(past, after, image, since)).max();
    let shown = |version: Option<Vec<u64>>| version.map_or("nothing known".into(), |version| version_text(&version));
    (highest < lowest).then(|| format!("{after} went from {} down to {}", shown(lowest), shown(highest)))
}

/// The lowest version of an image, as far as anybody still says so: a release that is there, or the tenant's own status.
fn lowest(past: &Past, workload: &Object, image: &str, since: Timestamp) -> Option<Vec<u64>> {
    let tenant = past.all(Kind::Tenant).find(|tenant| tenant.names(workload));
    let remembered = tenant.map(|tenant| {
        let ended = list(tenant.status("history")).iter().map(|entry| &entry["to"]);
        let versions = ended.chain([tenant.status("version"), tenant.status("lastKnownVersion")]);
        versions.map(|version| numbers(text(version))).collect::<Vec<_>>()
    });
    let there = |version: &[u64]| {
        let mut releases = past.all_since(Kind::Release, since);
        releases.any(|release| numbers(text(&release.spec["version"])) == version)
    };
    let known = |version: &Vec<u64>| there(version) || remembered.as_ref().is_some_and(|all| all.contains(version));
    past.versions_of(image).into_iter().filter(known).min()
}

fn version_text(version: &[u64]) -> String {
    version.iter().map(u64::to_string).collect::<Vec<_>>().join(".")
}

/// An image that no release knows, and that nobody says is of a version that fits what is known, is not overwritten (R6).
fn overwritten(past: &Past, before: &Object, after: &Object) -> Option<String> {
    let images = after.images();
    let replaced = |(name, image): &(&&str, &&str)| images.get(*name).is_some_and(|new| new != *image);
    let old = before.images();
    let mut unknown = old.iter().filter(|(_, image)| past.versions_of(image).is_empty());
    let (_, image) = unknown.find(replaced)?;
    let tenant = past.all(Kind::Tenant).find(|tenant| tenant.names(after))?;
    let successes = list(tenant.status("history")).iter().filter(|entry| entry["result"] == "Succeeded");
    let best = successes.map(|entry| numbers(text(&entry["to"]))).max();
    let label = after.metadata["labels"]["app.kubernetes.io/version"].as_str().map(leading_numbers);
    let guessed = label.is_none() || label < best;
    guessed.then(|| format!("{after} is overwritten, although nobody knows what {image} is"))
}

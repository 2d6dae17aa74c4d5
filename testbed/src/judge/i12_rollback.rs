//! I12, of rollbacks: after `RolledBack` every workload that the upgrade changed runs the images from before, and is well (as in I6); an
//! upgrade has one result; and one that fails before it changed an image is no rollback.
//!
//! What ran before is remembered from the changes themselves, not read off the operator's record.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    evidence::{Leeway, Record, What},
    i6_success::is_done,
    object::{Kind, Object},
    past::Past,
    read::{list, text},
    steps::RESTORE,
    verdict::Verdict,
};

type Images = BTreeMap<String, String>;

#[derive(Default)]
pub struct Rollbacks {
    leeway: Leeway,
    /// Upgrade id to the workloads that it changed, each with its images before the first change.
    before: BTreeMap<String, BTreeMap<String, Images>>,
    /// Tenant's UID and upgrade id to its results.
    results: BTreeMap<(String, String), Vec<String>>,
}

impl Rollbacks {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, verdict: &mut Verdict) {
        let What::Write(Some(before), after) = &record.what else { return };
        match after.kind {
            Kind::Workload if before.images() != after.images() && !after.is_rollback() => {
                let images = before.images().into_iter().map(|(name, image)| (name.to_owned(), image.to_owned())).collect();
                self.before.entry(after.intent()).or_default().entry(after.name.clone()).or_insert(images);
            }
            Kind::Tenant => self.ends(past, record, (before, after), verdict),
            _ => {}
        }
    }

    fn ends(&mut self, past: &Past, record: &Record, (before, after): (&Object, &Object), verdict: &mut Verdict) {
        // What else stands in an entry may go when a newer one comes.
        let ended = |entry: &Value| ["id", "result", "finishedAt"].map(|part| entry[part].clone());
        let old: Vec<_> = list(before.status("history")).iter().map(ended).collect();
        for entry in list(after.status("history")).iter().filter(|entry| !old.contains(&ended(entry))) {
            let (result, id) = (text(&entry["result"]), text(&entry["id"]));
            if !matches!(result, "Succeeded" | "Failed" | "RolledBack" | "RollbackFailed") {
                continue;
            }
            let results = self.results.entry((after.uid.clone(), id.to_owned())).or_default();
            results.push(result.to_owned());
            verdict.note("I12", (results.len() > 1).then(|| format!("{after}: upgrade {id} ended as {results:?}")));
            if result == "RolledBack" {
                verdict
                    .note("I12", self.wrong(past, record, id).map(|wrong| format!("{after} was rolled back although {wrong}")));
            }
        }
    }

    fn wrong(&self, past: &Past, record: &Record, id: &str) -> Option<String> {
        let Some(changed) = self.before.get(id) else {
            let is_restore = |job: &&Object| job.run().0 == id && job.run().1 == RESTORE && job.completed();
            let restored = past.ever(Kind::Job).any(|job| is_restore(&job));
            return (!restored).then(|| format!("nothing was changed for {id}"));
        };
        let since = self.leeway.since(record.from);
        changed.iter().find_map(|(name, images)| {
            let wrong = past.wrong_since(Kind::Workload, name, since, |seen| unproven(seen?, images));
            wrong.map(|wrong| format!("{name} {wrong}"))
        })
    }
}

fn unproven(seen: &Object, images: &Images) -> Option<String> {
    let running = seen.images();
    let other = images.iter().find(|(name, image)| running.get(name.as_str()) != Some(&image.as_str()));
    if let Some((name, image)) = other {
        return Some(format!("ran {image} in {name} before, and does not now"));
    }
    (!is_done(seen)).then(|| format!("is not done: {:?}", seen.status))
}

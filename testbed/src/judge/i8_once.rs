//! I8: no upgrade starts twice. A start that was taken back had no effect, so it may come again; one whose images were changed may not.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    evidence::{Record, What},
    object::{Kind, Object},
    read::text,
    verdict::Verdict,
};

#[derive(Default)]
pub struct Starts {
    /// Tenant's UID and upgrade id to the number of starts that were not taken back.
    counts: BTreeMap<(String, String), usize>,
    /// Upgrades that changed images, by namespace and id.
    effective: BTreeSet<(String, String)>,
}

impl Starts {
    pub fn judge(&mut self, record: &Record, verdict: &mut Verdict) {
        let What::Write(Some(before), after) = &record.what else { return };
        match after.kind {
            Kind::Workload if before.images() != after.images() => {
                self.effective.insert((after.namespace().to_owned(), after.intent()));
            }
            Kind::Tenant => self.taken_back(before, after),
            _ => {}
        }
        let Some((tenant, up)) = record.start() else { return };
        let id = text(&up["id"]).to_owned();
        let count = self.counts.entry((tenant.uid.clone(), id.clone())).or_default();
        *count += 1;
        verdict.note("I8", (*count > 1).then(|| format!("{tenant} started {id} again, for the {count}. time")));
    }

    fn taken_back(&mut self, before: &Object, after: &Object) {
        let Some(old) = before.started().filter(|_| after.started().is_none()) else { return };
        let id = text(&old["id"]).to_owned();
        let effective = self.effective.contains(&(after.namespace().to_owned(), id.clone()));
        if after.status("upgrade")["id"] == old["id"] && !effective {
            self.counts.remove(&(after.uid.clone(), id));
        }
    }
}

//! I1: at most one effective image change per (workload, upgrade id), and no downgrade but a recorded rollback.

use std::collections::BTreeMap;

use super::{
    Evidence, Verdict,
    facts::{about, images, intent, numbers, text, version_of},
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    let mut changes = BTreeMap::<(String, String), usize>::new();
    for change in evidence.written("deployments") {
        let (old, new) = (images(evidence.before(change)), images(&change.object));
        if old == new {
            continue;
        }
        let id = text(&intent(&change.object)["id"]).to_owned();
        let times = changes.entry((change.name.clone(), id.clone())).or_default();
        *times += 1;
        verdict.note("I1", (*times > 1).then(|| format!("{} changed for the {times}. time by upgrade {id}", about(change))));
        verdict.note("I1", id.is_empty().then(|| format!("{} changed without an intent", about(change))));
        if let (Some(from), Some(to)) = (version_of(evidence, &old), version_of(evidence, &new)) {
            let down = numbers(&to) <= numbers(&from);
            verdict.note("I1", down.then(|| format!("{} went from {from} down to {to}", about(change))));
        }
    }
}

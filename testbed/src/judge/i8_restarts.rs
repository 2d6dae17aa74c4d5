//! I8: a restart never starts twice and never makes a second notice key; a notice without a written receipt may be repeated under its
//! key, once per restart.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Evidence, Verdict,
    facts::{about, images, intent, list, starts, text},
};

pub fn judge(evidence: &Evidence, verdict: &mut Verdict) {
    one_start(evidence, verdict);
    one_key_in_statuses(evidence, verdict);
    one_id_at_the_receiver(evidence, verdict);
}

/// A start that was taken back had no effect, so it may come again; a start whose images were changed may not.
fn one_start(evidence: &Evidence, verdict: &mut Verdict) {
    for start in starts(evidence) {
        let id = &start.object["status"]["upgrade"]["id"];
        let earlier = evidence.written("deployments").filter(|change| change.revision < start.revision);
        let again = earlier.filter(|change| images(evidence.before(change)) != images(&change.object));
        let mut again = again.filter(|change| intent(&change.object)["id"] == *id);
        verdict.note("I8", again.next().map(|change| format!("{} started again after {}", about(start), about(change))));
    }
}

/// Within one tenant: contact, its address, kind, release and slot have one key, in all versions of its status.
fn one_key_in_statuses(evidence: &Evidence, verdict: &mut Verdict) {
    let mut keys = BTreeMap::<Vec<String>, BTreeSet<String>>::new();
    for version in evidence.written("tenantinstances") {
        for notice in list(&version.object["status"]["notices"]) {
            // An answer to an opt-out is about the opt-out: two of them about one slot are two notices.
            let slot = text(&notice["slot"]);
            let fields = ["contact", "kind", "release", "address"].map(|field| text(&notice[field]).to_owned());
            if matches!(fields[1].as_str(), "Planned" | "Moved" | "Postponed") && !slot.is_empty() {
                let about = [version.name.clone(), slot.to_owned()].into_iter().chain(fields).collect();
                keys.entry(about).or_default().insert(text(&notice["key"]).to_owned());
            }
        }
    }
    for (about, keys) in keys {
        verdict.note("I8", (keys.len() > 1).then(|| format!("{about:?} was written down under {keys:?}")));
    }
}

fn one_id_at_the_receiver(evidence: &Evidence, verdict: &mut Verdict) {
    let (mut accepted, mut ids) = (BTreeMap::<(&str, &str), usize>::new(), BTreeMap::<Vec<&str>, BTreeSet<&str>>::new());
    for delivery in &evidence.deliveries {
        let (data, id) = (&delivery.data, delivery.webhook_id.as_str());
        if delivery.status < 300 {
            *accepted.entry((delivery.path.as_str(), id)).or_default() += 1;
        }
        if matches!(text(&data["kind"]), "Planned" | "Moved" | "Postponed" | "Succeeded") {
            let about = vec![delivery.path.as_str(), text(&data["kind"]), text(&data["to"]), text(&data["slot"]["opens"])];
            ids.entry(about).or_default().insert(id);
        }
    }
    for ((path, id), times) in accepted {
        let most = 1 + evidence.restarts;
        verdict.note(
            "I8",
            (times > most).then(|| format!("{path} accepted {id} {times} times, with {} restarts", evidence.restarts)),
        );
    }
    for (about, ids) in ids {
        verdict.note("I8", (ids.len() > 1).then(|| format!("{about:?} came under {ids:?}")));
    }
}

//! I1, I4, I6 and the first half of I8: what the operator changes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use uplift::{
    api::{
        annotations::{self, Intent},
        condition,
        tenant::SlotResult,
        upgrade_id::UpgradeId,
    },
    fleet::{Container, ObjectKey},
    simulate::world::{Content, Object, Record, What},
};

use super::{Leeway, Past, Tell, numbers, start, upgrade};

#[derive(Default)]
pub struct Changes {
    leeway: Leeway,
    /// Workload's UID and upgrade id to the number of effective changes.
    counts: BTreeMap<(String, UpgradeId), usize>,
    /// Tenant's UID and upgrade id to the number of starts that were not taken back.
    starts: BTreeMap<(String, UpgradeId), usize>,
}

impl Changes {
    pub fn new(leeway: Leeway) -> Self {
        Self { leeway, ..Self::default() }
    }

    pub fn judge(&mut self, past: &Past, record: &Record, tell: &mut Tell<'_>) {
        let What::Write(before, after) = &record.what else { return };
        if !only_ours(before, after) {
            tell("I4", format!("writes more than its own fields of {}", after.key));
        }
        if let (Some(old), Some(new)) = (before.deployment(), after.deployment())
            && old.spec != new.spec
        {
            self.images(past, record.at, after, &old.containers(), &new.containers(), tell);
        }
        self.starts(record, before, after, tell);
        if succeeded(before, after) && !runs(past, self.leeway.since(record.at), after) {
            tell("I6", format!("{} is said to have succeeded, but its workloads don't run the release", after.key));
        }
    }

    fn images(&mut self, past: &Past, at: Timestamp, after: &Object, old: &[Container], new: &[Container], tell: &mut Tell<'_>) {
        let intent = after.annotation(annotations::INTENT).and_then(|json| serde_json::from_str::<Intent>(json).ok());
        let id = intent.map_or_else(|| "no intent".into(), |intent| intent.id);
        let count = self.counts.entry((after.uid.clone(), id.clone())).or_default();
        *count += 1;
        if *count > 1 {
            tell("I1", format!("{} changes {count} times for {id}", after.key));
        }
        // Releases may share images: a downgrade is what is one however they are read.
        let highest = new.iter().filter_map(|c| versions_of(past, &c.image).into_iter().max()).max();
        let lowest = old.iter().filter_map(|c| versions_of(past, &c.image).into_iter().min()).max();
        if highest < lowest {
            tell("I1", format!("{} is downgraded", after.key));
        }
        by_hand(past, after, old, new, tell);
        if !past.all_since(self.leeway.since(at)).any(|tenant| names(tenant, after) && started(tenant, &id)) {
            tell("I2", format!("{} changes for {id}, which no tenant of its namespace has started", after.key));
        }
    }

    fn starts(&mut self, record: &Record, before: &Object, after: &Object, tell: &mut Tell<'_>) {
        let id = |object: &Object| upgrade(object).filter(|u| u.started_at.is_some()).and_then(|u| u.id.clone());
        if let (Some(id), None) = (id(before), id(after))
            && upgrade(after).is_some_and(|u| u.id.as_ref() == Some(&id))
        {
            self.starts.remove(&(after.uid.clone(), id)); // taken back: the same slot may start again
        }
        let Some((tenant, up)) = start(record) else { return };
        let id = up.id.clone().unwrap_or_default();
        let count = self.starts.entry((tenant.uid.clone(), id.clone())).or_default();
        *count += 1;
        if *count > 1 {
            tell("I8", format!("{} starts {id} for the {count}. time", tenant.key));
        }
    }
}

/// Whether a write touched nothing but statuses, images and the one annotation.
fn only_ours(before: &Object, after: &Object) -> bool {
    let plain = |object: &Object| {
        let mut annotations = object.annotations.clone();
        annotations.remove(annotations::INTENT);
        (object.uid.clone(), object.labels.clone(), annotations, object.created_at, object.applied.clone())
    };
    let own = plain(before) == plain(after);
    let spec = match (&before.content, &after.content) {
        (Content::Deployment(a), Content::Deployment(b)) => without_images(&a.spec) == without_images(&b.spec),
        _ => before.spec() == after.spec() && before.annotations == after.annotations && before.generation == after.generation,
    };
    own && spec
}

/// An image that no release knows, and that nobody says is of a version that fits what is known, is not overwritten (R6).
fn by_hand(past: &Past, after: &Object, old: &[Container], new: &[Container], tell: &mut Tell<'_>) {
    let unknown = |c: &&Container| versions_of(past, &c.image).is_empty();
    let replaced = old.iter().filter(unknown).any(|c| new.iter().any(|n| n.name == c.name && n.image != c.image));
    let Some(tenant) = past.all().find(|tenant| names(tenant, after)).filter(|_| replaced) else { return };
    let history = tenant.tenant().map_or(&[][..], |(_, status)| &status.history);
    let best = history.iter().filter(|h| h.result == SlotResult::Succeeded).map(|h| numbers(&h.to)).max();
    let label =
        after.labels.get(annotations::VERSION_LABEL).map(|label| label.split('.').map_while(|p| p.parse().ok()).collect());
    let label = label.map(|mut numbers: Vec<u64>| {
        numbers.resize(6, 0);
        numbers
    });
    if label.is_none() || label < best {
        let image = old.iter().find(unknown).map(|c| &*c.image).unwrap_or_default();
        tell("I1", format!("{} is overwritten, although nobody knows what {image} is", after.key));
    }
}

fn without_images(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for list in ["containers", "initContainers"] {
        for container in spec["template"]["spec"][list].as_array_mut().into_iter().flatten() {
            container["image"] = Value::Null;
        }
    }
    spec
}

fn versions_of(past: &Past, image: &str) -> Vec<Vec<u64>> {
    let has = |object: &Object| {
        object.release().filter(|(spec, _)| spec.images.values().any(|i| i == image)).map(|(s, _)| numbers(&s.version))
    };
    past.ever().filter_map(|object| has(object)).collect()
}

fn names(tenant: &Object, workload: &Object) -> bool {
    let (ObjectKey::Tenant(t), ObjectKey::Workload(w)) = (&tenant.key, &workload.key) else { return false };
    t.namespace == w.namespace && tenant.tenant().is_some_and(|(spec, _)| spec.workloads.iter().any(|r| r.name == w.name))
}

fn started(tenant: &Object, id: &UpgradeId) -> bool {
    upgrade(tenant).is_some_and(|u| u.started_at.is_some() && u.id.as_ref() == Some(id))
}

/// Whether this write says that an upgrade succeeded.
fn succeeded(before: &Object, after: &Object) -> bool {
    let (Some((_, old)), Some((_, new))) = (before.tenant(), after.tenant()) else { return false };
    let entry = new.history.first().filter(|h| h.result == SlotResult::Succeeded && !old.history.contains(h));
    let says = |conditions: &[_]| condition::is_true(conditions, condition::UPGRADE_SUCCEEDED);
    entry.is_some() || (says(&new.conditions) && !says(&old.conditions))
}

/// Whether every workload of the tenant was seen running the images of the release that succeeded.
fn runs(past: &Past, since: Timestamp, tenant: &Object) -> bool {
    let (Some((spec, status)), ObjectKey::Tenant(key)) = (tenant.tenant(), &tenant.key) else { return false };
    let success = status.history.iter().find(|h| h.result == SlotResult::Succeeded);
    let Some(to) = success.map(|h| numbers(&h.to)) else { return false };
    spec.workloads.iter().all(|r| {
        let workload = ObjectKey::Workload(key.workload(&r.name));
        past.since(&workload, since).flatten().any(|object| runs_version(past, object, &to))
    })
}

fn runs_version(past: &Past, object: &Object, to: &[u64]) -> bool {
    let Some(deployment) = object.deployment() else { return false };
    let (n, s) = (deployment.replicas(), &deployment.status);
    let whole = n >= 1 && s.updated == n && s.available == n && s.observed_generation == object.generation;
    let known = deployment.containers().into_iter().map(|c| versions_of(past, &c.image)).filter(|all| !all.is_empty());
    let mut known = known.peekable();
    whole && known.peek().is_some() && known.all(|all| all.iter().any(|version| version == to))
}

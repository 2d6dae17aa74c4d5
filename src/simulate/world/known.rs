//! A world out of what is known of a cluster: the other way of `facts`.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Content, Grant, Note, Object, Refused, Way, Workload, WorkloadStatus, World};
use crate::{
    api::{FIELD_MANAGER, annotations, tenant::WorkloadKind},
    fleet::{self, Fleet, Job, JobKey, KeepsOld, Meta, ObjectKey, Parsed, RefusedBy, Release, Said, Tenant, WorkloadKey},
    plan::NewJob,
    simulate::{admission::admit, manifest::Manifest},
};

/// What people set beside a manifest, by commands: a manifest that does not name it leaves it alone.
const BESIDE: [&[&str]; 5] =
    [&["suspend"], &["approval"], &["acceptance", "signOffs"], &["rollout", "resumedHalt"], &["rollout", "provenRings"]];

impl World {
    /// A world that holds what is known of a cluster, with its UIDs, times, resourceVersions, stamps and statuses, and what it cannot
    /// hold: objects that do not parse, with what is wrong.
    ///
    /// Which manifest was applied last is not known. All that an object's spec says counts as named by it, but what people set beside
    /// manifests.
    pub fn of(fleet: &Fleet, now: Timestamp) -> (Self, Vec<(ObjectKey, String)>) {
        let (mut world, mut left_out) = (Self::new(now), vec![]);
        for (key, object) in objects(fleet) {
            match object {
                Ok(object) => world.put(object),
                Err(wrong) => left_out.push((key, wrong)),
            }
        }
        let tenants: BTreeMap<_, _> = fleet.tenants.iter().map(|(key, tenant)| (&*tenant.meta.uid, key)).collect();
        for (key, job) in fleet.jobs.iter().filter(|(_, job)| job.ended.is_none()) {
            let tenant = job.owner.as_deref().and_then(|owner| tenants.get(owner));
            let owner = tenant.map_or_else(|| ObjectKey::Release(String::new()), |key| ObjectKey::Tenant((*key).clone()));
            world.put_job(key, job, owner);
        }
        for (namespace, by, message) in refused(fleet) {
            let grant = if by == RefusedBy::Rights { Grant::NotGranted } else { Grant::Refused };
            world.grant_jobs(namespace, grant, message);
        }
        (world, left_out)
    }

    /// Applies a manifest to such a world. Of a workload only those parts count that are here: the rest would look like a change,
    /// and a rollout would follow.
    pub fn apply_slim(&mut self, manifest: &Manifest, by: &str) -> Result<(), Refused> {
        let ObjectKey::Workload(WorkloadKey { kind, .. }) = &manifest.key else { return self.apply(manifest, by) };
        admit(&manifest.key, &manifest.spec, None).map_err(|wrong| Refused::Field(manifest.key.clone(), wrong))?;
        self.apply(&Manifest { spec: slim(*kind, &manifest.spec), ..manifest.clone() }, by)
    }

    /// A Job that runs. How long it will, nobody knows: it goes as Jobs do.
    fn put_job(&mut self, key: &JobKey, fact: &Job, owner: ObjectKey) {
        let new = NewJob {
            template: String::new(),
            template_version: String::new(),
            owner,
            owner_uid: fact.owner.clone().unwrap_or_default(),
            id: fact.id.clone(),
            step: fact.step.clone(),
            deadline: i64::from(u32::MAX),
            images: BTreeMap::new(),
            env: BTreeMap::new(),
        };
        self.run_job(key, &new, fact.began_at());
    }

    fn put(&mut self, object: Object) {
        self.revision = self.revision.max(object.resource_version);
        // A rollout that is under way ends as rollouts do. One that has ended badly stays as it is.
        if let (ObjectKey::Workload(key), Content::Workload(workload)) = (&object.key, &object.content)
            && (workload.status.updated < workload.wanted() || workload.status.replicas != workload.status.updated)
            && workload.status.deadline_exceeded.is_none()
        {
            self.begin(key, Way::of(&object), workload);
        }
        self.objects.insert(object.key.clone(), Arc::new(object));
    }
}

/// Where Jobs were refused, and nobody knows that they are granted since.
fn refused(fleet: &Fleet) -> impl Iterator<Item = (&str, RefusedBy, &str)> {
    let asked = fleet.asked.iter().flat_map(|(from, answers)| answers.iter().map(move |asked| (from, asked)));
    let asked = asked.filter_map(|(from, asked)| asked.refused.as_ref().map(|(by, message)| (&*from.namespace, *by, &**message)));
    let made = fleet.refused.iter().filter_map(|(object, refusal)| match object {
        ObjectKey::Job(job) => Some((&*job.namespace, refusal.by, &*refusal.message)),
        _ => None,
    });
    asked.chain(made).filter(|(_, by, _)| *by != RefusedBy::Another)
}

fn objects(fleet: &Fleet) -> impl Iterator<Item = (ObjectKey, Parsed<Object>)> {
    let releases = fleet.releases.iter().map(|(name, release)| {
        let content = || Ok(Content::Release(Box::new(release.spec.clone()?), Box::new(release.status.clone()?)));
        let (key, object) = named(ObjectKey::Release(name.clone()), &release.meta, content());
        (key, object.map(|object| Object { annotations: creator(release), ..object }))
    });
    let windows = fleet.windows.iter().map(|(name, window)| {
        let content = || Ok(Content::Window(Box::new(window.spec.clone()?), Box::new(window.status.clone()?)));
        named(ObjectKey::Window(name.clone()), &window.meta, content())
    });
    let products = fleet.products.iter().map(|(name, product)| {
        let content = || Ok(Content::Product(Box::new(product.spec.clone()?), Box::new(product.status.clone()?)));
        named(ObjectKey::Product(name.clone()), &product.meta, content())
    });
    let tenants = fleet.tenants.iter().map(|(key, tenant)| {
        let content = || Ok(Content::Tenant(Box::new(tenant.spec.clone()?), Box::new(tenant.status.clone()?)));
        let (key, object) = named(ObjectKey::Tenant(key.clone()), &tenant.meta, content());
        (key, object.map(|object| Object { annotations: said(tenant), ..object }))
    });
    let trials = fleet.trials.iter().map(|(key, trial)| {
        let content = || Ok(Content::Trial(Box::new(trial.spec.clone()?), Box::new(trial.status.clone()?)));
        let (key, object) = named(ObjectKey::Trial(key.clone()), &trial.meta, content());
        let answer = trial.answer.as_ref().map(|value| written(annotations::TRIAL_ANSWER, value, &trial.meta));
        (key, object.map(|object| Object { annotations: answer.into_iter().collect(), ..object }))
    });
    let workloads = fleet.workloads.iter().map(|(key, workload)| {
        let (key, object) =
            named(ObjectKey::Workload(key.clone()), &workload.meta, Ok(Content::Workload(slim_workload(key.kind, workload))));
        (key, object.map(|object| with_labels(object, workload)))
    });
    releases.chain(windows).chain(products).chain(tenants).chain(trials).chain(workloads).chain(templates(fleet))
}

/// Whatever a Job is made of, here it goes as Jobs do.
fn templates(fleet: &Fleet) -> impl Iterator<Item = (ObjectKey, Parsed<Object>)> {
    fleet.templates.iter().map(|(key, template)| {
        let content = Ok(Content::Template(json!({"suspend": template.suspended})));
        let (key, object) = named(ObjectKey::Template(key.clone()), &template.meta, content);
        let labels = BTreeMap::from([(annotations::TEMPLATE_LABEL.to_owned(), "true".to_owned())]);
        (key, object.map(|object| Object { labels, ..object }))
    })
}

fn named(key: ObjectKey, meta: &Meta, content: Parsed<Content>) -> (ObjectKey, Parsed<Object>) {
    let object = content.map(|content| {
        let object = Object {
            key: key.clone(),
            uid: meta.uid.clone(),
            // Only whether it moves matters here, and which of two is newer.
            resource_version: meta.resource_version.parse().unwrap_or_default(),
            generation: meta.generation,
            created_at: meta.created_at,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            content,
            applied: Arc::new(Value::Null),
        };
        Object { applied: Arc::new(applied(&object)), ..object }
    });
    (key, object)
}

fn applied(object: &Object) -> Value {
    if object.workload().is_some() {
        return Value::Null; // slim: most of it is not here
    }
    let mut spec = object.spec();
    for path in BESIDE {
        let (field, parents) = path.split_last().unwrap_or((&"", &[]));
        let parent = parents.iter().try_fold(&mut spec, |value, key| value.get_mut(key));
        if let Some(map) = parent.and_then(Value::as_object_mut) {
            map.remove(*field);
        }
    }
    json!({"spec": spec})
}

fn creator(release: &Release) -> BTreeMap<String, Note> {
    let note = |by: &String| Note { value: by.clone(), at: release.meta.created_at, by: by.clone() };
    release.created_by.iter().map(|by| (annotations::CREATED_BY.to_owned(), note(by))).collect()
}

fn said(tenant: &Tenant) -> BTreeMap<String, Note> {
    let people =
        [(annotations::OPT_OUT, &tenant.opt_out), (annotations::OPT_IN, &tenant.opt_in), (annotations::RETRY, &tenant.retry)];
    let notes = people.into_iter().filter_map(|(key, said)| Some((key.to_owned(), note(said.as_ref()?))));
    let reason = tenant.opt_out_reason.as_ref().map(|reason| written(annotations::OPT_OUT_REASON, reason, &tenant.meta));
    let trial = tenant.trial.as_ref().map(|value| written(annotations::TRIAL, value, &tenant.meta));
    notes.chain(reason).chain(trial).collect()
}

/// An annotation of which nobody knows when it was written.
fn written(key: &str, value: &str, meta: &Meta) -> (String, Note) {
    (key.to_owned(), Note { value: value.to_owned(), at: meta.created_at, by: String::new() })
}

fn note(said: &Said) -> Note {
    let at = said.managed_at.or(said.stamped_at).unwrap_or(said.arrived_at);
    let by = said.stamped_by.clone().or_else(|| said.managed_by.clone()).unwrap_or_default();
    Note { value: said.value.clone(), at, by }
}

/// The parts of a workload's spec that [`slim_workload`] makes, as far as a manifest names them.
fn slim(kind: WorkloadKind, spec: &Value) -> Value {
    let mut slim = json!({"selector": {}, "template": {"spec": {}}});
    for key in ["replicas", "paused", "progressDeadlineSeconds"].into_iter().filter(|key| !spec[*key].is_null()) {
        slim[key] = spec[key].clone();
    }
    if !spec["updateStrategy"].is_null() {
        slim["updateStrategy"] = strategy(kind, Workload::new(kind, spec.clone()).keeps_old());
    }
    for list in ["containers", "initContainers"] {
        let Some(containers) = spec["template"]["spec"][list].as_array() else { continue };
        let containers = containers.iter().map(|container| json!({"name": container["name"], "image": container["image"]}));
        slim["template"]["spec"][list] = containers.collect();
    }
    slim
}

/// One way to write each strategy, so that what means the same is no change.
fn strategy(kind: WorkloadKind, keeps_old: Option<KeepsOld>) -> Value {
    let (name, partition) = match keeps_old {
        None => ("RollingUpdate", 0),
        Some(KeepsOld::OnDelete) => ("OnDelete", 0),
        Some(KeepsOld::Partition(n)) => ("RollingUpdate", n),
    };
    match kind {
        WorkloadKind::StatefulSet => json!({"type": name, "rollingUpdate": {"partition": partition}}),
        _ => json!({"type": name}),
    }
}

/// Only what a rule reads; the rest of a workload was never kept.
fn slim_workload(kind: WorkloadKind, fact: &fleet::Workload) -> Workload {
    let list = |init: bool| -> Vec<Value> {
        let containers = fact.containers.iter().filter(|container| container.init == init);
        containers.map(|container| json!({"name": container.name, "image": container.image})).collect()
    };
    let manager = |c: &fleet::Container| Some((c.name.clone(), c.image_manager.clone()?));
    let mut spec = json!({"selector": {}, "template": {"spec": {"containers": list(false), "initContainers": list(true)}}});
    match kind {
        WorkloadKind::Deployment => {
            spec["paused"] = fact.paused.into();
            spec["progressDeadlineSeconds"] = fact.progress_deadline.into();
        }
        WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => spec["updateStrategy"] = strategy(kind, fact.keeps_old),
    }
    if kind != WorkloadKind::DaemonSet {
        spec["replicas"] = fact.rollout.wanted.into();
    }
    let managers = fact.containers.iter().filter_map(manager).collect();
    let mut workload = Workload { managers, status: slim_status(kind, fact), ..Workload::new(kind, spec) };
    if workload.is_rolled_out() {
        workload.ran = Arc::new(workload.spec["template"].clone());
    }
    workload
}

fn slim_status(kind: WorkloadKind, fact: &fleet::Workload) -> WorkloadStatus {
    let rollout = &fact.rollout;
    let all = if rollout.old { rollout.wanted.max(rollout.updated.saturating_add(1)) } else { rollout.updated };
    WorkloadStatus {
        observed_generation: fact.meta.generation - i64::from(!rollout.current),
        nodes: if kind == WorkloadKind::DaemonSet { rollout.wanted } else { 0 },
        replicas: if kind == WorkloadKind::DaemonSet { rollout.wanted } else { all },
        updated: rollout.updated,
        available: rollout.available,
        deadline_exceeded: rollout.failed.clone(),
    }
}

fn with_labels(mut object: Object, workload: &fleet::Workload) -> Object {
    let label = workload.version_label.clone().map(|version| (annotations::VERSION_LABEL.to_owned(), version));
    object.labels.extend(label);
    // An intent that cannot be read stays one that cannot be read.
    let intent = workload.intent.as_ref().map(|intent| match intent {
        Ok(intent) => serde_json::to_string(intent).unwrap_or_default(), // strings only, so it always is JSON
        Err(wrong) => wrong.clone(),
    });
    let note = intent.map(|value| Note { value, at: workload.meta.created_at, by: FIELD_MANAGER.into() });
    object.annotations.extend(note.map(|note| (annotations::INTENT.to_owned(), note)));
    object
}

#[cfg(test)]
#[path = "known_tests.rs"]
mod tests;

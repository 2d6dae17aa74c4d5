//! The log of a simulated world as the judge's evidence, one record for each. Objects become JSON as an API server would show them; what
//! did not change is shared with the version before, since most writes change one part of a status.
//!
//! Left out is what no invariant reads: conditions but one, what is told of releases but halts and rings, and of notices what their letters are made of.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use serde_json::{Value, json};
use uplift::{
    api::{
        TenantInstanceStatus, annotations, condition,
        tenant::{NoticeRecord, WorkloadKind},
    },
    fleet::ObjectKey,
    letters::Outgoing,
    plan::NewJob,
    simulate::world::{self, Content, Note, Workload},
};
use uplift_testbed::judge::{Asked, Evidence, Kind, Leeway, Notice, Object, Parts, Record, What, workload_name};

use super::customer::letter;

/// What the judge gets.
pub fn evidence(log: &[world::Record], leeway: Leeway) -> Evidence {
    let mut known = Known::default();
    let records = log.iter().map(|record| Record { from: record.at, until: record.at, what: known.what(&record.what) });
    Evidence { records: records.collect(), leeway }
}

/// Where the judge finds an object.
pub fn place(key: &ObjectKey) -> (Kind, String) {
    match key {
        ObjectKey::Release(name) => (Kind::Release, name.clone()),
        ObjectKey::Window(name) => (Kind::Window, name.clone()),
        ObjectKey::Product(name) => (Kind::Product, name.clone()),
        ObjectKey::Tenant(key) => (Kind::Tenant, key.to_string()),
        ObjectKey::Trial(key) => (Kind::Trial, key.to_string()),
        ObjectKey::Workload(key) => (Kind::Workload, workload_name(&key.namespace, key.kind.name(), &key.name)),
        ObjectKey::Template(key) => (Kind::Template, key.to_string()),
        ObjectKey::Job(key) => (Kind::Job, key.to_string()),
    }
}

/// The latest version of each object, as it was and as it is shown.
#[derive(Default)]
struct Known(BTreeMap<ObjectKey, (Arc<world::Object>, Arc<Object>)>);

impl Known {
    fn what(&mut self, what: &world::What) -> What {
        match what {
            world::What::Write(before, after) => What::Write(Some(self.show(before)), self.show(after)),
            world::What::Made(after) => What::Write(None, self.show(after)),
            world::What::Progress(before, after) => What::Edit(Some(self.show(before)), Some(self.show(after))),
            world::What::Edit(before, after) => {
                let [before, after] = [before, after].map(|object| object.as_ref().map(|object| self.show(object)));
                What::Edit(before, after)
            }
            world::What::Asked { from, to, granted } => {
                What::Asked(Asked { from: from.to_string(), to: to.clone(), granted: *granted })
            }
            world::What::Accepted(notice) => What::Notice(accepted(notice)),
            world::What::Configured(contacts) => What::Configured(contacts.iter().map(json).collect()),
            world::What::Started => What::Started,
            world::What::Crashed => What::Crashed,
        }
    }

    fn show(&mut self, object: &Arc<world::Object>) -> Arc<Object> {
        let known = self.0.get(&object.key);
        if let Some((_, shown)) = known.filter(|(known, _)| Arc::ptr_eq(known, object)) {
            return shown.clone();
        }
        let shown = Arc::new(shown(object, known.map(|(known, shown)| (&**known, &**shown))));
        self.0.insert(object.key.clone(), (object.clone(), shown.clone()));
        shown
    }
}

type Base<'a> = Option<(&'a world::Object, &'a Object)>;

fn shown(object: &world::Object, base: Base<'_>) -> Object {
    let (kind, name) = place(&object.key);
    let notes = |object: &world::Object| (object.uid.clone(), object.labels.clone(), object.annotations.clone());
    let same = base.filter(|(known, _)| notes(known) == notes(object));
    let metadata = same.map_or_else(|| Arc::new(metadata(object)), |(_, shown)| shown.metadata.clone());
    let same = base.filter(|(known, _)| same_spec(&known.content, &object.content));
    let spec = same.map_or_else(|| Arc::new(spec(object)), |(_, shown)| shown.spec.clone());
    let status = match &object.content {
        Content::Tenant(_, status) => of_tenant(status, base.and_then(|(known, shown)| Some((known.tenant()?.1, &shown.status)))),
        Content::Workload(workload) => of_workload(workload),
        Content::Release(_, status) => {
            [("halt".to_owned(), Arc::new(json(&status.halt))), ("rings".to_owned(), Arc::new(json(&status.rings)))].into()
        }
        Content::Product(_, status) => {
            let [installations, notices] = [json(&status.installations), json(&status.notices)].map(Arc::new);
            [("installations".to_owned(), installations), ("notices".to_owned(), notices)].into()
        }
        Content::Trial(_, status) => {
            json(status).as_object().into_iter().flatten().map(|(k, v)| (k.clone(), Arc::new(v.clone()))).collect()
        }
        Content::Job(job) => of_job(job),
        Content::Window(..) | Content::Template(_) => Parts::new(),
    };
    let (uid, created_at) = (object.uid.clone(), object.created_at);
    Object { kind, name, uid, generation: object.generation, created_at, metadata, spec, status }
}

/// Admission stamps opt-outs.
fn metadata(object: &world::Object) -> Value {
    let notes = object.annotations.iter().map(|(key, note)| (key.clone(), note.value.clone()));
    let stamp = |note: &Note| (annotations::OPT_OUT_AT.to_owned(), note.at.to_string());
    let notes: BTreeMap<_, _> = notes.chain(object.annotations.get(annotations::OPT_OUT).map(stamp)).collect();
    let job = object.job().map(|job| &job.new);
    let labels = job.map_or(json!(object.labels), |new| {
        json!({"app.kubernetes.io/managed-by": "uplift", "uplift.dev/id": new.id, "uplift.dev/step": new.step, "uplift.dev/cronjob": new.template})
    });
    let kind = |owner: &ObjectKey| match owner {
        ObjectKey::Tenant(_) => "TenantInstance",
        ObjectKey::Trial(_) => "UpgradeTrial",
        _ => "DashboardRelease",
    };
    let owner = |new: &NewJob| json!({"apiVersion": "uplift.dev/v1alpha1", "kind": kind(&new.owner), "uid": new.owner_uid});
    let owners: Vec<_> = job.map(owner).into_iter().collect();
    json!({"uid": object.uid, "labels": labels, "annotations": notes, "ownerReferences": owners})
}

/// Of a Job what its containers are told.
fn spec(object: &world::Object) -> Value {
    let Some(job) = object.job() else { return object.spec() };
    let env: Vec<_> = job.new.env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    json!({"template": {"spec": {"containers": [{"env": env}]}}})
}

fn of_job(job: &world::Job) -> Parts {
    let condition = |succeeded| json!({"type": if succeeded { "Complete" } else { "Failed" }, "status": "True"});
    let conditions: Vec<_> = job.ended.iter().map(|ended| condition(ended.succeeded)).collect();
    let message = if job.ended.is_some() { job.message.as_str() } else { "" };
    Parts::from([("conditions".to_owned(), Arc::new(conditions.into())), ("message".to_owned(), Arc::new(message.into()))])
}

fn same_spec(a: &Content, b: &Content) -> bool {
    match (a, b) {
        (Content::Release(a, _), Content::Release(b, _)) => a == b,
        (Content::Window(a, _), Content::Window(b, _)) => a == b,
        (Content::Product(a, _), Content::Product(b, _)) => a == b,
        (Content::Tenant(a, _), Content::Tenant(b, _)) => a == b,
        (Content::Trial(a, _), Content::Trial(b, _)) => a == b,
        (Content::Workload(a), Content::Workload(b)) => a.spec == b.spec,
        (Content::Job(_), Content::Job(_)) => true,
        _ => false,
    }
}

fn of_tenant(status: &TenantInstanceStatus, base: Option<(&TenantInstanceStatus, &Parts)>) -> Parts {
    let mut parts = Parts::new();
    let mut put = |name: &str, same: bool, value: &dyn Fn() -> Value| {
        let known = base.filter(|_| same).and_then(|(_, parts)| parts.get(name).cloned());
        parts.insert(name.to_owned(), known.unwrap_or_else(|| Arc::new(value())));
    };
    let old = base.map(|(old, _)| old);
    put("upgrade", old.is_some_and(|old| old.upgrade == status.upgrade), &|| json(&status.upgrade));
    put("history", old.is_some_and(|old| old.history == status.history), &|| json(&status.history));
    put("optOuts", old.is_some_and(|old| old.opt_outs == status.opt_outs), &|| json(&status.opt_outs));
    put("deferrals", old.is_some_and(|old| old.deferrals == status.deferrals), &|| json(&status.deferrals));
    put("version", old.is_some_and(|old| old.version == status.version), &|| json(&status.version));
    put("lastKnownVersion", old.is_some_and(|old| old.last_known_version == status.last_known_version), &|| {
        json(&status.last_known_version)
    });
    put("observedGeneration", old.is_some_and(|old| old.observed_generation == status.observed_generation), &|| {
        status.observed_generation.into()
    });
    put("issues", old.is_some_and(|old| old.issues == status.issues), &|| json(&status.issues));
    put("blockers", old.is_some_and(|old| old.blockers == status.blockers), &|| json(&status.blockers));
    put("support", old.is_some_and(|old| old.support == status.support), &|| json(&status.support));
    put("supportNotices", old.is_some_and(|old| old.support_notices == status.support_notices), &|| {
        json(&status.support_notices)
    });
    put("notices", old.is_some_and(|old| old.notices == status.notices), &|| status.notices.iter().map(notice).collect());
    let succeeded = |status: &TenantInstanceStatus| condition::is_true(&status.conditions, condition::UPGRADE_SUCCEEDED);
    put("conditions", old.is_some_and(|old| succeeded(old) == succeeded(status)), &|| {
        let condition = json!({"type": condition::UPGRADE_SUCCEEDED, "status": "True"});
        succeeded(status).then_some(condition).into_iter().collect()
    });
    parts
}

fn notice(notice: &NoticeRecord) -> Value {
    json!({
        "key": notice.key, "kind": notice.kind, "contact": notice.contact, "release": notice.release, "slot": notice.slot,
        "reason": notice.reason, "deliveredAt": notice.delivered_at, "supersededBy": notice.superseded_by, "address": notice.address,
    })
}

/// In the words of each kind.
fn of_workload(workload: &Workload) -> Parts {
    let status = &workload.status;
    let shown = match workload.kind {
        WorkloadKind::DaemonSet => json!({
            "desiredNumberScheduled": status.nodes, "updatedNumberScheduled": status.updated, "numberAvailable": status.available,
        }),
        _ => json!({"replicas": status.replicas, "updatedReplicas": status.updated, "availableReplicas": status.available}),
    };
    let mut parts: Parts = shown.as_object().into_iter().flatten().map(|(k, v)| (k.clone(), Arc::new(v.clone()))).collect();
    parts.insert("observedGeneration".into(), Arc::new(status.observed_generation.into()));
    if workload.kind == WorkloadKind::StatefulSet {
        let current = if status.replicas == status.updated { "new" } else { "old" };
        parts.insert("currentRevision".into(), Arc::new(current.into()));
        parts.insert("updateRevision".into(), Arc::new("new".into()));
    }
    parts
}

fn accepted(notice: &Outgoing) -> Notice {
    let message = &notice.message;
    let slot = message.slot.as_ref().map(|slot| json!({"opens": slot.opens}));
    Notice {
        tenant: notice.tenant.to_string(),
        uid: notice.tenant_uid.clone(),
        key: notice.key.to_string(),
        contact: notice.contact.clone(),
        address: letter::address(notice),
        accepted: true,
        data: json!({
            "kind": message.kind, "to": message.to, "slot": slot, "reason": message.reason, "verdict": message.verdict, "ends": message.ends,
            "digest": message.digest, "trial": message.trial,
        }),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("statuses have string keys only, so they always are JSON")
}

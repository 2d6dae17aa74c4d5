//! Objects as observations: what `observe` would make of their text.

use std::{cell::RefCell, collections::BTreeMap};

use jiff::Timestamp;

use super::{Content, Note, Object, Workload};
use crate::{
    api::{TenantInstanceSpec, TenantInstanceStatus, UpgradeWindowSpec, annotations, tenant::WorkloadKind},
    calendar::Schedule,
    fleet::{
        self, Fleet, ObjectKey, Parsed, Product, Release, Rollout, Said, Template, Tenant, Trial, View, Window,
        fold::{Folder, Observation},
    },
};

impl Object {
    /// What a watch, a read or an answer shows of this object. `fleet` is what is known: a schedule is compiled once for each edit.
    pub fn observation(&self, fleet: &Fleet, now: Timestamp) -> Option<Observation> {
        Some(match (&self.key, &self.content) {
            (ObjectKey::Release(name), Content::Release(spec, status)) => {
                let fact = Release::new(self.meta(), Ok((**spec).clone()), Ok((**status).clone()));
                let created_by = self.annotation(annotations::CREATED_BY).map(str::to_owned);
                Observation::Release(name.clone(), Box::new(Release { created_by, ..fact }))
            }
            (ObjectKey::Window(name), Content::Window(spec, status)) => {
                let known = fleet.windows.get(name).filter(|known| known.spec.as_ref() == Ok(spec));
                let schedule = known.map_or_else(|| compiled(spec), |known| known.schedule.clone());
                let fact = Window { meta: self.meta(), status: Ok((**status).clone()), spec: Ok((**spec).clone()), schedule };
                Observation::Window(name.clone(), Box::new(fact))
            }
            (ObjectKey::Product(name), Content::Product(spec, status)) => {
                let fact = Product::new(self.meta(), Ok((**spec).clone()), Ok((**status).clone()));
                Observation::Product(name.clone(), Box::new(fact))
            }
            (ObjectKey::Tenant(key), Content::Tenant(spec, status)) => {
                Observation::Tenant(key.clone(), Box::new(self.tenant_fact(spec, status, now)))
            }
            (ObjectKey::Trial(key), Content::Trial(spec, status)) => {
                let answer = self.annotation(annotations::TRIAL_ANSWER).map(Into::into);
                let fact = Trial { meta: self.meta(), spec: Ok((**spec).clone()), status: Ok((**status).clone()), answer };
                Observation::Trial(key.clone(), Box::new(fact))
            }
            (ObjectKey::Workload(key), Content::Workload(workload)) => {
                Observation::Workload(key.clone(), Box::new(self.workload_fact(workload)))
            }
            (ObjectKey::Template(key), Content::Template(spec)) => {
                // The watch selects by the label.
                self.labels.get(annotations::TEMPLATE_LABEL).filter(|value| *value == "true")?;
                let template = Template { meta: self.meta(), suspended: spec["suspend"] == true };
                Observation::Template(key.clone(), Box::new(template))
            }
            (ObjectKey::Job(key), Content::Job(job)) => Observation::Job(key.clone(), Box::new(job.fact(self))),
            _ => return None,
        })
    }

    /// Folds this object into what is known, as the operator does. `watched`: all that happened to tenants until now was seen.
    pub fn fold_into(&self, fleet: &mut Fleet, now: Timestamp, watched: bool) {
        let mut folder = Folder::default();
        if watched {
            folder.fold(fleet, Observation::Current(View::Tenants, now));
        }
        if let Some(seen) = self.observation(fleet, now) {
            folder.fold(fleet, seen);
        }
    }

    fn tenant_fact(&self, spec: &TenantInstanceSpec, status: &TenantInstanceStatus, now: Timestamp) -> Tenant {
        let said = |key: &str| Some(Box::new(said(self.annotations.get(key)?, key == annotations::OPT_OUT, now)));
        Tenant {
            meta: self.meta(),
            spec: Ok(spec.clone()),
            status: Ok(status.clone()),
            opt_out: said(annotations::OPT_OUT),
            opt_out_reason: self.annotation(annotations::OPT_OUT_REASON).map(str::to_owned),
            opt_in: said(annotations::OPT_IN),
            retry: said(annotations::RETRY),
            trial: self.annotation(annotations::TRIAL).map(Into::into),
        }
    }

    fn workload_fact(&self, workload: &Workload) -> fleet::Workload {
        let status = &workload.status;
        let intent = self.annotation(annotations::INTENT);
        fleet::Workload {
            meta: self.meta(),
            containers: workload.containers(),
            rollout: Rollout {
                current: status.observed_generation >= self.generation,
                wanted: workload.wanted(),
                updated: status.updated,
                available: status.available,
                old: status.replicas != status.updated && workload.kind != WorkloadKind::DaemonSet,
                failed: status.deadline_exceeded.clone(),
                failed_at: None,
            },
            paused: workload.paused(),
            keeps_old: workload.keeps_old(),
            progress_deadline: (workload.kind == WorkloadKind::Deployment).then(|| workload.progress_deadline()),
            last_set: None,
            version_label: self.labels.get(annotations::VERSION_LABEL).cloned(),
            intent: intent.map(|json| serde_json::from_str(json).map_err(|e| e.to_string())),
        }
    }
}

thread_local! {
    /// Schedules without freezes by what they are made of: to check one takes longer than a month of everything else.
    static CHECKED: RefCell<BTreeMap<String, Schedule>> = const { RefCell::new(BTreeMap::new()) };
}
/// More than any run has.
const MOST_CHECKED: usize = 10_000;

fn compiled(spec: &UpgradeWindowSpec) -> Parsed<Schedule> {
    let UpgradeWindowSpec { schedule, time_zone, duration, notice, announce_ahead, opt_out, .. } = spec;
    let name = format!("{schedule} {time_zone} {duration} {notice} {announce_ahead} {opt_out:?}");
    let known = CHECKED.with_borrow(|checked| checked.get(&name).cloned());
    let checked = match known {
        Some(checked) => checked,
        None => Schedule::compile(&UpgradeWindowSpec { freezes: vec![], ..spec.clone() }).map_err(|e| e.to_string())?,
    };
    CHECKED.with_borrow_mut(|all| {
        if all.len() >= MOST_CHECKED {
            all.clear();
        }
        all.insert(name, checked.clone());
    });
    checked.with_freezes(&spec.freezes).map_err(|e| e.to_string())
}

/// What stands there now; since when it is known, the fold knows.
fn said(note: &Note, stamped: bool, now: Timestamp) -> Said {
    Said {
        value: note.value.clone(),
        stamped_at: stamped.then_some(note.at),
        stamped_by: stamped.then(|| note.by.clone()),
        managed_at: Some(note.at),
        managed_by: Some(note.by.clone()),
        arrived_at: now,
        absent_at: None,
    }
}

//! Objects as facts: what `observe` would make of them.

use std::{cell::RefCell, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};

use super::{Content, Deployment, Note, Object};
use crate::{
    api::{UpgradeWindowSpec, annotations},
    calendar::Schedule,
    fleet::{Fleet, ObjectKey, Parsed, Release, Said, Tenant, Window, Workload},
};

impl Object {
    /// Puts this object's facts in the place of what is known of it. `watched`: the watch had no gap since the last look.
    pub fn fold_into(&self, fleet: &mut Fleet, now: Timestamp, watched: bool) {
        match (&self.key, &self.content) {
            (ObjectKey::Release(name), Content::Release(spec, status)) => {
                let fact = Release::new(self.meta(), Ok((**spec).clone()), Ok((**status).clone()));
                fleet.releases.insert(name.clone(), fact);
            }
            (ObjectKey::Window(name), Content::Window(spec, status)) => {
                let old = fleet.windows.remove(name).filter(|old| old.spec.as_ref() == Ok(spec));
                let (meta, status) = (self.meta(), Ok((**status).clone()));
                let schedule = old.map_or_else(|| compiled(spec), |old| old.schedule); // once for each edit
                let fact = Window { meta, status, spec: Ok((**spec).clone()), schedule };
                fleet.windows.insert(name.clone(), fact);
            }
            (ObjectKey::Tenant(key), Content::Tenant(..)) => {
                let fact = self.tenant_fact(fleet.tenants.get(key), now, watched);
                fleet.tenants.extend(fact.map(|fact| (key.clone(), fact)));
            }
            (ObjectKey::Workload(key), Content::Deployment(deployment)) => {
                fleet.workloads.insert(key.clone(), self.workload_fact(deployment));
            }
            _ => {}
        }
    }

    fn tenant_fact(&self, old: Option<&Tenant>, now: Timestamp, watched: bool) -> Option<Tenant> {
        let (spec, status) = self.tenant()?;
        let said = |key: &str, before: Option<&Said>| {
            let note = self.annotations.get(key)?;
            Some(said(note, key == annotations::OPT_OUT, before, now, watched))
        };
        Some(Tenant {
            meta: self.meta(),
            spec: Ok(spec.clone()),
            status: Ok(status.clone()),
            opt_out: said(annotations::OPT_OUT, old.and_then(|t| t.opt_out.as_ref())),
            opt_out_reason: self.annotation(annotations::OPT_OUT_REASON).map(str::to_owned),
            opt_in: said(annotations::OPT_IN, old.and_then(|t| t.opt_in.as_ref())),
            retry: said(annotations::RETRY, old.and_then(|t| t.retry.as_ref())),
        })
    }

    fn workload_fact(&self, deployment: &Deployment) -> Workload {
        let status = &deployment.status;
        let intent = self.annotation(annotations::INTENT);
        Workload {
            meta: self.meta(),
            containers: deployment.containers(),
            replicas: deployment.replicas(),
            paused: deployment.paused(),
            progress_deadline: deployment.progress_deadline(),
            observed_generation: status.observed_generation,
            current_replicas: status.replicas,
            updated_replicas: status.updated,
            available_replicas: status.available,
            deadline_exceeded: status.deadline_exceeded.clone(),
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

/// A value that was there before keeps when it was first seen.
fn said(note: &Note, stamped: bool, before: Option<&Said>, now: Timestamp, watched: bool) -> Said {
    let same = before.filter(|said| said.value == note.value && said.managed_at.is_none_or(|at| at == note.at));
    if let Some(said) = same {
        return said.clone();
    }
    // A live watch would have shown it a moment ago.
    let a_moment_ago = now.checked_sub(SignedDuration::from_secs(1)).ok();
    Said {
        value: note.value.clone(),
        stamped_at: stamped.then_some(note.at),
        stamped_by: stamped.then(|| note.by.clone()),
        managed_at: Some(note.at),
        managed_by: Some(note.by.clone()),
        arrived_at: now,
        absent_at: a_moment_ago.filter(|_| watched),
    }
}

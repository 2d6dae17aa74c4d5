//! What no trial's status can say or stop: a run whose trial is gone, and a tenant that asks where nobody answers.

use crate::{
    api::{annotations::Intent, reason::Reason},
    fleet::{Fleet, ObjectKey, Tenant, TenantKey, Trial, TrialKey, View, WorkloadKey},
    plan::output::{
        Class, Finding, Plan, Write,
        change::{Change, ImageChange},
    },
};

/// A workload that a run set goes to zero when that run is not on: its trial was deleted, or another hand scaled it up between runs.
pub fn stop(fleet: &Fleet, plan: &mut Plan) {
    if fleet.views.is_stale(View::Trials) {
        return;
    }
    for key in &fleet.set_by_trials {
        let Some(workload) = fleet.workloads.get(key).filter(|workload| workload.rollout.wanted > 0) else { continue };
        let Some(intent) = workload.forward().filter(|intent| !is_on(fleet, key, intent)) else { continue };
        // A copy of the annotation in a tenant's namespace says nothing.
        let free =
            !fleet.outstanding.contains_key(&ObjectKey::Workload(key.clone())) && fleet.tenant_in(&key.namespace).is_none();
        if free {
            let intent = Intent { images: [].into(), ..intent.clone() };
            let images = ImageChange { intent, init: vec![], replicas: Some(0) };
            let change = Change::Images { workload: key.clone(), images };
            plan.writes.push(Write::new(change, &workload.meta, Class::StopOrVerdict, vec![]));
        }
    }
}

/// Whether the run that set this is on. A status that does not parse may say so.
fn is_on(fleet: &Fleet, key: &WorkloadKey, intent: &Intent) -> bool {
    fleet.trials_in(&key.namespace).any(|(_, trial)| match &trial.status {
        Ok(status) => status.run.as_ref().is_some_and(|run| run.id == intent.id),
        Err(_) => true,
    })
}

/// Tells of trials that were deleted with a run, and of requests that nobody answers.
pub fn tell(fleet: &Fleet, plan: &mut Plan) {
    for (key, trial) in &fleet.deleted_trials {
        deleted(fleet, key, trial, plan);
    }
    for key in &fleet.asking {
        let Some(tenant) = fleet.tenants.get(key) else { continue };
        if !is_answered(fleet, key, tenant) {
            let message = format!(
                "uplift.dev/trial asks for a trial of TenantInstance {key}, and no UpgradeTrial that names it is in the namespace that spec.trials.namespace \
                 names; create one there, or take the annotation away"
            );
            let (object, uid) = (ObjectKey::Tenant(key.clone()), tenant.meta.uid.clone());
            plan.findings.push(Finding { object, uid, reason: Reason::TrialMissing, message });
        }
    }
}

fn deleted(fleet: &Fleet, key: &TrialKey, trial: &Trial, plan: &mut Plan) {
    let Some(run) = trial.status.as_ref().ok().and_then(|status| status.run.as_ref()) else { return };
    let message = format!(
        "UpgradeTrial {key} was deleted while run {} was on: its workloads go to zero, and nobody cleans its data; run the CronJob that cleans by hand, or delete the \
         namespace",
        run.id
    );
    let finding = |object, uid: &str| Finding { object, uid: uid.into(), reason: Reason::TrialDeleted, message: message.clone() };
    plan.findings.push(finding(ObjectKey::Trial(key.clone()), &trial.meta.uid));
    let tenant = trial.tenant().and_then(|tenant| fleet.tenants.get_key_value(&tenant));
    plan.findings.extend(tenant.map(|(tenant, known)| finding(ObjectKey::Tenant(tenant.clone()), &known.meta.uid)));
}

fn is_answered(fleet: &Fleet, key: &TenantKey, tenant: &Tenant) -> bool {
    let Ok(spec) = &tenant.spec else { return true };
    let Some(trials) = &spec.trials else { return false };
    fleet.trials_in(&trials.namespace).any(|(_, trial)| trial.spec.is_err() || trial.tenant().as_ref() == Some(key))
}

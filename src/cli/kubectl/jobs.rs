//! What the operator said of the Jobs of checks, hooks and probes, as facts: people may read releases and tenants, and not what Jobs are made from.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    api::{
        condition,
        reason::Reason,
        tenant::{Blocker, Upgrade, UpgradeJob},
    },
    fleet::{Asked, Fleet, Job, JobKey, Meta, ObjectKey, Refusal, RefusedBy, Template, TenantKey},
    plan::{self, OpenJob},
};

/// Of the checks of every release. A Job that began runs. Of the others the condition names the one that cannot run and is told first.
pub fn of_releases(fleet: &mut Fleet) {
    for name in fleet.releases.keys().cloned().collect::<Vec<_>>() {
        let open = plan::open_jobs(fleet, &name);
        let Some((uid, said)) = said(fleet, &name) else { continue };
        for job in open {
            put(fleet, &uid, &job, said.as_ref().filter(|(_, message)| message.contains(&format!("{:?}", job.step))));
        }
    }
}

/// Of the hooks and probes of every tenant: once all releases and tenants that count are there, and once only.
pub fn of_tenants(fleet: &mut Fleet) {
    for key in fleet.tenants.keys().cloned().collect::<Vec<_>>() {
        of_tenant(fleet, &key);
    }
}

/// What neither a blocker nor the running upgrade names can be made. A Job that began, and is not said to wait, runs.
fn of_tenant(fleet: &mut Fleet, key: &TenantKey) {
    let Some(tenant) = fleet.tenants.get(key) else { return };
    let (Ok(spec), Ok(status), uid) = (&tenant.spec, &tenant.status, tenant.meta.uid.clone()) else { return };
    let releases = fleet.releases.values().filter_map(|release| release.spec.as_ref().ok());
    let uids = fleet.releases.values().map(|release| release.meta.uid.clone()).collect::<Vec<_>>();
    let hooks = releases.filter(|release| release.channel == spec.channel).map(|release| &release.hooks).chain([&spec.hooks]);
    let hooks = hooks.flat_map(|hooks| hooks.before.iter().chain(&hooks.after)).map(|hook| &hook.cron_job_ref);
    let named: BTreeSet<_> =
        hooks.chain(spec.probes.iter().map(|probe| &probe.cron_job_ref)).map(|from| from.name.clone()).collect();
    let open: Vec<_> =
        status.upgrade.iter().flat_map(|upgrade| &upgrade.jobs).filter(|job| job.waits_for().is_some()).cloned().collect();
    let blockers = status.blockers.clone();
    let told =
        blockers.iter().map(|blocker| (&blocker.reason, &*blocker.message)).chain(open.iter().filter_map(UpgradeJob::waits_for));
    let says = |reason: Reason, name: &str| told.clone().any(|(told, message)| *told == reason && message.contains(name));
    let there: Vec<_> = named.into_iter().filter(|name| !says(Reason::JobTemplateMissing, &format!("{name:?}"))).collect();
    let suspended = |name: &str| !says(Reason::JobTemplateNotSuspended, &JobKey::new(&key.namespace, name).to_string());
    let templates: Vec<_> = there.into_iter().map(|name| (suspended(&name), JobKey::new(&key.namespace, name))).collect();
    let running: Vec<_> = status.upgrade.iter().flat_map(|upgrade| runs(key, &uid, upgrade)).collect();
    // Before the first Job was seen a refusal takes the start back, which the operator has not done.
    let begun = status.upgrade.as_ref().is_some_and(|upgrade| upgrade.jobs.iter().any(UpgradeJob::begun));
    let waiting = if begun { open.as_slice() } else { &[] };
    for (suspended, template) in templates {
        let meta = meta(&template, Timestamp::UNIX_EPOCH);
        let refused = refused(&blockers, &template).or_else(|| waits(waiting, &template));
        for release in &uids {
            let (release, template_version) = (release.clone(), meta.resource_version.clone());
            fleet.heard(
                template.clone(),
                Asked { release, template_version, refused: refused.clone(), at: Timestamp::UNIX_EPOCH, noes: 0 },
            );
        }
        fleet.templates.insert(template, Template { meta, suspended });
    }
    fleet.jobs.extend(running);
}

/// What a blocker says of Jobs from this CronJob.
fn refused(blockers: &[Blocker], from: &JobKey) -> Option<(RefusedBy, String)> {
    let said = |reason: Reason| blockers.iter().find(|blocker| blocker.reason == reason);
    let own = || said(Reason::JobRefused)?.message.split_once(&format!("CronJob {from}: "));
    match said(Reason::JobsNotGranted) {
        Some(_) => Some((RefusedBy::Rights, String::new())),
        None => own().map(|(_, words)| (RefusedBy::Else, words.to_owned())),
    }
}

/// The same of a Job that a running upgrade waits for.
fn waits(jobs: &[UpgradeJob], from: &JobKey) -> Option<(RefusedBy, String)> {
    let (reason, message) = jobs.iter().find(|job| job.cron_job == from.name)?.waits_for()?;
    match reason.known()? {
        Reason::JobsNotGranted => Some((RefusedBy::Rights, String::new())),
        Reason::JobRefused => Some((RefusedBy::Else, message.split_once(": ")?.1.to_owned())),
        _ => None,
    }
}

fn runs(key: &TenantKey, uid: &str, upgrade: &Upgrade) -> Vec<(JobKey, Job)> {
    let id = upgrade.id.clone().unwrap_or_default().to_string();
    let run = |job: &UpgradeJob| {
        let (name, at) = (JobKey::new(&key.namespace, job.job.clone()?), job.started_at?);
        let (owner, id, step) = (Some(uid.to_owned()), id.clone(), job.step());
        let fact = Job { meta: meta(&name, at), owner, id, step, started_at: Some(at), ended: None };
        (job.result.is_none() && job.waits_for().is_none()).then_some((name, fact))
    };
    upgrade.jobs.iter().filter_map(run).collect()
}

fn meta(key: &JobKey, at: Timestamp) -> Meta {
    Meta { uid: key.to_string(), resource_version: "1".into(), generation: 1, created_at: at }
}

type Said = (Reason, String);

/// The release's UID, and why it is not accepted.
fn said(fleet: &Fleet, name: &str) -> Option<(String, Option<Said>)> {
    let release = fleet.releases.get(name)?;
    let status = release.status.as_ref().ok()?;
    let accepted = condition::get(&status.conditions, condition::ACCEPTED).filter(|c| c.status == "False");
    let said = accepted.and_then(|c| Some((Reason::named(&c.reason)?, c.message.clone())));
    Some((release.meta.uid.clone(), said))
}

fn put(fleet: &mut Fleet, uid: &str, open: &OpenJob, said: Option<&Said>) {
    let meta = |at| meta(&open.job, at);
    if let Some(at) = open.began {
        let (owner, id, step) = (Some(uid.to_owned()), uid.to_owned(), open.step.clone());
        let job = Job { meta: meta(at), owner, id, step, started_at: Some(at), ended: None };
        fleet.jobs.insert(open.job.clone(), job);
        return;
    }
    let reason = said.map(|(reason, _)| *reason);
    let by = match reason {
        Some(Reason::JobsNotGranted) => Some(RefusedBy::Rights),
        Some(Reason::JobForeign) => Some(RefusedBy::Another),
        Some(Reason::JobRefused) => Some(RefusedBy::Else),
        _ => None,
    };
    if let (Some(by), Some((_, message))) = (by, said) {
        let message = message.split_once(&format!("{}: ", open.job)).map_or(message.as_str(), |(_, text)| text).to_owned();
        let refusal = Refusal { intent: None, owner: Some(uid.to_owned()), message, by };
        fleet.refused.insert(ObjectKey::Job(open.job.clone()), refusal);
    }
    if reason != Some(Reason::JobTemplateMissing) {
        let suspended = reason != Some(Reason::JobTemplateNotSuspended);
        fleet.templates.insert(open.template.clone(), Template { meta: meta(Timestamp::UNIX_EPOCH), suspended });
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        cli::kubectl::{
            tests::{example, fleet_of, instant},
            why,
        },
        plan as planner,
    };

    use super::*;

    /// acme's second Job is to be made, and this is wrong: as the operator writes it down, and as people read it, who see no CronJob and no Job.
    fn waiting(wrong: impl Fn(&mut Fleet, &JobKey, ObjectKey)) -> String {
        let (at, key) = (instant("2026-12-03T20:01:30Z"), TenantKey::new("acme", "acme"));
        let mut fleet = fleet_of(example().with_file_name("hooks"), "2026-12-03T20:01:30Z");
        let upgrade = fleet.tenants.get_mut(&key).unwrap().status.as_mut().unwrap().upgrade.as_mut().unwrap();
        let job = upgrade.jobs.iter_mut().find(|job| job.result.is_none()).unwrap();
        (job.job, job.started_at) = (None, None);
        let template = JobKey::new("acme", &job.cron_job);
        fleet.jobs.clear();
        let makes = |write: &planner::Write| matches!(write.change, planner::Change::Job { .. }).then(|| write.object());
        let made = planner::plan(&fleet, at).writes.iter().find_map(makes).unwrap();
        wrong(&mut fleet, &template, made);
        let status = planner::explain(&fleet, at, &key).unwrap().status;
        let forget: [fn(&mut Fleet); 4] =
            [|f| f.templates.clear(), |f| f.asked.clear(), |f| f.refused.clear(), |f| f.jobs.clear()];
        for forget in forget {
            forget(&mut fleet);
        }
        fleet.tenants.get_mut(&key).unwrap().status = Ok(status);
        of_releases(&mut fleet);
        of_tenants(&mut fleet);
        why::told(&fleet, at, &key).unwrap()
    }

    /// What they cannot see they read off the status, and nothing contradicts it.
    #[test]
    fn what_a_running_upgrade_waits_for_is_told_for_each_reason() {
        let refused = |by: RefusedBy| {
            waiting(|fleet, _, job| {
                let refusal = Refusal { intent: None, owner: None, message: "no: not here".into(), by };
                fleet.refused.insert(job, refusal);
            })
        };
        for (text, reason) in [
            (waiting(|fleet, template, _| drop(fleet.templates.remove(template))), "JobTemplateMissing: there is no CronJob"),
            (
                waiting(|fleet, template, _| fleet.templates.get_mut(template).unwrap().suspended = false),
                "JobTemplateNotSuspended: ",
            ),
            (refused(RefusedBy::Rights), "JobsNotGranted: the operator may not make Jobs"),
            (refused(RefusedBy::Else), "JobRefused: the API server refused Job"),
            (refused(RefusedBy::Another), "JobForeign: "),
        ] {
            assert!(text.contains(&format!("\n  Waits for:   {reason}")), "{reason}\n{text}");
            assert!(!text.contains("The operator has not written this") && !text.contains("Held by"), "{reason}\n{text}");
        }
    }
}

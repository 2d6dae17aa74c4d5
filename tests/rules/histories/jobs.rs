//! What happens by chance to checks by Job, to hooks and probes, and to what they are made from.

use serde_json::{Value, json};
use uplift::{
    api::reason::Reason,
    fleet::{ACCEPTANCE_NAMESPACE, JobKey, ObjectKey},
    simulate::world::Object,
};

use super::{
    chance::Chance,
    events::{Draw, patch, target, upgrade},
};

/// CronJobs that checks name.
const TEMPLATES: [&str; 2] = ["smoke", "load"];
/// CronJobs of each tenant, which hooks and probes name.
const OWN: [&str; 2] = ["uplift-work", "uplift-count"];
/// CronJobs of each tenant that save and restore its data.
const SAVES: [&str; 2] = ["uplift-backup", "uplift-restore"];

/// The CronJobs that a fleet begins with: both mostly, and mostly as they should be.
pub fn templates(chance: &mut Chance) -> Vec<Value> {
    let there: Vec<_> = TEMPLATES.into_iter().filter(|_| chance.percent(85)).collect();
    there.into_iter().map(|name| template(chance, ACCEPTANCE_NAMESPACE, name)).collect()
}

/// Those of a tenant: both mostly.
pub fn own_templates(chance: &mut Chance, namespace: &str) -> Vec<Value> {
    let there: Vec<_> = OWN.into_iter().filter(|_| chance.percent(92)).collect();
    let mut all: Vec<_> = there.into_iter().map(|name| template(chance, namespace, name)).collect();
    if let Some(mut aside) = chance.aside(92) {
        all.extend(SAVES.map(|name| template(&mut aside, namespace, name)));
    }
    all
}

fn template(chance: &mut Chance, namespace: &str, name: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "web", "image": "registry.example.test/check:1"}]});
    let label = if chance.percent(90) { json!({"uplift.dev/template": "true"}) } else { json!({}) };
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": name, "namespace": namespace, "labels": label},
        "spec": {"schedule": "0 0 31 2 *", "suspend": chance.percent(90), "jobTemplate": {"spec": {"template": {"spec": pod}}}},
    })
}

/// A check by Job.
pub fn check(chance: &mut Chance) -> Value {
    let name = chance.pick(&TEMPLATES);
    let mut check = json!({"name": name, "cronJobRef": {"name": chance.pick(&[name, name, "smoke"])}});
    if chance.percent(40) {
        check["timeout"] = chance.pick(&["1m", "10m", "2h"]).into();
    }
    if chance.percent(50) {
        check["attempt"] = chance.between(1, 4).into();
    }
    check
}

/// Hooks before and after the images, sometimes none.
pub fn hooks(chance: &mut Chance) -> Value {
    let list = |chance: &mut Chance, names: &[&str]| -> Vec<Value> {
        names
            .iter()
            .filter(|_| chance.percent(55))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|name| hook(chance, name))
            .collect()
    };
    json!({"before": list(chance, &["backup", "migrate"]), "after": list(chance, &["verify", "warm"])})
}

fn hook(chance: &mut Chance, name: &str) -> Value {
    let mut hook = json!({"name": name, "cronJobRef": {"name": chance.pick(&[OWN[0], OWN[0], OWN[0], OWN[1]])}});
    if chance.percent(40) {
        hook["timeout"] = chance.pick(&["1m", "10m", "2h"]).into();
    }
    if chance.percent(40) {
        hook["retries"] = chance.between(0, 2).into();
    }
    if chance.percent(60) {
        hook["changesData"] = chance.percent(40).into();
    }
    hook
}

/// What saves the data of a tenant, and mostly what brings them back.
pub fn data(chance: &mut Chance) -> Value {
    let mut data = json!({"backup": data_job(chance, SAVES[0])});
    if chance.percent(80) {
        data["restore"] = data_job(chance, SAVES[1]);
    }
    data
}

fn data_job(chance: &mut Chance, name: &str) -> Value {
    let mut job = json!({"cronJobRef": {"name": chance.pick(&[name, name, name, OWN[0]])}});
    if chance.percent(40) {
        job["timeout"] = chance.pick(&["1m", "10m", "2h"]).into();
    }
    job
}

/// The same as a patch, which merges: what is not named is taken away. Sometimes all of it.
fn other_data(chance: &mut Chance) -> Value {
    if chance.percent(25) {
        return Value::Null;
    }
    let mut data = data(chance);
    data["restore"] = data["restore"].clone();
    for job in ["backup", "restore"] {
        if data[job].is_object() {
            data[job]["timeout"] = data[job]["timeout"].clone();
        }
    }
    data
}

/// Probes of a tenant.
pub fn probes(chance: &mut Chance) -> Value {
    let names: Vec<_> = ["invoices", "users"].into_iter().filter(|_| chance.percent(60)).collect();
    names.into_iter().map(|name| probe(chance, name)).collect()
}

fn probe(chance: &mut Chance, name: &str) -> Value {
    let mut probe = json!({"name": name, "cronJobRef": {"name": chance.pick(&[OWN[1], OWN[1], OWN[0]])}});
    match chance.below(3) {
        0 => probe["within"] = chance.pick(&["1%", "50%", "0.5%"]).into(),
        1 => probe["compare"] = "NotLess".into(),
        _ => probe["compare"] = "Equal".into(),
    }
    if chance.percent(30) {
        probe["timeout"] = chance.pick(&["1m", "10m"]).into();
    }
    probe
}

impl Draw<'_> {
    /// A CronJob that is there, of the acceptance namespace or of a tenant.
    fn cron_job(&mut self) -> Option<JobKey> {
        let (_, tenant) = self.tenant()?;
        let ObjectKey::Tenant(tenant) = tenant.key else { return None };
        let name = self.chance.pick(&OWN);
        let other = self.chance.aside(20).map(|mut aside| aside.pick(&SAVES));
        let own = JobKey::new(&tenant.namespace, other.unwrap_or(name));
        let check = JobKey::new(ACCEPTANCE_NAMESPACE, self.chance.pick(&TEMPLATES));
        let key = if self.chance.percent(65) { own } else { check };
        self.world.get(&ObjectKey::Template(key.clone())).map(|_| key)
    }

    /// How Jobs of a CronJob go from now on.
    pub(super) fn behave_jobs(&mut self) -> Option<Value> {
        let key = self.cron_job()?;
        let often = if key.namespace == ACCEPTANCE_NAMESPACE { "Succeeds" } else { "Fails" };
        let outcome = self.chance.pick(&["Succeeds", "Succeeds", often, "Fails", "Hangs"]);
        let (takes, message) =
            (self.chance.pick(&["1s", "5m", "3h"]), self.chance.pick(&["", "12 reports", "100", "101", "99.5"]));
        let mut job = json!({"cronJob": key.to_string(), "outcome": outcome, "takes": takes, "message": message});
        if key.namespace != ACCEPTANCE_NAMESPACE && self.chance.percent(30) {
            job["tenant"] = format!("{0}/{0}", key.namespace).into();
        }
        Some(json!({"job": job}))
    }

    /// Rights and policies: Jobs in a namespace are refused, and mostly granted again.
    pub(super) fn grant_jobs(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        let ObjectKey::Tenant(tenant) = tenant.key else { return None };
        let namespace = self.chance.pick(&[&*tenant.namespace, &tenant.namespace, &tenant.namespace, ACCEPTANCE_NAMESPACE]);
        let answer = self.chance.pick(&["Granted", "NotGranted", "Refused"]);
        let mut jobs = json!({"namespace": namespace, "answer": answer});
        if answer == "Refused" {
            jobs["message"] = self.chance.pick(&["names a Secret that is not allowed", "exceeded quota: jobs"]).into();
        }
        Some(json!({"jobs": jobs}))
    }

    /// Where Jobs are refused somebody mends it, before the slot or in it.
    pub(super) fn mend_jobs(&mut self) -> Option<Value> {
        let held = |object: &Object| {
            let blockers = object.tenant().map_or(&[][..], |(_, status)| &status.blockers);
            blockers
                .iter()
                .any(|blocker| [Reason::JobsNotGranted, Reason::JobRefused].iter().any(|reason| blocker.reason == *reason))
        };
        let tenant = self.any(held)?;
        let slot = upgrade(&tenant).and_then(|up| up.slot.as_ref());
        let (ObjectKey::Tenant(tenant), opens) = (&tenant.key, slot.map(|slot| slot.opens_at)) else { return None };
        self.at = opens
            .filter(|_| self.chance.percent(50))
            .map_or(self.at, |opens| self.at.max(opens + jiff::SignedDuration::from_secs(90)));
        Some(json!({"jobs": {"namespace": tenant.namespace, "answer": "Granted"}}))
    }

    /// While the upgrade of somebody runs, or is about to: what is measured after it is another thing than before.
    pub(super) fn count_otherwise(&mut self) -> Option<Value> {
        if let Some(event) = self.spoil_data() {
            return Some(event);
        }
        let at = self.at;
        let measured = |object: &Object| object.tenant().is_some_and(|(spec, _)| !spec.probes.is_empty());
        let soon = |object: &Object| upgrade(object).and_then(|up| up.slot.as_ref()).is_some_and(|slot| slot.closes_at > at);
        let tenant = self.any(|object| measured(object) && soon(object))?;
        let opens = upgrade(&tenant)?.slot.as_ref()?.opens_at;
        let ObjectKey::Tenant(tenant) = tenant.key else { return None };
        let name = self.chance.pick(&[OWN[1], OWN[1], OWN[0]]);
        let key = JobKey::new(&tenant.namespace, name);
        self.world.get(&ObjectKey::Template(key.clone()))?;
        self.at = at.max(opens + jiff::SignedDuration::from_secs(self.chance.pick(&[61, 90, 130, 250])));
        let outcome = self.chance.pick(&["Succeeds", "Succeeds", "Succeeds", "Fails"]);
        let message = self.chance.pick(&["99", "99", "-1", "7 of 9", ""]);
        Some(json!({"job": {"cronJob": key.to_string(), "outcome": outcome, "takes": "30s", "message": message}}))
    }

    /// From now on the backup of somebody with a date fails, or the restore does if it comes to that.
    fn spoil_data(&self) -> Option<Value> {
        let mut aside = self.chance.aside(12)?;
        let saved = |object: &Object| {
            upgrade(object).is_some_and(|up| up.slot.is_some()) && object.tenant().is_some_and(|(spec, _)| spec.data.is_some())
        };
        let all: Vec<_> = self.world.objects().filter(|object| saved(object)).filter_map(|object| namespace(object)).collect();
        let namespace = all.get(aside.below(all.len()))?;
        let key = JobKey::new(*namespace, aside.pick(&SAVES));
        self.world.get(&ObjectKey::Template(key.clone()))?;
        let outcome = aside.pick(&["Fails", "Fails", "Hangs"]);
        Some(json!({"job": {"cronJob": key.to_string(), "outcome": outcome, "takes": "30s", "message": "disk full"}}))
    }

    /// Hooks and probes of a tenant, or of a release, become others.
    pub(super) fn edit_hooks(&mut self) -> Option<Value> {
        if self.chance.percent(40) {
            let release = self.any(|object| object.release().is_some())?;
            return Some(patch(&release.key, &json!({"hooks": hooks(self.chance)})));
        }
        let (_, tenant) = self.tenant()?;
        if let Some(mut aside) = self.chance.aside(30) {
            return Some(patch(&tenant.key, &json!({"data": other_data(&mut aside)})));
        }
        let (hooks, probes) = (hooks(self.chance), probes(self.chance));
        let spec = self.chance.pick(&[
            json!({"hooks": hooks}),
            json!({"probes": probes}),
            json!({"hooks": {"before": null, "after": null}}),
        ]);
        Some(patch(&tenant.key, &spec))
    }

    pub(super) fn edit_template(&mut self) -> Option<Value> {
        let key = ObjectKey::Template(self.cron_job()?);
        if self.chance.percent(20) {
            return Some(json!({"delete": target(&key)}));
        }
        Some(patch(&key, &json!({"suspend": self.chance.percent(80)})))
    }

    /// Somebody deletes a Job that the operator has seen begin.
    pub(super) fn delete_job(&mut self) -> Option<Value> {
        let jobs = |object: &Object| -> Vec<ObjectKey> {
            let runs = object.release().into_iter().flat_map(|(_, status)| &status.checks);
            let checks = runs.filter_map(|run| JobKey::parse(&run.job));
            let own = upgrade(object).into_iter().flat_map(|up| &up.jobs).filter(|job| job.result.is_none());
            let own = own.filter_map(|job| Some(JobKey::new(namespace(object)?, job.job.clone()?)));
            checks.chain(own).map(ObjectKey::Job).collect()
        };
        let there: Vec<_> =
            self.world.objects().flat_map(|object| jobs(object)).filter(|key| self.world.get(key).is_some()).collect();
        (!there.is_empty()).then(|| json!({"delete": target(&self.chance.pick(&there))}))
    }

    /// A check runs again: its attempt is raised.
    pub(super) fn rerun(&mut self) -> Option<Value> {
        let ran = |object: &Object| object.release().is_some_and(|(_, status)| !status.checks.is_empty());
        let release = self.any(ran)?;
        let (_, status) = release.release()?;
        let mut checks = release.spec()["acceptance"]["checks"].as_array().cloned().unwrap_or_default();
        for check in &mut checks {
            if let Some(run) =
                status.checks.iter().find(|run| check["name"] == run.name.as_str() && check["cronJobRef"].is_object())
            {
                check["attempt"] = (run.attempt + 1).into();
            }
        }
        Some(patch(&release.key, &json!({"acceptance": {"checks": checks}})))
    }
}

fn namespace(object: &Object) -> Option<&str> {
    if let ObjectKey::Tenant(key) = &object.key { Some(&key.namespace) } else { None }
}

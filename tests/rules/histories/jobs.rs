//! What happens by chance to checks by Job and to what they are made from.

use serde_json::{Value, json};
use uplift::{
    fleet::{ACCEPTANCE_NAMESPACE, JobKey, ObjectKey},
    simulate::world::Object,
};

use super::{
    chance::Chance,
    events::{Draw, patch, target},
};

/// CronJobs that checks name.
const TEMPLATES: [&str; 2] = ["smoke", "load"];

/// The CronJobs that a fleet begins with: both mostly, and mostly as they should be.
pub fn templates(chance: &mut Chance) -> Vec<Value> {
    let there: Vec<_> = TEMPLATES.into_iter().filter(|_| chance.percent(85)).collect();
    there.into_iter().map(|name| template(chance, name)).collect()
}

fn template(chance: &mut Chance, name: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "web", "image": "registry.example.test/check:1"}]});
    let label = if chance.percent(90) { json!({"uplift.dev/template": "true"}) } else { json!({}) };
    json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": name, "namespace": ACCEPTANCE_NAMESPACE, "labels": label},
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

impl Draw<'_> {
    /// How Jobs of a CronJob go from now on.
    pub(super) fn behave_jobs(&mut self) -> Option<Value> {
        let (name, outcome) = (self.chance.pick(&TEMPLATES), self.chance.pick(&["Succeeds", "Succeeds", "Fails", "Hangs"]));
        let (takes, message) = (self.chance.pick(&["1s", "5m", "3h"]), self.chance.pick(&["", "12 reports"]));
        self.world.get(&ObjectKey::Template(JobKey::new(ACCEPTANCE_NAMESPACE, name)))?;
        let cron_job = format!("{ACCEPTANCE_NAMESPACE}/{name}");
        Some(json!({"job": {"cronJob": cron_job, "outcome": outcome, "takes": takes, "message": message}}))
    }

    pub(super) fn edit_template(&mut self) -> Option<Value> {
        let key = ObjectKey::Template(JobKey::new(ACCEPTANCE_NAMESPACE, self.chance.pick(&TEMPLATES)));
        self.world.get(&key)?;
        if self.chance.percent(20) {
            return Some(json!({"delete": target(&key)}));
        }
        Some(patch(&key, &json!({"suspend": self.chance.percent(80)})))
    }

    /// Somebody deletes a Job that the operator has seen begin.
    pub(super) fn delete_job(&mut self) -> Option<Value> {
        let jobs = |release: &Object| -> Vec<ObjectKey> {
            let runs = release.release().into_iter().flat_map(|(_, status)| &status.checks);
            runs.filter_map(|run| JobKey::parse(&run.job)).map(ObjectKey::Job).collect()
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

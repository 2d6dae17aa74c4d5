//! Events as they are written.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::{Action, Edit, Event, Outage};
use crate::{
    api::{
        Duration,
        tenant::{Contact, WorkloadKind},
    },
    fleet::{JobKey, ObjectKey, TenantKey, WorkloadKey},
    simulate::{
        admission::{self, FieldError},
        input::BY,
        manifest::{Kind, Manifest, kind_of},
        world::{Annotations, Behaviour, Grant, JobBehaviour, Outcome, Way, Why},
    },
};

#[derive(Deserialize)]
struct Raw {
    at: Timestamp,
    by: Option<String>,
    apply: Option<Value>,
    annotate: Option<RawAnnotate>,
    patch: Option<RawPatch>,
    delete: Option<RawTarget>,
    rollout: Option<RawRollout>,
    rollback: Option<RawRollout>,
    outage: Option<RawOutage>,
    job: Option<RawJob>,
    jobs: Option<RawJobs>,
    check: Option<RawCheck>,
    contacts: Option<RawContacts>,
}

#[derive(Deserialize)]
struct RawAnnotate {
    tenant: String,
    #[serde(default)]
    set: Annotations,
    #[serde(default)]
    remove: Vec<String>,
}

#[derive(Deserialize)]
struct RawPatch {
    kind: String,
    namespace: Option<String>,
    name: String,
    merge: Value,
}

#[derive(Deserialize)]
struct RawTarget {
    kind: String,
    namespace: Option<String>,
    name: String,
}

#[derive(Deserialize)]
struct RawRollout {
    #[serde(default)]
    kind: WorkloadKind,
    workload: String,
    outcome: Outcome,
    takes: Option<Duration>,
    why: Option<Why>,
    says: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawJob {
    cron_job: String,
    tenant: Option<String>,
    outcome: Outcome,
    takes: Option<Duration>,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct RawJobs {
    namespace: String,
    answer: Grant,
    message: Option<String>,
}

#[derive(Deserialize)]
struct RawCheck {
    release: String,
    name: String,
    outcome: Outcome,
    takes: Option<Duration>,
    #[serde(default)]
    message: String,
}

/// As in the operator's configuration.
#[derive(Deserialize)]
struct RawContacts {
    platform: Vec<Contact>,
}

#[derive(Deserialize)]
struct RawOutage {
    component: Component,
    tenant: Option<String>,
    until: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Component {
    Operator,
    Notices,
    Platform,
}

const ACTIONS: [&str; 11] =
    ["apply", "annotate", "patch", "delete", "rollout", "rollback", "job", "jobs", "check", "outage", "contacts"];

/// Reads one event; nothing for an apply of a kind that is no part of a simulation.
pub(super) fn read(number: usize, value: &Value) -> Result<Option<Event>, FieldError> {
    let raw: Raw = admission::read(value, "")?;
    let named = ACTIONS.into_iter().filter(|action| !value[action].is_null()).count();
    if named != 1 {
        return Err(FieldError::new("", format!("expected one of {}; found {named} of them", ACTIONS.join(", "))));
    }
    let by = raw.by.clone().unwrap_or_else(|| BY.into());
    let at = raw.at;
    Ok(raw.action()?.map(|action| Event { number, at, by, action }))
}

impl Raw {
    fn action(self) -> Result<Option<Action>, FieldError> {
        if let Some(document) = &self.apply {
            return apply(document).map_err(|e| FieldError { field: format!("apply.{}", e.field), ..e });
        }
        if let Some(outage) = self.outage {
            return Ok(Some(Action::Outage(outage.read(self.at)?)));
        }
        if let Some(RawContacts { platform }) = self.contacts {
            return Ok(Some(Action::Contacts(platform)));
        }
        let annotate = self.annotate.map(RawAnnotate::read);
        let edit = annotate.or(self.patch.map(RawPatch::read)).or(self.delete.map(RawTarget::read));
        let rollout = |raw: Option<RawRollout>, field, way| raw.map(|raw: RawRollout| raw.read(field, way));
        let edit = edit.or_else(|| rollout(self.rollout, "rollout", Way::Forward));
        let edit = edit.or_else(|| rollout(self.rollback, "rollback", Way::Back)).or_else(|| self.job.map(RawJob::read));
        let edit = edit.or_else(|| self.jobs.map(RawJobs::read));
        let edit = edit.or_else(|| self.check.map(|check| Ok(check.read()))).transpose()?;
        Ok(edit.map(|edit| Action::Edit(Box::new(edit))))
    }
}

fn apply(document: &Value) -> Result<Option<Action>, FieldError> {
    let Some(kind) = kind_of(document)? else { return Ok(None) };
    let manifest = Manifest::read(kind, document)?;
    Ok(Some(Action::Edit(Box::new(Edit::Apply(manifest)))))
}

fn target(field: &str, kind: &str, namespace: Option<&str>, name: &str) -> Result<ObjectKey, FieldError> {
    if kind == "Job" {
        return Ok(ObjectKey::Job(JobKey::new(namespace.unwrap_or("default"), name)));
    }
    let kinds =
        "DashboardRelease, UpgradeWindow, SoftwareProduct, TenantInstance, Deployment, StatefulSet, DaemonSet, CronJob or Job";
    let known = Kind::named(kind).ok_or_else(|| FieldError::new(field, format!("{kind:?} is unknown; write {kinds}")))?;
    Ok(known.key(namespace, name))
}

fn pair<'a>(text: &'a str, field: &str) -> Result<(&'a str, &'a str), FieldError> {
    text.split_once('/').ok_or_else(|| FieldError::new(field, format!("{text:?} is no namespace/name")))
}

impl RawAnnotate {
    fn read(self) -> Result<Edit, FieldError> {
        let (namespace, name) = pair(&self.tenant, "annotate.tenant")?;
        Ok(Edit::Annotate(TenantKey::new(namespace, name), self.set, self.remove))
    }
}

impl RawPatch {
    fn read(self) -> Result<Edit, FieldError> {
        Ok(Edit::Patch(target("patch.kind", &self.kind, self.namespace.as_deref(), &self.name)?, self.merge))
    }
}

impl RawTarget {
    fn read(self) -> Result<Edit, FieldError> {
        Ok(Edit::Delete(target("delete.kind", &self.kind, self.namespace.as_deref(), &self.name)?))
    }
}

impl RawRollout {
    fn read(self, field: &str, way: Way) -> Result<Edit, FieldError> {
        let (namespace, name) = pair(&self.workload, &format!("{field}.workload"))?;
        if (self.why.is_some() || self.says.is_some()) && self.outcome == Outcome::Succeeds {
            let message = "only where the outcome is Fails or Hangs: pods that are well are not asked";
            return Err(FieldError::new(format!("{field}.why"), message));
        }
        let takes = self.takes.unwrap_or(Behaviour::default().takes);
        let key = WorkloadKey::new(self.kind, namespace, name);
        let (why, says) = (self.why.unwrap_or_default(), self.says.unwrap_or_default());
        Ok(Edit::Rollout(key, way, Behaviour { outcome: self.outcome, takes, why, says }))
    }
}

impl RawJob {
    fn read(self) -> Result<Edit, FieldError> {
        let (namespace, name) = pair(&self.cron_job, "job.cronJob")?;
        let key = |tenant: &String| pair(tenant, "job.tenant").map(|(namespace, name)| TenantKey::new(namespace, name));
        let tenant = self.tenant.as_ref().map(key).transpose()?;
        let job = JobKey::new(namespace, name);
        let Self { outcome, takes, message, .. } = self;
        Ok(Edit::Job(job, tenant, JobBehaviour { outcome, takes, message }))
    }
}

impl RawJobs {
    fn read(self) -> Result<Edit, FieldError> {
        match (self.answer, self.message) {
            (Grant::Refused, message) => {
                let message = message.unwrap_or_else(|| "a policy denied the request".into());
                Ok(Edit::Jobs(self.namespace, self.answer, message))
            }
            (answer, None) => Ok(Edit::Jobs(self.namespace, answer, String::new())),
            (_, Some(_)) => Err(FieldError::new(
                "jobs.message",
                "only a refusal has words of its own; leave it out, or write answer: Refused",
            )),
        }
    }
}

impl RawCheck {
    fn read(self) -> Edit {
        let Self { release, name, outcome, takes, message } = self;
        Edit::Check(release, name, JobBehaviour { outcome, takes, message })
    }
}

impl RawOutage {
    fn read(self, at: Timestamp) -> Result<Outage, FieldError> {
        if self.until <= at {
            return Err(FieldError::new("outage.until", "must be later than `at`"));
        }
        let key = |tenant: &String| pair(tenant, "outage.tenant").map(|(namespace, name)| TenantKey::new(namespace, name));
        let tenant = self.tenant.as_ref().map(key).transpose()?;
        match (self.component, tenant) {
            (Component::Operator, Some(_)) => {
                Err(FieldError::new("outage.tenant", "the operator is one for all; leave it out, or write component: notices"))
            }
            (Component::Operator, None) => Ok(Outage::Operator { until: self.until }),
            (Component::Notices, tenant) => Ok(Outage::Notices { tenant, until: self.until }),
            (Component::Platform, Some(_)) => {
                Err(FieldError::new("outage.tenant", "the contacts of the platform are no tenant's; leave it out"))
            }
            (Component::Platform, None) => Ok(Outage::Notices { tenant: Some(TenantKey::platform()), until: self.until }),
        }
    }
}

//! What can happen.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    api::tenant::Contact,
    fleet::{JobKey, ObjectKey, TenantKey, WorkloadKey},
    simulate::{
        manifest::Manifest,
        world::{Annotations, Behaviour, Grant, JobBehaviour, Refused, Way, World},
    },
};

/// Something that happens at an instant.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its number in the file, from 1 on.
    pub number: usize,
    /// When.
    pub at: Timestamp,
    /// Who does it: admission stamps this name beside an opt-out.
    pub by: String,
    /// What.
    pub action: Action,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum Action {
    /// Something changes in the world.
    Edit(Box<Edit>),
    /// Something doesn't work for a while.
    Outage(Outage),
    /// The operator is told other contacts of the platform: it starts anew with them.
    Contacts(Vec<Contact>),
}

/// A change of the world.
#[derive(Clone, Debug)]
pub enum Edit {
    /// A manifest is applied.
    Apply(Manifest),
    /// Annotations of a tenant are set and removed.
    Annotate(TenantKey, Annotations, Vec<String>),
    /// A patch is merged.
    Patch(ObjectKey, Value),
    /// An object is deleted.
    Delete(ObjectKey),
    /// A workload's rollouts, forward or back, behave like this from now on.
    Rollout(WorkloadKey, Way, Behaviour),
    /// Jobs from a CronJob go like this from now on, or those of one tenant.
    Job(JobKey, Option<TenantKey>, JobBehaviour),
    /// Jobs in a namespace are granted, or refused with these words, from now on.
    Jobs(String, Grant, String),
    /// The Jobs of a release's check go like this from now on: release and check.
    Check(String, String, JobBehaviour),
}

/// What doesn't work, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The operator's process is down, and starts with an empty memory.
    Operator {
        /// The end.
        until: Timestamp,
    },
    /// Contacts cannot be reached.
    Notices {
        /// Whose contacts; none: everyone's, the platform's too.
        tenant: Option<TenantKey>,
        /// The end.
        until: Timestamp,
    },
}

impl Edit {
    /// Changes the world.
    pub fn apply_to(&self, world: &mut World, by: &str) -> Result<(), Refused> {
        match self {
            Self::Apply(manifest) => world.apply(manifest, by),
            Self::Annotate(tenant, set, remove) => world.annotate(&ObjectKey::Tenant(tenant.clone()), set, remove, by),
            Self::Patch(key, patch) => world.patch(key, patch, by),
            Self::Delete(key) => world.delete(key),
            Self::Rollout(key, way, behaviour) => {
                let object = ObjectKey::Workload(key.clone());
                world.get(&object).ok_or(Refused::NotFound(object))?;
                world.behave(key, *way, behaviour.clone());
                Ok(())
            }
            Self::Job(key, tenant, behaviour) => {
                let tenant_object = tenant.clone().map(ObjectKey::Tenant);
                for object in std::iter::once(ObjectKey::Template(key.clone())).chain(tenant_object) {
                    world.get(&object).ok_or(Refused::NotFound(object))?;
                }
                world.behave_jobs(key, tenant.as_ref(), behaviour.clone());
                Ok(())
            }
            Self::Jobs(namespace, grant, message) => {
                world.grant_jobs(namespace, *grant, message);
                Ok(())
            }
            Self::Check(release, check, behaviour) => {
                let from = world.cron_job_of(release, check)?;
                world.behave_jobs(&from, None, behaviour.clone());
                Ok(())
            }
        }
    }
}

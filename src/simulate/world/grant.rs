//! What the API server says to whoever would make Jobs.

use super::{Answer, Grant, World, record::What};
use crate::{
    fleet::{JobKey, ObjectKey, RefusedBy},
    plan::{Change, NewJob, Write},
};

/// The variable that says which version a Job is about.
const TO: &str = "UPLIFT_TO";

impl World {
    /// What it says in this namespace from now on; the message is that of a refusal.
    pub fn grant_jobs(&mut self, namespace: &str, grant: Grant, message: &str) {
        match grant {
            Grant::Granted => _ = self.grants.remove(namespace),
            grant => _ = self.grants.insert(namespace.into(), (grant, message.into())),
        }
    }

    /// The refusal that meets this write, if one does.
    pub fn refusal(&self, write: &Write) -> Option<Answer> {
        let (job, reads) = match &write.change {
            Change::Job { job, .. } | Change::AskJob { job, .. } => (job, false),
            Change::ReadJob { job, .. } => (job, true),
            _ => return None,
        };
        let (grant, message) = self.grants.get(&job.namespace)?;
        match grant {
            Grant::NotGranted => Some(Answer::Refused(RefusedBy::Rights, "forbidden".into())),
            Grant::Refused if !reads => Some(Answer::Refused(RefusedBy::Else, message.clone())),
            Grant::Refused | Grant::Granted => None,
        }
    }

    /// Whether Jobs are refused anywhere.
    pub fn refuses_jobs(&self) -> bool {
        !self.grants.is_empty()
    }

    /// A Job is asked for, and not made.
    pub(super) fn ask_job(&mut self, write: &Write, job: &JobKey, new: &NewJob) -> Answer {
        let refused = self.refusal(write);
        let from = JobKey::new(&job.namespace, &new.template);
        let template = self.get(&ObjectKey::Template(from.clone()));
        if template.is_none_or(|template| template.resource_version.to_string() != new.template_version) {
            return Answer::Conflict;
        }
        let to = new.env.get(TO).cloned().unwrap_or_default();
        self.note(What::Asked { from, to, granted: refused.is_none() });
        refused.unwrap_or(Answer::Unchanged)
    }
}

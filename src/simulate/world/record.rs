//! What a judge sees: every committed change, and every notice that a contact accepted.

use std::sync::Arc;

use jiff::Timestamp;

use super::Object;
use crate::{
    api::tenant::Contact,
    fleet::{JobKey, ObjectKey},
    letters::Outgoing,
};

/// One thing that happened in the world.
#[derive(Clone, Debug)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum What {
    /// The operator's write was committed.
    Write(Arc<Object>, Arc<Object>),
    /// The operator made a Job.
    Made(Arc<Object>),
    /// The operator asked whether a Job would be taken.
    Asked {
        /// The CronJob.
        from: JobKey,
        /// The version that the Job would be about.
        to: String,
        /// Whether it would.
        granted: bool,
    },
    /// People, or their tools, created (nothing before), changed or deleted (nothing after) an object.
    Edit(Option<Arc<Object>>, Option<Arc<Object>>),
    /// A controller wrote the status of a workload or a Job.
    Progress(Arc<Object>, Arc<Object>),
    /// A contact accepted a notice.
    Accepted(Box<Outgoing>),
    /// The operator is told the contacts of the platform from now on.
    Configured(Vec<Contact>),
    /// The operator's process started.
    Started,
    /// The operator's process ended.
    Crashed,
}

/// An object as it is now, or as it was before it was deleted.
pub type Seen<'a> = Result<&'a Arc<Object>, &'a Arc<Object>>;

impl Record {
    /// The object that was written, changed or deleted: what a watch shows.
    pub fn changed(&self) -> Option<(&ObjectKey, Seen<'_>)> {
        match &self.what {
            What::Write(_, after) | What::Made(after) | What::Progress(_, after) | What::Edit(_, Some(after)) => {
                Some((&after.key, Ok(after)))
            }
            What::Edit(Some(before), None) => Some((&before.key, Err(before))),
            _ => None,
        }
    }
}

//! The operator's writes, applied as the API server applies them.

use std::sync::Arc;

use super::{Content, Note, Object, World, record::What};
use crate::{
    api::{FIELD_MANAGER, annotations},
    fleet::RefusedBy,
    plan::{Change, ImageChange, Write},
};

/// What the API server answers to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is committed.
    Committed,
    /// It would change nothing, so the resourceVersion stays.
    Unchanged,
    /// The object is not as it was when the write was decided.
    Conflict,
    /// There is no such object.
    NotFound,
    /// The API server refuses it, with these words.
    Refused(RefusedBy, String),
}

impl World {
    /// Applies a write of the operator. Only the resourceVersion protects: a UID in a status patch protects nothing, and an
    /// empty resourceVersion is no precondition.
    pub fn write(&mut self, write: &Write) -> Answer {
        match &write.change {
            Change::AskJob { job, new, .. } => return self.ask_job(write, job, new),
            _ if let Some(refused) = self.refusal(write) => return refused,
            Change::Job { job, new } => return self.make_job(job, new),
            Change::ReadJob { .. } | Change::ReadPods { .. } => return Answer::Unchanged,
            _ => {}
        }
        let Some(before) = self.get(&write.object()).cloned() else { return Answer::NotFound };
        if !write.resource_version.is_empty() && write.resource_version != before.resource_version.to_string() {
            return Answer::Conflict;
        }
        let mut after = Object::clone(&before);
        self.fill(&mut after, &write.change);
        match self.commit(&before, after) {
            None => Answer::Unchanged,
            Some(after) => {
                self.note(What::Write(Arc::clone(&before), after));
                Answer::Committed
            }
        }
    }

    fn fill(&self, object: &mut Object, change: &Change) {
        match (change, &mut object.content) {
            (Change::ReleaseStatus { status: new, .. }, Content::Release(_, status)) => status.clone_from(new),
            (Change::WindowStatus { status: new, .. }, Content::Window(_, status)) => status.clone_from(new),
            (Change::ProductStatus { status: new, .. }, Content::Product(_, status)) => status.clone_from(new),
            (Change::TenantStatus { status: new, .. }, Content::Tenant(_, status)) => status.clone_from(new),
            (Change::TrialStatus { status: new, .. }, Content::Trial(_, status)) => status.clone_from(new),
            (Change::Images { images, .. }, Content::Workload(_)) => self.set_images(object, images),
            _ => {} // an object's content is of the kind in its key
        }
    }

    fn set_images(&self, object: &mut Object, change: &ImageChange) {
        let Content::Workload(workload) = &mut object.content else { return };
        for (container, image) in &change.intent.images {
            workload.set_image(container, change.init.contains(container), image, FIELD_MANAGER);
        }
        if let Some(replicas) = change.replicas {
            workload.spec["replicas"] = replicas.into();
        }
        let value = serde_json::to_string(&change.intent).unwrap_or_default(); // strings only, so it always is JSON
        let same = object.annotation(annotations::INTENT) == Some(&value);
        if !same {
            let note = Note { value, at: self.now, by: FIELD_MANAGER.into() };
            object.annotations.insert(annotations::INTENT.into(), note);
        }
    }
}

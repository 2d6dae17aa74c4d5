//! What the API server said when it was asked whether it would take a Job.

use std::collections::BTreeSet;

use crate::fleet::{Asked, Effect, Fleet, JobKey, ObjectKey};

impl Fleet {
    /// What the API server says of Jobs from this CronJob takes the place of what it said of the same release before.
    pub fn heard(&mut self, template: JobKey, asked: Asked) {
        let known = self.asked.entry(template).or_default();
        known.retain(|before| before.release != asked.release);
        known.push(asked);
    }

    /// Forgets what was said of CronJobs and of releases that are gone.
    pub(super) fn forget_asked(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let releases: BTreeSet<&str> = self.releases.values().map(|release| &*release.meta.uid).collect();
        let templates = &self.templates;
        self.asked.retain(|template, answers| {
            answers.retain(|asked| releases.contains(&*asked.release));
            templates.contains_key(template) && !answers.is_empty()
        });
    }
}

/// The question that is under way on this object, if it is one: of which CronJob, and as the answer yes would be kept.
pub(super) fn question(fleet: &Fleet, object: &ObjectKey) -> Option<(JobKey, Asked)> {
    let Effect::Asked { template, template_version, release } = &fleet.outstanding.get(object)?.effect else { return None };
    let asked = Asked { release: release.clone(), template_version: template_version.clone(), refused: None };
    Some((template.clone(), asked))
}

//! What the API server said when it was asked whether it would take a Job.

use jiff::Timestamp;

use crate::fleet::{Asked, Effect, Fleet, JobKey, ObjectKey, RefusedBy};

/// Answers are kept of so many releases for each CronJob: the one that runs out and the next.
const RELEASES: usize = 2;

impl Fleet {
    /// What the API server says of Jobs from this CronJob takes the place of what it said of the same release before.
    pub fn heard(&mut self, template: JobKey, mut asked: Asked) {
        let known = self.asked.get_or_default(template);
        let same = |before: &&Asked| before.release == asked.release && before.template_version == asked.template_version;
        asked.noes = known.iter().find(same).filter(|before| before.refused.is_some()).map_or(0, |before| before.noes + 1);
        known.retain(|before| before.release != asked.release);
        known.push(asked);
    }

    /// A Job was made, or refused. A right that is taken away after a yes shows at the first Job, and must not let one start after the other:
    /// that answers the question for every release. One that was made says nothing of what another release runs: it is asked again soon.
    pub(super) fn hears_of_job(&mut self, job: &JobKey, refused: Option<&(RefusedBy, String)>, at: Timestamp) {
        let Some((template, _)) = job.name.rsplit_once('-') else { return };
        let Some(known) = self.asked.get_mut(&JobKey::new(&job.namespace, template)) else { return };
        for asked in known.iter_mut().filter(|asked| asked.refused.as_ref() != refused) {
            if refused.is_some() {
                asked.refused = refused.cloned();
            }
            (asked.at, asked.noes) = (at, 0);
        }
    }

    /// Forgets what was said of releases before the last ones.
    pub(super) fn forget_older(&mut self, template: &JobKey) {
        let Some(known) = self.asked.get_mut(template) else { return };
        known.drain(..known.len().saturating_sub(RELEASES));
    }

    /// Forgets what was said of CronJobs that are gone. There are never more answers than CronJobs for long, so that a pass need not look.
    pub(super) fn forget_asked(&mut self) {
        if self.asked.len() > self.templates.len() {
            let templates = &self.templates;
            self.asked.retain(|template, _| templates.contains_key(template));
        }
    }
}

/// The question that is under way on this object, if it is one: of which CronJob, and as the answer yes would be kept.
pub(super) fn question(fleet: &Fleet, object: &ObjectKey) -> Option<(JobKey, Asked)> {
    let sent = fleet.outstanding.get(object)?;
    let Effect::Asked { template, template_version, release } = &sent.effect else { return None };
    let (release, template_version) = (release.clone(), template_version.clone());
    let asked = Asked { release, template_version, refused: None, at: sent.sent_at, noes: 0 };
    Some((template.clone(), asked))
}

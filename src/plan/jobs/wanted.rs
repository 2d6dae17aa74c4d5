//! A Job that is wanted.

use std::collections::BTreeMap;

use crate::{
    fleet::{Job, JobKey, ObjectKey, Template},
    plan::{
        output::change::{Change, NewJob},
        record::ids::short,
    },
};

/// A Job that is wanted, with all that its name, its labels and its containers say.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// Where it runs.
    pub namespace: &'a str,
    /// The CronJob that it is made from, there.
    pub cron_job: &'a str,
    /// Whose it is.
    pub owner: ObjectKey,
    /// The UID of the owner.
    pub owner_uid: &'a str,
    /// An upgrade's id, or a release's UID.
    pub id: &'a str,
    /// Which step of it.
    pub step: &'a str,
    /// Which try of the step.
    pub attempt: u32,
    /// Seconds that it may take.
    pub deadline: i64,
    /// The version that it is about.
    pub version: &'a str,
    /// The images of that version.
    pub images: &'a BTreeMap<String, String>,
    /// Of an upgrade: the tenant's name, and the version that it comes from.
    pub upgrade: Option<(&'a str, &'a str)>,
    /// Of an upgrade: the backup that it has taken.
    pub backup: Option<&'a str>,
}

impl Wanted<'_> {
    /// Its namespace and name: the same for the same id, step and attempt.
    pub fn key(&self) -> JobKey {
        let digest = short(&[self.id, self.step, &self.attempt.to_string()]);
        JobKey::new(self.namespace, format!("{}-{digest:.8}", self.cron_job))
    }

    /// Whether this is it: nobody else may give a Job the operator's label, and another owner's is another's.
    pub fn is(&self, job: &Job) -> bool {
        job.owner.as_deref() == Some(self.owner_uid) && job.id == self.id && job.step == self.step
    }

    /// That it is made, as the CronJob stands now.
    pub(super) fn change(&self, key: JobKey, template: &Template) -> Change {
        Change::Job { job: key, new: Box::new(self.made_of(template)) }
    }

    /// What it is made of.
    pub(super) fn made_of(&self, template: &Template) -> NewJob {
        NewJob {
            template: self.cron_job.into(),
            template_version: template.meta.resource_version.clone(),
            owner: self.owner.clone(),
            owner_uid: self.owner_uid.into(),
            id: self.id.into(),
            step: self.step.into(),
            deadline: self.deadline,
            images: self.images.clone(),
            env: self.env(),
        }
    }

    fn env(&self) -> BTreeMap<String, String> {
        let own = [
            ("UPLIFT_ID", self.id.into()),
            ("UPLIFT_STEP", self.step.into()),
            ("UPLIFT_ATTEMPT", self.attempt.to_string()),
            ("UPLIFT_NAMESPACE", self.namespace.into()),
            ("UPLIFT_TO", self.version.into()),
        ];
        let images = self.images.iter().map(|(component, image)| (image_variable(component), image.clone()));
        let upgrade =
            self.upgrade.into_iter().flat_map(|(tenant, from)| [("UPLIFT_TENANT", tenant.into()), ("UPLIFT_FROM", from.into())]);
        // A backup may be called anything, and a dollar begins a reference.
        let backup = self.backup.map(|backup| ("UPLIFT_BACKUP", backup.replace('$', "$$")));
        own.into_iter().chain(upgrade).chain(backup).map(|(name, value)| (name.to_owned(), value)).chain(images).collect()
    }
}

fn image_variable(component: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    format!("UPLIFT_IMAGE_{}", component.chars().map(fits).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, step: &str, attempt: u32) -> JobKey {
        let (images, owner) = (BTreeMap::new(), ObjectKey::Release("r".into()));
        let cron_job = &"c".repeat(52);
        Wanted {
            namespace: "n",
            cron_job,
            owner,
            owner_uid: "u",
            id,
            step,
            attempt,
            deadline: 1,
            version: "1.0",
            images: &images,
            upgrade: None,
            backup: None,
        }
        .key()
    }

    /// I11: one key, one name; another attempt is another Job.
    #[test]
    fn the_name_says_which_job_it_is_and_fits() {
        assert_eq!(key("a", "b", 1), key("a", "b", 1));
        let names = [key("a", "b", 1), key("a", "b", 2), key("a", "c", 1), key("ab", "", 1), key("x", "b", 1)];
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!((different.len(), names[0].name.len()), (names.len(), 61));
        assert!(names[0].name.ends_with("-5a269f78"), "{}", names[0].name);
    }

    #[test]
    fn a_component_is_a_variable_that_shells_can_read() {
        assert_eq!(image_variable("web-ui.v2"), "UPLIFT_IMAGE_WEB_UI_V2");
    }
}

//! What the operator said of the Jobs of checks, as facts: people may read releases, and not what is in the namespace of acceptance.

use jiff::Timestamp;

use crate::{
    api::{condition, reason::Reason},
    fleet::{Fleet, Job, Meta, ObjectKey, Refusal, RefusedBy, Template},
    plan::{self, OpenJob},
};

/// A Job that began runs. Of the others the condition names the one that cannot run and is told first.
pub fn infer(fleet: &mut Fleet) {
    for name in fleet.releases.keys().cloned().collect::<Vec<_>>() {
        let open = plan::open_jobs(fleet, &name);
        let Some((uid, said)) = said(fleet, &name) else { continue };
        for job in open {
            put(fleet, &uid, &job, said.as_ref().filter(|(_, message)| message.contains(&format!("{:?}", job.step))));
        }
    }
}

type Said = (Reason, String);

/// The release's UID, and why it is not accepted.
fn said(fleet: &Fleet, name: &str) -> Option<(String, Option<Said>)> {
    let release = fleet.releases.get(name)?;
    let status = release.status.as_ref().ok()?;
    let accepted = condition::get(&status.conditions, condition::ACCEPTED).filter(|c| c.status == "False");
    let said = accepted.and_then(|c| Some((Reason::named(&c.reason)?, c.message.clone())));
    Some((release.meta.uid.clone(), said))
}

fn put(fleet: &mut Fleet, uid: &str, open: &OpenJob, said: Option<&Said>) {
    let meta = |at| Meta { uid: open.job.to_string(), resource_version: "1".into(), generation: 1, created_at: at };
    if let Some(at) = open.began {
        let (owner, id, step) = (Some(uid.to_owned()), uid.to_owned(), open.step.clone());
        let job = Job { meta: meta(at), owner, id, step, started_at: Some(at), ended: None };
        fleet.jobs.insert(open.job.clone(), job);
        return;
    }
    let reason = said.map(|(reason, _)| *reason);
    let by = match reason {
        Some(Reason::JobsNotGranted) => Some(RefusedBy::Rights),
        Some(Reason::JobForeign) => Some(RefusedBy::Another),
        Some(Reason::JobRefused) => Some(RefusedBy::Else),
        _ => None,
    };
    if let (Some(by), Some((_, message))) = (by, said) {
        let message = message.split_once(&format!("{}: ", open.job)).map_or(message.as_str(), |(_, text)| text).to_owned();
        let refusal = Refusal { intent: None, owner: Some(uid.to_owned()), message, by };
        fleet.refused.insert(ObjectKey::Job(open.job.clone()), refusal);
    }
    if reason != Some(Reason::JobTemplateMissing) {
        let suspended = reason != Some(Reason::JobTemplateNotSuspended);
        fleet.templates.insert(open.template.clone(), Template { meta: meta(Timestamp::UNIX_EPOCH), suspended });
    }
}
